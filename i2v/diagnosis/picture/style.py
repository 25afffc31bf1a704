"""How a picture is made up: of as few colours as a drawing, or so full that nothing stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.views import extremes_of, grey_of, view_within

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Mask, Pixels

_PALETTE = 16
_SAMPLES = 120_000
"""Pixels that tell the palette, about."""
_SIDE_PX = 256
_EDGE_LEVELS = 8.0
"""Slope of an edge, in levels per pixel."""
_DENSE_SHARE = 0.15
"""Share of edges around a pixel from which its surroundings are busy."""


def measure_palette(view: Pixels) -> float:
    """Share of the picture, its ground left out, that sixteen colours paint, each the very same wherever it is.

    In light there are thousands, in leaves and stones too; what was cut off at black or white is not counted.

    Args:
        view: uint8 (height, width, 3), RGB, at the clip's scale.
    """
    step = max(1, round((view.shape[0] * view.shape[1] / _SAMPLES) ** 0.5))
    sample = np.ascontiguousarray(view[::step, ::step])
    lowest, highest = extremes_of(sample)
    counted = ~_ground(sample) & (highest > 8) & (lowest < 247)
    if counted.mean() <= 0.02:
        return 0.0
    levels = sample[counted].astype(np.int32)  # (pixels, 3)
    colours = np.sort(levels[:, 0] << 16 | levels[:, 1] << 8 | levels[:, 2])
    counts = np.diff(np.flatnonzero(np.diff(colours, prepend=-1, append=-1)))
    return round(float(np.sort(counts)[-_PALETTE:].sum() / len(colours)), 4)


def measure_clutter(view: Pixels) -> tuple[float, int]:
    """Share of the picture that is busy with edges, and how many colours it takes to paint nine tenths of it.

    Grass is busy too, but has few colours.

    Args:
        view: uint8 (height, width, 3), RGB.
    """
    small = cv2.medianBlur(view_within(view, _SIDE_PX), 5)
    grey = grey_of(small)
    slope = cv2.magnitude(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    )
    dense = cv2.blur((slope > _EDGE_LEVELS).astype(np.float32), (17, 17)) > _DENSE_SHARE
    counts = np.sort(np.bincount(_coarse(small).ravel(), minlength=4096))[::-1]
    colours = int(np.searchsorted(np.cumsum(counts), 0.9 * counts.sum())) + 1
    return round(float(dense.mean()), 4), colours


def _coarse(view: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Colours of 16 levels a channel, as numbers below 4096. (height, width, 3) → (height, width)."""
    levels = (view >> 4).astype(np.int32)
    return np.asarray(levels[..., 0] * 256 + levels[..., 1] * 16 + levels[..., 2])


def _ground(view: Pixels) -> Mask:
    """The most frequent colour: the ground of a product, a sheet of paper."""
    coarse = _coarse(view)
    return np.asarray(coarse == int(np.argmax(np.bincount(coarse.ravel(), minlength=4096))))
