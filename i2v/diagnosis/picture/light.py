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

_SOFT_LEVEL = 225
"""A soft edge of a white area is nearly as bright."""
_PARTLY_SHARE = 0.05
"""So many colours half cut off tell of too much light by themselves."""


@dataclass(frozen=True)
class Light:
    """Levels of 0 … 255.

    Attributes:
        darkest, median, brightest: luma that 1 %, 50 % and 99 % of the pixels do not exceed.
        highlight: level that the strongest channel of 99 % of the pixels does not exceed: a red flower is bright too.
        contrast: from the darkest to the brightest 1 %, in luma or in the channel where that is most.
        glare_share: share of the pixels that too much light has cut off in some channels.
        glare: where those are.
        dark: where nothing but black is.
    """

    darkest: float
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
    darkest, median, brightest = (float(level) for level in np.percentile(grey, (1, 50, 99)))
    lowest, highest = extremes_of(view)
    glare = _glare(lowest, highest)
    size = max(3, min(view.shape[:2]) // 24)
    joined = cv2.morphologyEx(glare.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size))) > 0
    smooth = cv2.blur(grey, (size, size))
    return Light(
        darkest=round(darkest, 1),
        median=round(median, 1),
        brightest=round(brightest, 1),
        contrast=round(max(brightest - darkest, *_spans(view)), 1),
        highlight=round(float(np.percentile(highest, 99)), 1),
        glare_share=round(float(glare.mean()), 4),
        glare=boxes_of(joined, 0.01),
        dark=boxes_of(smooth < 16, 0.02),
    )


def _spans(view: Pixels) -> list[float]:
    """From 1 % to 99 % of each channel's levels: red flowers among green leaves may all be of one luma."""
    return [float(np.subtract(*np.percentile(view[..., channel], (99, 1)))) for channel in range(3)]


def _glare(lowest: Levels, highest: Levels) -> Mask:
    """What too much light has cut off, by the lowest and highest channel of each pixel. (height, width) → the same.

    Colours pass over into white through pixels that are cut off in one channel or two. What is cut off in all of them
    counts beside many of those, or where its edges are soft and it does not lie along all four sides: that may be a
    sheet of white paper.
    """
    partly = (highest >= _CUT_LEVEL) & (lowest < _CUT_LEVEL) & (lowest >= _LIGHT_LEVEL)
    fully = lowest >= _CUT_LEVEL
    edge = (cv2.dilate(fully.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~fully
    softness = float((lowest[edge] > _SOFT_LEVEL).mean()) if edge.any() else 0.0
    is_all_around = min(fully[0].mean(), fully[-1].mean(), fully[:, 0].mean(), fully[:, -1].mean()) > 0.2
    is_glare = partly.mean() > _PARTLY_SHARE or (softness > 0.5 and not is_all_around)
    return np.asarray(partly | fully if is_glare else partly, dtype=np.bool_)
