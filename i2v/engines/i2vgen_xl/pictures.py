"""Fits the user's picture to the clip and to the image encoder. Pillow and numpy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from i2v.domain.crop import MIDDLE, follow_place

Pixels = npt.NDArray[np.uint8]


def fit_picture(
    pixels: Pixels, size: tuple[int, int], place: tuple[float, float] = MIDDLE, *, exact: bool
) -> Image.Image:
    """Scales the picture until it covers the size, then cuts out what the size holds.

    In the middle this is the reference's `_center_crop_wide` but for one fault: that one rounds the scaled size down
    and, where it falls a pixel short of the clip, leaves a black column or row. Like the reference it shrinks with a
    box filter. A picture smaller than the clip is enlarged smoothly; only `exact` repeats the reference's blocks.

    Args:
        pixels: uint8 (h, w, 3) RGB; grey (h, w) and RGBA are converted.
        size: wanted width and height in pixels.
        place: where the cut sits in the room that is left, 0 (left, top) … 1 (right, bottom) along each axis.
        exact: follow the reference in the filter too.
    """
    picture = Image.fromarray(pixels).convert("RGB")
    width, height = size
    scale = min(picture.width / width, picture.height / height)
    covering = (max(width, round(picture.width // scale)), max(height, round(picture.height // scale)))
    smooth = Image.Resampling.BOX if exact or scale >= 1 else Image.Resampling.LANCZOS
    picture = picture.resize(covering, smooth)
    left, top = (int((covering[axis] - size[axis]) * place[axis]) for axis in (0, 1))
    return picture.crop((left, top, left + width, top + height))


def square_view(
    pixels: Pixels, size: tuple[int, int], side: int, place: tuple[float, float] = MIDDLE, *, exact: bool
) -> Image.Image:
    """What the image encoder sees: of the original the square (width, width) around the middle of what the clip shows,
    scaled to (side, side) as the reference does.

    Args:
        pixels: uint8 (h, w, 3) RGB.
        size: width and height of the clip in pixels.
        side: of the encoder's input in pixels.
        place: where the part that the clip shows sits in the picture.
        exact: follow the reference in the filter too.
    """
    square = (size[0], size[0])
    followed = follow_place((pixels.shape[1], pixels.shape[0]), size, square, place)
    return fit_picture(pixels, square, followed, exact=exact).resize((side, side), Image.Resampling.BILINEAR)
