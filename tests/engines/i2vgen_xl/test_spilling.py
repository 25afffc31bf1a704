from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from i2v.domain.events import Event, Noticed
from i2v.engines.i2vgen_xl.spilling import SpillWatch, slowness
from i2v.machine.gpu import usable_card_bytes


@pytest.mark.parametrize(
    ("seconds", "estimated", "times"),
    [
        ([1, 1, 1, 12, 14], None, 12),
        ([1, 1, 1, 12], None, None),  # one slow step may be anything
        ([1, 1, 1, 12, 1, 12, 1], None, None),
        ([1, 1, 1, 3, 3], None, None),  # deep layers computed again
        ([1, 1, 20, 20], None, None),  # too few before them
        ([20, 20], 0.5, 40),
        ([20, 20], None, None),
        ([2.5, 2.5, 2.5], 0.5, None),  # a card at a fifth of its rate is slow, and nothing more
        ([4, 4], 0.001, None),  # too small a step to say
        ([20], 0.5, None),
        ([], 0.5, None),
    ],
)
def test_memory_in_the_wrong_place_is_told_by_two_slow_steps(
    seconds: Sequence[float], estimated: float | None, times: float | None
) -> None:
    assert slowness(seconds, estimated) == (None if times is None else pytest.approx(times))


def test_it_is_said_once_and_from_which_step_on() -> None:
    told: list[Event] = []
    times = iter(itertools.accumulate([0, 9, 1, 1, 1, 11, 12, 13, 14]))
    watch = SpillWatch(None, told.append, lambda: next(times))
    for done in range(1, 10):
        watch.step_made(done)
    # The first step warms up; the fifth and sixth are slow.
    assert told == [Noticed("card_spills", {"step": 6, "times": 11})]


@pytest.mark.parametrize(
    ("free", "spills", "usable"), [(80, False, 80), (100, False, 100), (80, True, 80), (100, True, 90)]
)
def test_where_the_driver_spills_the_desktop_keeps_its_share_of_the_card(free: int, spills: bool, usable: int) -> None:
    assert usable_card_bytes(free, 100, spills=spills) == usable
