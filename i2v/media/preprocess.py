"""Carries out a treatment: the same bytes for the same picture and treatment, whatever the number of threads.

Levels are filtered as they are stored. Steps keep fractions of levels where they can, so that contrast which is pulled
apart later shows no bands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from i2v.domain.treatment import Treatment

if TYPE_CHECKING:
    import numpy.typing as npt

    from i2v.domain.treatment import Enlarging

    Pixels = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float32]

_PATCH, _SEARCH = 5, 15  # sides in pixels, of the patches compared and of where they are looked for
_SHARPENING_ROUNDS = 4  # each takes back more of the blur, and brings out more of what noise there is


def treat_picture(pixels: Pixels, treatment: Treatment) -> Pixels:
    """The treated picture, uint8 (height, width, 3), RGB; the very same pixels where nothing is to be done.

    Args:
        pixels: the picture, uint8 (picture height, picture width, 3), RGB.
        treatment: the steps, taken in their order: crop, reduce, denoise, sharpen, contrast, enlarge.
    """
    if not treatment.changes_pixels:
        return pixels
    if treatment.crop:
        left, top, width, height = treatment.crop
        pixels = np.ascontiguousarray(pixels[top : top + height, left : left + width])
    if treatment.size:
        # Each new pixel is the mean of those that it covers.
        pixels = np.asarray(Image.fromarray(pixels).resize(treatment.size, Image.Resampling.BOX))
    if treatment.denoise:
        # Colour noise is as strong as that of luma, which is why both get the same strength.
        strength = treatment.denoise
        pixels = cv2.fastNlMeansDenoisingColored(pixels, None, strength, strength, _PATCH, _SEARCH)
    channels = [_treat_channel(pixels[..., channel], treatment) for channel in range(3)]
    return np.stack(channels, axis=-1)


def _treat_channel(levels: Pixels, treatment: Treatment) -> Pixels:
    """One channel at a time, so that a picture does not stand in memory as floats threefold. (h, w) → (h', w')."""
    is_filtered = treatment.sharpen or treatment.enlarge
    # Contrast alone is the same for each level: a table of them does for a picture of any size.
    values = levels.astype(np.float32) if is_filtered else np.arange(256, dtype=np.float32)
    if treatment.sharpen:
        values = _sharpen(values, treatment.sharpen)
    if treatment.contrast:
        gain, offset = treatment.contrast
        values = values * np.float32(gain) + np.float32(offset)
    if treatment.enlarge:
        values = _enlarge(np.clip(values, 0, 255), treatment.enlarge)
    rounded: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded if is_filtered else rounded[levels]


def _sharpen(values: Floats, sigma: float) -> Floats:
    """Van Cittert's iteration: what blurring the result once more would still lack is added to it. (h, w) → (h, w)."""
    sharp = values
    for _ in range(_SHARPENING_ROUNDS):
        sharp = sharp + (values - cv2.GaussianBlur(sharp, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101))
    return sharp


def _enlarge(values: Floats, enlarging: Enlarging) -> Floats:
    """Lanczos, then once more what the result lacks when it is made small again. (h, w) → (h × factor, w × factor).

    The second half is Irani and Peleg's back-projection, which sharpens by as much as Lanczos has softened.
    """
    height, width = values.shape
    size = (round(width * enlarging.factor), round(height * enlarging.factor))
    large = _resized(values, size)
    return large + _resized(values - _resized(large, (width, height)), size)


def _resized(values: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))
