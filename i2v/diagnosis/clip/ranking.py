"""Several clips of one wish in the order of their faults, and why each stands where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from i2v.diagnosis.clip.judgement import thresholds
from i2v.diagnosis.clip.measures import ClipMeasures, spoken
from i2v.diagnosis.clip.wishes import ClipWish, check_camera
from i2v.text import say

_COUNTED = ("flicker", "drift", "bend", "colour_shift", "noise", "unevenness", "jump", "seam")
_MISSED_MOVE = 2.0  # faults at their threshold that a camera move which did not come counts for
_STANDS_STILL = 3.0
_LEAST_DIFFERENCE = 0.05  # of a threshold: less is no reason


@dataclass(frozen=True)
class Place:
    """One clip's place among others.

    Attributes:
        index: of the clip in the sequence that was ranked.
        rank: 1 for the best.
        reason: key `rank.<reason>` of the area `coach`.
        measure: what it goes by; empty where the reason is no measure.
        value, other: the measure of this clip and of its neighbour: the one before it, for the best the next.
    """

    index: int
    rank: int
    reason: str
    measure: str = ""
    value: float = 0.0
    other: float = 0.0

    def told(self, language: str) -> str:
        """The reason in words."""
        told = [spoken(self.value), spoken(self.other)]
        if told[0] == told[1]:
            told = [f"{self.value:g}", f"{self.other:g}"]
        return say("coach", f"rank.{self.reason}", language, value=told[0], other=told[1])


def rank_clips(clips: Sequence[ClipMeasures], wish: ClipWish) -> list[Place]:
    """The best first. Each measure counts in its thresholds: a fault just told is 1; they add up.

    Args:
        clips: measures of the candidates.
        wish: what all of them were to be.
    """
    faults = [_faults(clip, wish) for clip in clips]
    order = sorted(range(len(clips)), key=lambda at: (sum(faults[at].values()), at))
    places = []
    for rank, at in enumerate(order, start=1):
        rival = order[min(1, len(order) - 1) if rank == 1 else rank - 2]
        places.append(_place(at, rank, faults[at], faults[rival], (clips[at], clips[rival])))
    return places


def _faults(clip: ClipMeasures, wish: ClipWish) -> Mapping[str, float]:
    """What speaks against a clip, each as a multiple of its threshold."""
    limits = thresholds()
    found = {name: clip.value(name) / limits[name] for name in _COUNTED}
    found["sharpness"] = max(0.0, 100 - (clip.values.get("sharpness") or 100.0)) / (100 - limits["blur"])
    found["frozen"] = clip.value("frozen") / 100 * clip.num_frames / limits["frozen_frames"]
    found["black"] = clip.value("black") / 100 * clip.num_frames
    check = check_camera(clip, wish.prompt)
    moves = max(clip.value("motion"), clip.value("subject_motion"))
    if check is not None:
        found["camera"] = 0.0 if check.agrees else _MISSED_MOVE
    if check is None or check.asked != "still":
        found["motion"] = _STANDS_STILL * max(0.0, 1 - moves / limits["no_motion"])
    return found


def _place(
    at: int, rank: int, own: Mapping[str, float], other: Mapping[str, float], both: tuple[ClipMeasures, ClipMeasures]
) -> Place:
    """The reason: in what a clip differs most from its neighbour, for it (the best) or against it (the others)."""
    sign = 1 if rank == 1 else -1
    gains = {name: sign * (other.get(name, 0.0) - own.get(name, 0.0)) for name in own}
    name = max(gains, key=lambda each: gains[each])
    if gains[name] < _LEAST_DIFFERENCE:
        return Place(at, rank, "alike")
    reason = f"{name}.{'better' if rank == 1 else 'worse'}"
    return Place(at, rank, reason, name, both[0].value(name), both[1].value(name))


def ranking_view(places: Sequence[Place], names: Sequence[str], language: str) -> list[dict[str, Any]]:
    """For REST: `job_id`, `rank` and `reason` of each, the best first."""
    return [
        {
            "job_id": names[place.index],
            "rank": place.rank,
            "reason": place.told(language),
            "measure": place.measure or None,
        }
        for place in places
    ]
