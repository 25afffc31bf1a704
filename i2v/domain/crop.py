"""Which part of a picture a clip shows. Pure arithmetic; resampling is done elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fit = Literal["cover", "pad", "stretch"]
"""How a picture of other proportions becomes a clip: cut, with bars beside it, or pulled into shape."""

MIDDLE = (0.5, 0.5)


@dataclass(frozen=True)
class Crop:
    """A rectangle in pixels of the upright picture; edges may lie between pixels, or outside where there are bars."""

    left: float
    top: float
    width: float
    height: float


def cover_crop(picture: tuple[int, int], clip: tuple[int, int], place: tuple[float, float] = MIDDLE) -> Crop:
    """The largest part of the picture that has the clip's proportions.

    Args:
        picture: the picture's width and height in pixels.
        clip: the clip's width and height in pixels.
        place: where the part sits in the room that is left, 0 (left, top) … 1 (right, bottom) along each axis.
    """
    scale = min(picture[0] / clip[0], picture[1] / clip[1])
    width, height = clip[0] * scale, clip[1] * scale
    return Crop((picture[0] - width) * place[0], (picture[1] - height) * place[1], width, height)


def shown_part(picture: tuple[int, int], clip: tuple[int, int], fit: Fit, place: tuple[float, float] = MIDDLE) -> Crop:
    """What of the picture fills the clip's frame: a part of it, all of it, or all of it and the bars beside it."""
    if fit == "cover":
        return cover_crop(picture, clip, place)
    if fit == "stretch":
        return Crop(0.0, 0.0, float(picture[0]), float(picture[1]))
    scale = max(picture[0] / clip[0], picture[1] / clip[1])
    width, height = clip[0] * scale, clip[1] * scale
    return Crop((picture[0] - width) / 2, (picture[1] - height) / 2, width, height)


def follow_place(
    picture: tuple[int, int], shown: tuple[int, int], other: tuple[int, int], place: tuple[float, float]
) -> tuple[float, float]:
    """Where a part of other proportions sits so that its middle is as near as can be to the middle of the shown one.

    Args:
        picture: the picture's width and height in pixels.
        shown: width and height that give the shown part its proportions.
        other: the same of the other part.
        place: where the shown part sits.
    """
    one, two = cover_crop(picture, shown), cover_crop(picture, other)
    # By the way from the middle, which is exactly none for a part that sits there: a rounding error would move a pixel.
    return (
        _follow(picture[0] - one.width, picture[0] - two.width, place[0]),
        _follow(picture[1] - one.height, picture[1] - two.height, place[1]),
    )


def _follow(room: float, other_room: float, place: float) -> float:
    if other_room < 1e-6:  # none, but for rounding
        return 0.5
    return min(1.0, max(0.0, 0.5 + (place - 0.5) * room / other_room))
