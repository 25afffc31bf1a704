"""Which part of a picture a clip shows. Pure arithmetic; resampling is the engine's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Crop:
    """A rectangle in pixels of the upright picture; edges may lie between pixels."""

    left: float
    top: float
    width: float
    height: float


def cover_crop(picture_width: int, picture_height: int, width: int, height: int) -> Crop:
    """The largest centred part of the picture that has the clip's proportions.

    Args:
        picture_width: picture's width in pixels.
        picture_height: picture's height in pixels.
        width: clip's width in pixels.
        height: clip's height in pixels.
    """
    scale = min(picture_width / width, picture_height / height)
    crop_width, crop_height = width * scale, height * scale
    return Crop((picture_width - crop_width) / 2, (picture_height - crop_height) / 2, crop_width, crop_height)
