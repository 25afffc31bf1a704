"""What a sentence asks of the camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["zoom", "pan", "tilt", "roll", "orbit", "handheld", "still"]


@dataclass(frozen=True)
class Move:
    """One move of the camera, as seen from behind it.

    Attributes:
        kind: what it does. Trucking is `pan` and a pedestal is `tilt`: over a flat picture they are the same.
        direction: `in`, `out`, `left`, `right`, `up`, `down`, `clockwise`, `counterclockwise`; empty for `handheld`
            and `still`. A camera that pans left sees the picture go right, one that rolls clockwise sees it turn
            counterclockwise.
        speed: how fast, 1 for ordinary.
        strength: how far, 1 for ordinary.
        words: the user's own words for it.
    """

    kind: Kind
    direction: str = ""
    speed: float = 1.0
    strength: float = 1.0
    words: str = field(default="", compare=False)

    def contradicts(self, other: Move) -> bool:
        """Whether the two cannot happen at the same time."""
        if "still" in (self.kind, other.kind):
            return self.kind != other.kind
        return self.kind == other.kind and self.direction != other.direction


@dataclass(frozen=True)
class Segment:
    """Moves that happen at the same time."""

    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Contradiction:
    """Two moves wanted at the same time that exclude each other, in the user's words."""

    kept: str
    dropped: str


@dataclass(frozen=True)
class Motion:
    """All a sentence says about the camera.

    Attributes:
        segments: what happens one after the other; empty when the sentence names no camera move.
        refused: kinds of move the sentence forbids ("no zoom").
        contradictions: what could not be done as asked.
    """

    segments: tuple[Segment, ...] = ()
    refused: frozenset[str] = frozenset()
    contradictions: tuple[Contradiction, ...] = ()
