from __future__ import annotations

import pytest

from i2v.engines.i2vgen_xl.course import Pass, plan_passes
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions


def planned(steps: int, begin: float = 0.0, end: float = 1.0, every: int = 1, first: int = 0) -> str:
    """One sign for each step: G, g guided, O, o not; large where the deep layers are computed."""
    passes = plan_passes(steps, interval=(begin, end), is_guided=True, deep_cache_interval=every, first=first)
    return "".join(("G" if each.is_whole else "g") if each.is_guided else "Oo"[not each.is_whole] for each in passes)


def test_without_a_word_every_step_is_guided_and_whole() -> None:
    assert planned(5) == "GGGGG"
    assert I2VGenXLOptions().passes() == (Pass(is_guided=True, is_whole=True),) * 50


def test_without_guidance_no_step_has_two_branches() -> None:
    assert not any(each.is_guided for each in I2VGenXLOptions(guidance_scale=1.0).passes())


@pytest.mark.parametrize(
    ("begin", "end", "course"),
    [(0.0, 0.5, "GGGGGOOOOO"), (0.2, 1.0, "OOGGGGGGGG"), (0.2, 0.8, "OOGGGGGGOO"), (0.0, 0.01, "OOOOOOOOOO")],
)
def test_guidance_is_in_force_between_its_ends(begin: float, end: float, course: str) -> None:
    assert planned(10, begin, end) == course


@pytest.mark.parametrize(("every", "course"), [(2, "GgGgGgG"), (3, "GggGggG"), (5, "GggggGg")])
def test_the_deep_layers_are_computed_at_every_so_many_steps(every: int, course: str) -> None:
    assert planned(7, every=every) == course


def test_where_guidance_begins_the_deep_layers_of_both_branches_are_computed() -> None:
    assert planned(10, 0.3, 0.8, every=3) == "OooGggGgoO"
    assert planned(10, 0.2, 0.8, every=3) == "OoGggGggOo"


def test_a_clip_that_begins_in_the_middle_begins_with_its_deep_layers() -> None:
    assert planned(8, every=2, first=3)[3:] == "GgGgG"
