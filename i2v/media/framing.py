"""Brings a picture to its clip's proportions where its user wants that without a cut: bars beside it, or stretched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from i2v.domain.crop import Fit

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

LARGEST_SCALE = 3.0
"""Sides of the result in sides of the clip, at most: the closest zoom sees no finer detail. Without a bound a long
picture in a clip across it would fill the memory."""


def frame_picture(
    pixels: Pixels, clip: tuple[int, int], fit: Fit, background: tuple[int, int, int] = (0, 0, 0)
) -> Pixels:
    """The picture as the engine gets it, uint8 (height, width, 3). Cutting is left to the engine.

    Args:
        pixels: the picture, uint8 (picture height, picture width, 3), RGB.
        clip: width and height of the clip in pixels.
        fit: `cover` gives the picture back; `pad` and `stretch` make it as wide to high as the clip.
        background: RGB of the bars.
    """
    if fit == "cover":
        return pixels
    picture = (pixels.shape[1], pixels.shape[0])
    wanted = max(picture[0] / clip[0], picture[1] / clip[1])
    scale = min(wanted, LARGEST_SCALE)
    frame = (max(1, round(clip[0] * scale)), max(1, round(clip[1] * scale)))
    if fit == "stretch":
        return np.asarray(_resized(pixels, frame))
    shrink = scale / wanted
    inner = (
        min(frame[0], max(1, round(picture[0] * shrink))),
        min(frame[1], max(1, round(picture[1] * shrink))),
    )
    left, top = (frame[0] - inner[0]) // 2, (frame[1] - inner[1]) // 2
    framed = np.full((frame[1], frame[0], 3), background, np.uint8)
    framed[top : top + inner[1], left : left + inner[0]] = np.asarray(_resized(pixels, inner))
    return framed


def _resized(pixels: Pixels, size: tuple[int, int]) -> Image.Image:
    """The same picture where the size is its own: bars alone change no pixel."""
    picture = Image.fromarray(pixels)
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
