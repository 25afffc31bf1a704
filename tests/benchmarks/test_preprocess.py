"""What docs/coach/preprocess.md claims, on pictures that it was neither set on nor judged by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.preprocess import FAULTS, draw_leaves, draw_subject, judge, pictures, treat

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def leaves() -> dict[str, Pixels]:
    return {f"leaves {seed}": draw_leaves(seed) for seed in (301, 302)}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_picture_gets_nearer_to_the_good_one_at_every_strength(fault: str, leaves: dict[str, Pixels]) -> None:
    how = FAULTS[fault]
    fitting = {"subject 303": how.draw(303)} if how.draw else leaves
    assert len(how.strengths) == 5
    for strength in how.strengths:
        outcomes = [judge(name, good, how.inject(good, strength)) for name, good in fitting.items()]
        gains = [outcome.gain_db for outcome in outcomes if outcome.after_db is not None]
        assert gains, strength
        assert min(gains) > 0.03, (strength, outcomes)


def test_good_pictures_pass_through_untouched(leaves: dict[str, Pixels]) -> None:
    for name, good in (leaves | pictures((), None) | {"subject": draw_subject(303)}).items():
        treated, has_acted = treat(good)
        assert not has_acted, name
        assert treated is good
