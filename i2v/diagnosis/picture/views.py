"""The sizes at which a picture is looked at. A fault counts as the clip will show it, not as the file holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Borders, Box

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    Levels = npt.NDArray[np.uint8]
    Grey = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]


DEFAULT_CLIP = (512, 512)
LARGEST_PIXELS = 1_500_000
"""Of any view: what bounds memory and time for pictures of any size and proportion."""


def view_for_clip(pixels: Pixels, clip: tuple[int, int]) -> Pixels:
    """The picture at the clip's scale, uint8 (view height, view width, 3); one that is smaller stays as it is.

    Args:
        pixels: uint8 (height, width, 3), RGB.
        clip: width and height in pixels of the clip that the picture is to fill.
    """
    height, width = pixels.shape[:2]
    return _shrink(pixels, max(clip[0] / width, clip[1] / height))


def whole_view_for_clip(pixels: Pixels, clip: tuple[int, int]) -> tuple[Pixels, float]:
    """The picture reduced by a whole factor, down to the clip's scale or not quite, and by how much it still is larger.

    White noise stays white when means of whole pixels are taken; by a broken factor, neighbours come to share them.

    Returns:
        uint8 (view height, view width, 3); its scale over the clip's, at least 1.
    """
    height, width = pixels.shape[:2]
    scale = _scale(pixels, max(clip[0] / width, clip[1] / height))
    factor = int(1 / scale)
    size = (max(1, width // factor), max(1, height // factor))
    part = pixels[: size[1] * factor, : size[0] * factor]
    view = cv2.resize(part, size, interpolation=cv2.INTER_AREA) if factor > 1 else pixels
    return np.asarray(view, dtype=np.uint8), 1 / (scale * factor)


def view_within(pixels: Pixels, longest_side: int) -> Pixels:
    """The picture with its longest side at most so many pixels."""
    return _shrink(pixels, longest_side / max(pixels.shape[:2]))


def grey_of(pixels: Pixels) -> Grey:
    """Luma (ITU-R BT.601), 0 … 255, float32 (height, width)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def extremes_of(pixels: Pixels) -> tuple[Levels, Levels]:
    """The lowest and the highest channel of each pixel, uint8 (height, width)."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)


def inner_part(view: Pixels, borders: Borders) -> Pixels:
    """A view without its bars, which would be taken for flat, dark or sharp parts of the picture.

    Args:
        view: uint8 (height, width, 3).
        borders: left, top, right and bottom, as shares of the sides.
    """
    height, width = view.shape[:2]
    left, top, right, bottom = borders
    # A pixel more than the bar: where bar and picture mix.
    columns = slice(_inwards(left, width), width - _inwards(right, width))
    rows = slice(_inwards(top, height), height - _inwards(bottom, height))
    part = view[rows, columns]
    return part if part.size else view


def boxes_of(mask: Mask, least_share: float = 0.004, most: int = 12) -> tuple[Box, ...]:
    """Boxes around a mask's separate parts, the largest first.

    Args:
        mask: bool (height, width).
        least_share: smallest area of a part, as a share of the mask's.
        most: how many boxes at most.
    """
    height, width = mask.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    parts = [part for part in stats[1:] if part[cv2.CC_STAT_AREA] >= least_share * height * width]
    parts.sort(key=lambda part: -int(part[cv2.CC_STAT_AREA]))
    return tuple(box_in(int(p[0]), int(p[1]), int(p[2]), int(p[3]), (width, height)) for p in parts[:most])


def box_in(left: int, top: int, width: int, height: int, view: tuple[int, int]) -> Box:
    """A rectangle of a view's pixels as shares of its sides; `view` is width and height."""
    shares = (left / view[0], top / view[1], width / view[0], height / view[1])
    return (round(shares[0], 4), round(shares[1], 4), round(shares[2], 4), round(shares[3], 4))


def _scale(pixels: Pixels, wanted: float) -> float:
    """What a view is reduced to, at most 1."""
    height, width = pixels.shape[:2]
    return float(min(wanted, 1.0, (LARGEST_PIXELS / (width * height)) ** 0.5))


def _shrink(pixels: Pixels, wanted: float) -> Pixels:
    height, width = pixels.shape[:2]
    scale = _scale(pixels, wanted)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _inwards(share: float, side: int) -> int:
    return round(share * side) + 1 if share else 0
