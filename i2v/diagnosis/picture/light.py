"""Exposure and contrast: how the picture's levels are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import boxes_of, extremes_of, grey_of

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Levels, Mask, Pixels

_CUT_LEVEL = 252
"""A channel from here on has been cut off at white."""
_LIGHT_LEVEL = 110
"""Of the darkest channel of a pixel whose brightest is cut off; below it the pixel is a strong colour, not glare."""
_TINTED_WEIGHT, _STRONG_WEIGHT = 1 / 4, 1 / 12
"""Of a light and of a strong colour that is cut off: the other channels still have their light and shade."""
_BESIDE_PAPER_WEIGHT = 1 / 2
"""Of a light colour that is cut off beside white paper: in good light next to nothing is, where a pale ground burnt out
it is the skin before it."""
_SHEET_LEVEL = 245
"""Of the darkest channel of white paper; JPEG and a camera's own care keep it from 255."""
_SHEET_SHARE, _LARGEST_SHEET = 0.75, 0.97
"""How much of three sides lies in white where that is a sheet of paper, and how much of the picture at most."""


@dataclass(frozen=True)
class Light:
    """Levels of 0 … 255.

    Attributes:
        darkest, shadow, median, brightest: luma that 1 %, 5 %, 50 % and 99 % of the pixels do not exceed.
        highlight: level that the strongest channel of 99 % of the pixels does not exceed: a red flower is bright too.
        contrast: from the darkest to the brightest 1 %, in luma or in the channel where that is most.
        glare_share: share of the pixels, a sheet of paper left out, that too much light has cut off: in full where they
            are white, less where a channel is left.
        glare: where those are.
        dark: where nothing but black is.
    """

    darkest: float
    shadow: float
    median: float
    brightest: float
    highlight: float
    contrast: float
    glare_share: float
    glare: tuple[Box, ...]
    dark: tuple[Box, ...]


def measure_light(view: Pixels) -> Light:
    """How light is spread over a view, uint8 (height, width, 3), RGB."""
    grey = grey_of(view)
    darkest, shadow, median, brightest = (float(level) for level in np.percentile(grey, (1, 5, 50, 99)))
    lowest, highest = extremes_of(view)
    sheet = _sheet(lowest)
    is_cut = (highest >= _CUT_LEVEL) & ~sheet
    glare = is_cut & (lowest >= _LIGHT_LEVEL)
    white = is_cut & (lowest >= _CUT_LEVEL)
    tinted_weight = _BESIDE_PAPER_WEIGHT if sheet.any() else _TINTED_WEIGHT
    cut = float(white.mean() + tinted_weight * (glare & ~white).mean() + _STRONG_WEIGHT * (is_cut & ~glare).mean())
    size = max(3, min(view.shape[:2]) // 24)
    joined = cv2.morphologyEx(glare.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size))) > 0
    smooth = cv2.blur(grey, (size, size))
    return Light(
        darkest=round(darkest, 1),
        shadow=round(shadow, 1),
        median=round(median, 1),
        brightest=round(brightest, 1),
        contrast=round(max(brightest - darkest, *_spans(view)), 1),
        highlight=round(float(np.percentile(highest, 99)), 1),
        glare_share=round(cut / max(1e-6, 1 - float(sheet.mean())), 4),
        glare=boxes_of(joined, 0.01),
        dark=boxes_of(smooth < 16, 0.02),
    )


def _spans(view: Pixels) -> list[float]:
    """From 1 % to 99 % of each channel's levels: red flowers among green leaves may all be of one luma."""
    return [float(np.subtract(*np.percentile(view[..., channel], (99, 1)))) for channel in range(3)]


def _sheet(lowest: Levels) -> Mask:
    """White paper, by the lowest channel of each pixel: what is white in a picture with white along three sides.

    (height, width) → the same. A burnt sky lies along one side, and along parts of two more.
    """
    white = lowest >= _SHEET_LEVEL
    sides = sorted(float(side.mean()) for side in (white[0], white[-1], white[:, 0], white[:, -1]))
    is_sheet = sides[1] > _SHEET_SHARE and white.mean() < _LARGEST_SHEET
    return np.asarray(white if is_sheet else np.zeros_like(white), dtype=np.bool_)
