"""Fits the user's picture to the clip and to the image encoder. Pillow and numpy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def fit_picture(pixels: Pixels, width: int, height: int, *, exact: bool) -> Image.Image:
    """Scales the picture until it covers width × height, then cuts out the middle.

    This is the reference's `_center_crop_wide` but for one fault: that one rounds the scaled size down and, where it
    falls a pixel short of the clip, leaves a black column or row. Like the reference it shrinks with a box filter. A
    picture smaller than the clip is enlarged smoothly; only `exact` repeats the reference's blocks.

    Args:
        pixels: uint8 (h, w, 3) RGB; grey (h, w) and RGBA are converted.
        width: wanted width in pixels.
        height: wanted height in pixels.
        exact: follow the reference in the filter too.
    """
    picture = Image.fromarray(pixels).convert("RGB")
    scale = min(picture.width / width, picture.height / height)
    size = (max(width, round(picture.width // scale)), max(height, round(picture.height // scale)))
    smooth = Image.Resampling.BOX if exact or scale >= 1 else Image.Resampling.LANCZOS
    picture = picture.resize(size, smooth)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return picture.crop((left, top, left + width, top + height))


def square_view(pixels: Pixels, width: int, side: int, *, exact: bool) -> Image.Image:
    """What the image encoder sees: the middle of the original, (width, width), scaled to (side, side) as the reference
    does."""
    square = fit_picture(pixels, width, width, exact=exact)
    return square.resize((side, side), Image.Resampling.BILINEAR)
