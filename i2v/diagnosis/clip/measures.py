"""What was measured of a clip, as it is kept and told. Loads nothing heavy: the server reads it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = 3
"""Grows when a measure changes its meaning; older ones are measured anew."""

UNITS: Mapping[str, str] = {
    "motion": "%/s",
    "subject_motion": "%/s",
    "unevenness": "%",
    "flicker": "%",
    "sharpness": "%",
    "drift": "%",
    "bend": "%",
    "colour_shift": "ΔE",
    "noise": "levels",
    "frozen": "%",
    "black": "%",
    "jump": "%",
    "seam": "levels",
}
"""Every measure and its unit; docs/coach/clip.md defines them."""

Series = tuple[float | None, ...]


@dataclass(frozen=True)
class MeasuredMove:
    """A camera move as the flow shows it.

    Attributes:
        move: its name in the coach's answer (`zoom_in`); of a rotation `rotate_cw` where the picture turns clockwise.
        amount_per_second: in `unit`.
        unit: `%` of the size for a zoom, of the frame's width for pan, tilt and tremor; `°` for a rotation.
    """

    move: str
    amount_per_second: float
    unit: str

    def to_json(self) -> dict[str, Any]:
        return {"move": self.move, "amount_per_second": self.amount_per_second, "unit": self.unit}


@dataclass(frozen=True)
class ClipMeasures:
    """All measures of one clip.

    Attributes:
        num_frames: frames that were measured.
        fps: frames per second.
        values: each measure as one number, by the names of `UNITS`; None where it cannot be told.
        series: the same for each frame; what happens between two frames stands at the later one.
        moves: what the camera does, the strongest first; `still` alone where it stands still. Empty where the clip
            shows too little to tell.
        direction: where what moves by itself goes (`left`, `right`, `up`, `down`); None where that is no one way.
    """

    num_frames: int
    fps: float
    values: Mapping[str, float | None]
    series: Mapping[str, Series]
    moves: tuple[MeasuredMove, ...] = ()
    direction: str | None = None

    def value(self, name: str) -> float:
        """A measure as a number; 0 where it could not be told."""
        return self.values.get(name) or 0.0

    def seconds_of(self, frame: int) -> float:
        return frame / self.fps

    def to_json(self, *, with_series: bool = True) -> dict[str, Any]:
        """As it is kept with the job and told by REST; `camera` is the strongest move or None."""
        told = {
            "version": VERSION,
            "num_frames": self.num_frames,
            "fps": self.fps,
            "values": dict(self.values),
            "camera": self.moves[0].to_json() if self.moves else None,
            "moves": [move.to_json() for move in self.moves],
            "direction": self.direction,
        }
        return {**told, "series": {name: list(each) for name, each in self.series.items()}} if with_series else told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> ClipMeasures | None:
        """What `to_json` gave; None where it is of another version, or nothing that we wrote."""
        if told.get("version") != VERSION:
            return None
        try:
            return cls(
                int(told["num_frames"]),
                float(told["fps"]),
                {name: _number(told["values"].get(name)) for name in UNITS},
                {name: _series(told["series"].get(name, ())) for name in UNITS},
                tuple(
                    MeasuredMove(str(m["move"]), float(m["amount_per_second"]), str(m["unit"])) for m in told["moves"]
                ),
                None if told["direction"] is None else str(told["direction"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def spoken(value: float) -> str:
    """A measure as people say it: two digits, and all before the point (0.06, 4.2, 46, 103)."""
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def _series(values: Sequence[object]) -> Series:
    return tuple(_number(value) for value in values)
