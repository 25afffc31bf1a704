"""The figures of `python -m benchmarks.clips`, held by one clip: every fault is told from where it is seen."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.clip_faults import FAULTS, changes_a_level
from benchmarks.clip_material import Clip
from benchmarks.clip_pictures import clouds, night, street
from benchmarks.clips import Tried, codes, kendall_tau, measured, report
from i2v.diagnosis.clip.measures import ClipMeasures
from i2v.diagnosis.clip.ranking import rank_clips
from i2v.diagnosis.clip.wishes import ClipWish


@cache
def good() -> Clip:
    return Clip("clouds", clouds(11), "tilt up")


@cache
def sharp() -> Clip:
    """Blur shows where there are edges."""
    return Clip("houses", street(12), "tilt up")


@cache
def with_fault(name: str, strength: float) -> ClipMeasures:
    clip = sharp() if name == "blur" else good()
    return measured(FAULTS[name].inject(clip, strength), clip.picture)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_from_where_it_is_seen(name: str) -> None:
    fault = FAULTS[name]
    assert fault.code in codes(with_fault(name, fault.visible), fault.prompt(good().prompt))


@pytest.mark.parametrize(
    "clip",
    [
        good(),
        Clip("houses", street(12), "pan left"),
        Clip("houses and a balloon", street(12), "the balloon drifts slowly to the left", way=(-6.0, 0.0)),
    ],
    ids=lambda clip: clip.name,
)
def test_a_good_clip_is_left_alone(clip: Clip) -> None:
    assert codes(measured(clip.plain, clip.picture), clip.prompt) == set()


def test_candidates_with_a_growing_fault_stand_in_its_order() -> None:
    ladder = [with_fault("flicker", strength) for strength in FAULTS["flicker"].strengths[2:]]
    places = rank_clips(ladder, ClipWish(good().prompt))
    assert [place.index for place in places] == [0, 1, 2]
    assert places[0].told("en").startswith("steadier: flicker ")


def test_the_report_counts_from_where_a_fault_is_seen_and_names_what_was_missed() -> None:
    tried = Tried(
        {"a": [], "b": ["noise"]}, [("still", 2.5, "a", []), ("still", 0.5, "a", []), ("still", 0, "a", ["no_motion"])]
    )
    lines = list(report([tried]))
    assert "**False alarms: 1 of 2 clean clips.**" in lines
    assert "- b: noise" in lines
    row = "| no motion, % of the width per second | `no_motion` | 2.5: 0/1, **0.5: 0/1**, **0: 1/1** | – |"
    assert row in lines
    assert lines[-2:] == ["", "- no motion, % of the width per second, 0.5, a: nothing"]


def test_agreement_is_one_for_the_same_order_and_less_for_any_other() -> None:
    assert kendall_tau([0, 1, 2, 3]) == 1
    assert kendall_tau([3, 2, 1, 0]) == -1
    assert kendall_tau([1, 0, 2, 3]) == pytest.approx(2 / 3)


def test_flicker_of_less_than_a_level_is_none() -> None:
    dark = Clip("night", night(3), "pan left")
    assert [strength for strength in FAULTS["flicker"].strengths if changes_a_level(dark, strength)] == [4]
    assert changes_a_level(good(), FAULTS["flicker"].visible)
