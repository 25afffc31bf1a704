"""Exposure and contrast: how the picture's levels are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import boxes_of, extremes_of, grey_of

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Mask, Pixels

_CUT_LEVEL = 252
"""A channel from here on has been cut off at white."""
_LIGHT_LEVEL = 110
"""Of the darkest channel of a pixel whose brightest is cut off; below it the pixel is a strong colour, not glare."""


@dataclass(frozen=True)
class Light:
    """Levels of 0 … 255.

    Attributes:
        darkest, median, brightest: luma that 1 %, 50 % and 99 % of the pixels do not exceed.
        glare_share: share of the pixels that too much light has cut off in some channels.
        glare: where those are.
        dark: where nothing but black is.
    """

    darkest: float
    median: float
    brightest: float
    glare_share: float
    glare: tuple[Box, ...]
    dark: tuple[Box, ...]

    @property
    def contrast(self) -> float:
        """From the darkest to the brightest, in levels."""
        return self.brightest - self.darkest


def measure_light(view: Pixels) -> Light:
    """How light is spread over a view, uint8 (height, width, 3), RGB."""
    grey = grey_of(view)
    darkest, median, brightest = (float(level) for level in np.percentile(grey, (1, 50, 99)))
    glare = _glare(view)
    size = max(3, min(view.shape[:2]) // 24)
    joined = cv2.morphologyEx(glare.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size))) > 0
    smooth = cv2.blur(grey, (size, size))
    return Light(
        darkest=round(darkest, 1),
        median=round(median, 1),
        brightest=round(brightest, 1),
        glare_share=round(float(glare.mean()), 4),
        glare=boxes_of(joined, 0.01),
        dark=boxes_of(smooth < 16, 0.02),
    )


def _glare(view: Pixels) -> Mask:
    """Pixels that are cut off at white in one channel or two, and what is cut off altogether next to them.

    White ground is cut off in all channels at once, with a hard edge: that is no fault. Light that was too much for the
    sensor passes over into white through colours that are cut off one by one.
    """
    lowest, highest = extremes_of(view)
    partly = (highest >= _CUT_LEVEL) & (lowest < _CUT_LEVEL) & (lowest >= _LIGHT_LEVEL)
    return np.asarray(partly, dtype=np.bool_)
