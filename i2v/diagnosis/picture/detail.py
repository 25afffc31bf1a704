"""Sharpness and noise, at the clip's scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import boxes_of, grey_of

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Grey, Mask, Pixels

_FINE_PX, _COARSE_PX = 0.7, 1.5
"""The two blurs whose effect on an edge is compared."""
_CELL_PX = 48
_LEAST_EDGES = 14
"""Edge pixels from which a cell says something."""
_LARGEST_BLUR_PX = 12.0


def measure_blur(view: Pixels, noise_levels: float) -> tuple[float | None, tuple[Box, ...]]:
    """How soft the sharpest parts are, and where the soft ones lie.

    An edge of blur σ has its slope lowered by a further blur b to σ / √(σ² + b²): two known blurs and the ratio of the
    slopes give σ (after Zhuo and Sim, “Defocus map estimation from a single image”, 2011). A picture is as sharp as its
    sharpest parts: a soft background is no fault.

    Args:
        view: uint8 (height, width, 3), RGB, at the clip's scale.
        noise_levels: standard deviation of its noise; slopes that noise makes are no edges.

    Returns:
        σ in pixels, None where no edge is clear enough; boxes around the parts that are softer still.
    """
    grey = grey_of(view)
    fine, _ = _slopes(grey, _FINE_PX)
    coarse, lies_across = _slopes(grey, _COARSE_PX)
    beside = np.where(lies_across, cv2.dilate(coarse, np.ones((1, 3))), cv2.dilate(coarse, np.ones((3, 1))))
    ridge = (coarse >= beside) & (coarse > max(1.0, 1.2 * noise_levels))
    ratio = np.square(fine[ridge] / coarse[ridge])
    ratio = np.clip(ratio, 1.0 + 1e-3, None)
    blur = np.sqrt(np.clip((_COARSE_PX**2 - ratio * _FINE_PX**2) / (ratio - 1), 0, _LARGEST_BLUR_PX**2))
    rows, columns = np.nonzero(ridge)
    across = -(-grey.shape[1] // _CELL_PX)
    cells = rows // _CELL_PX * across + columns // _CELL_PX
    down = -(-grey.shape[0] // _CELL_PX)
    soft = np.full(across * down, np.nan, np.float32)
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], np.arange(across * down + 1))
    for cell in range(across * down):
        mine = blur[order[starts[cell] : starts[cell + 1]]]
        if len(mine) >= _LEAST_EDGES:
            soft[cell] = np.percentile(mine, 33)
    told = soft[~np.isnan(soft)]
    if not len(told):
        return None, ()
    sharpest = float(np.percentile(told, 3))
    # Cells without an edge say nothing; between soft ones they are taken for soft.
    is_soft = cv2.morphologyEx(
        np.nan_to_num(soft > sharpest).reshape(down, across).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3))
    )
    return round(sharpest, 2), boxes_of(is_soft > 0, 0.04)


def measure_noise(view: Pixels, times: float = 1.0) -> float:
    """Standard deviation of the noise in levels of 255, read where the picture is smoothest.

    The kernel leaves nothing of slopes and straight edges (Immerkær, “Fast noise variance estimation”, 1996). White
    noise falls by half when the picture is halved; texture does not, so that what falls is the noise.

    Args:
        view: uint8 (height, width, 3), RGB, at the clip's scale or larger.
        times: how much larger: so much weaker is the noise in the clip.
    """
    grey = grey_of(view)
    half = cv2.resize(grey, (max(8, grey.shape[1] // 2), max(8, grey.shape[0] // 2)), interpolation=cv2.INTER_AREA)
    fine, coarse = _smoothest(grey), _smoothest(half)
    return round(math.sqrt(max(0.0, fine**2 - coarse**2) / 0.75) / times, 2)


def _smoothest(grey: Grey) -> float:
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    left = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel)) * (np.pi / 2) ** 0.5 / 6
    size = 16
    shape = (grey.shape[1] // size, grey.shape[0] // size)
    if min(shape) < 1:
        return float(np.median(left))
    rough = cv2.resize(left, shape, interpolation=cv2.INTER_AREA)
    level = cv2.resize(grey, shape, interpolation=cv2.INTER_AREA)
    # Cut off at black or white, noise is smaller than it was.
    counted = rough[(level > 12) & (level < 243)]
    return float(np.percentile(counted, 15)) if len(counted) >= 4 else 0.0


def _slopes(grey: Grey, blur_px: float) -> tuple[Grey, Mask]:
    """How steep each pixel is after a blur, in levels per pixel, and whether it rises more across than down."""
    smooth = cv2.GaussianBlur(grey, (0, 0), blur_px)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), dtype=np.float32), np.abs(across) > np.abs(down)
