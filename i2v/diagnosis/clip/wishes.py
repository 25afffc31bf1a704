"""What a clip was to be: its sentence, its options, and how far each option goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from i2v.diagnosis.clip.measures import ClipMeasures, MeasuredMove
from i2v.diagnosis.sentence.camera import camera_of
from i2v.diagnosis.sentence.reading import Reading, read_sentence

_NAMES = {
    ("zoom", "in"): "zoom_in", ("zoom", "out"): "zoom_out", ("pan", "left"): "pan_left", ("pan", "right"): "pan_right",
    ("tilt", "up"): "tilt_up", ("tilt", "down"): "tilt_down", ("orbit", "left"): "orbit", ("orbit", "right"): "orbit",
    # A camera that rolls clockwise sees the picture turn counterclockwise.
    ("roll", "clockwise"): "rotate_ccw", ("roll", "counterclockwise"): "rotate_cw",
    ("handheld", ""): "handheld", ("still", ""): "still",
}  # fmt: skip
_OPPOSITES = {
    "in": "out",
    "out": "in",
    "left": "right",
    "right": "left",
    "up": "down",
    "down": "up",
    "cw": "ccw",
    "ccw": "cw",
}


@dataclass(frozen=True)
class ClipWish:
    """What decides whether a measure is a fault, and what can be changed.

    Attributes:
        prompt: the sentence; empty where it is not known.
        options: as they were in force.
        bounds: least and most of every option that is a number, of the engine that made the clip.
        choices: the values of its other options, by name.
        is_model: whether a model made it; otherwise only the camera moved, as its sentence says.
    """

    prompt: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_model: bool = True


@dataclass(frozen=True)
class CameraCheck:
    """A camera move of the sentence beside the flow's.

    Attributes:
        asked: the move by its name in the coach's answer.
        got: what came instead or as asked; None where no such move did.
        agrees: whether it is what was asked.
    """

    asked: str
    got: MeasuredMove | None
    agrees: bool


def check_camera(measures: ClipMeasures, prompt: str) -> CameraCheck | None:
    """The sentence's camera move against the measured one; of several the first that did not come, else the first.

    None where the sentence asks for none, or for one and its opposite one after the other, or where the clip does not
    show what its camera does.
    """
    reading = _read(prompt)
    asked = [
        _NAMES[move.kind, move.direction]
        for segment in reading.motion.segments
        for move in segment.moves
        if (move.kind, move.direction) in _NAMES
    ]
    if not asked or not measures.moves or any(opposite_of(move) in asked for move in asked):
        return None
    checks = [_check(move, measures) for move in dict.fromkeys(asked) if move != "handheld"]
    found = next((check for check in checks if not check.agrees), checks[0] if checks else None)
    named = camera_of(reading)
    if found and found.asked.startswith("rotate") and named and named.startswith("rotate") and named != found.asked:
        return _turned(found)  # the sentence speaks of the camera, the flow of the picture
    return found


@lru_cache(maxsize=256)
def _read(prompt: str) -> Reading:
    """A page that shows twenty clips asks for their sentences every few seconds."""
    return read_sentence(prompt)


def wants_tremor(prompt: str) -> bool:
    """Whether the sentence asks for a camera in the hand."""
    return any(move.kind == "handheld" for move in _read(prompt).moves)


def asked_direction(prompt: str) -> str | None:
    """Where the sentence lets its subject go (`left`, `right`, `up`, `down`), where it says one way only."""
    reading = _read(prompt)
    ways = {str(token.value) for token in reading.kinds("direction")}
    is_of_subject = any(deed.is_directed and not deed.is_camera for deed in reading.deeds) and not reading.moves
    return ways.pop() if len(ways) == 1 and is_of_subject and ways <= {"left", "right", "up", "down"} else None


def opposite_of(move: str) -> str | None:
    """`zoom_out` for `zoom_in`; None for moves without an opposite."""
    kind, _, way = move.partition("_")
    return f"{kind}_{_OPPOSITES[way]}" if way else None


def _check(asked: str, measures: ClipMeasures) -> CameraCheck:
    if asked == "still":
        first = measures.moves[0]
        return CameraCheck(asked, first, first.move in ("still", "handheld"))
    same = next((move for move in measures.moves if move.move == asked), None)
    if same:
        return CameraCheck(asked, same, True)
    other = next((move for move in measures.moves if move.move == opposite_of(asked)), None)
    return CameraCheck(asked, other, False)


def _turned(check: CameraCheck) -> CameraCheck:
    got = check.got and MeasuredMove(opposite_of(check.got.move) or "", check.got.amount_per_second, check.got.unit)
    return CameraCheck(opposite_of(check.asked) or "", got, check.agrees)
