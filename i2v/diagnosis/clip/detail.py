"""Fine detail and structure: what is sharp, what is noise, and how much of a picture is still there."""

from __future__ import annotations

import cv2
import numpy as np

from i2v.diagnosis.clip.flow import warp
from i2v.diagnosis.clip.frames import Array, Grey, Mask, block_means

_NOISE_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NOISE_GAIN = float(np.sqrt(np.pi / 2) / 6)  # from the mean amplitude behind the mask to the noise's own spread
_NOISE_BLOCKS, _CALM_PERCENT = 24, 25  # what is noise is everywhere, also where the picture is calm
_BAND = (1.0, 2.5)  # pixels, of the Gaussians between which detail is measured
_STRUCTURE = 6.0  # pixels, of the Gaussian above which nothing counts as structure
_FLAT = 1.0  # squared levels: below it a block has no structure that could change


def meet_halfway(before: Grey, after: Grey, flow: Array) -> tuple[Array, Array, Mask]:
    """Two frames brought to the moment between them, float32, so that both are softened alike, and where both are
    known."""
    first, is_first = warp(before, np.float32(-0.5) * flow)
    second, is_second = warp(after, np.float32(0.5) * flow)
    return first, second, is_first & is_second


def noise_between(first: Array, second: Array, known: Mask) -> float | None:
    """Spread of the noise in levels, by what no motion explains in the calm quarter of the frame (mask of Immerkær,
    1996)."""
    amplitude = np.abs(cv2.filter2D(second - first, -1, _NOISE_MASK))
    means = block_means(amplitude, known, _NOISE_BLOCKS)
    calm = means[np.isfinite(means)]
    # Two frames differ by the noise of both.
    return float(np.percentile(calm, _CALM_PERCENT)) * _NOISE_GAIN / float(np.sqrt(2)) if calm.size else None


def detail_ratio(first: Array, second: Array, known: Mask) -> float:
    """How much of the fine detail of the first is in the second: of the amplitudes between two Gaussians, block by
    block, the median; 1 where there is no detail to lose."""
    bands = [
        np.abs(cv2.GaussianBlur(each, (0, 0), _BAND[0]) - cv2.GaussianBlur(each, (0, 0), _BAND[1]))
        for each in (first, second)
    ]
    before, after = (block_means(band, known) for band in bands)
    told = np.isfinite(before) & np.isfinite(after) & (before > 0.1)
    return float(np.median(after[told] / before[told])) if told.any() else 1.0


def structure_kept(first: Array, second: Array, known: Mask) -> float | None:
    """Correlation of the structure of two frames that lie over each other, block by block, the median of the blocks
    weighted by how much there is in them: 1 for the same picture, 0 for another."""
    fine = [each - cv2.GaussianBlur(each, (0, 0), _STRUCTURE) for each in (first, second)]
    mean_first, mean_second = (block_means(each, known) for each in fine)
    spread_first, spread_second = (
        block_means(each * each, known) - mean * mean
        for each, mean in zip(fine, (mean_first, mean_second), strict=True)
    )
    together = block_means(fine[0] * fine[1], known) - mean_first * mean_second
    told = np.isfinite(together)
    if not told.any():
        return None
    spread = np.sqrt(np.maximum(spread_first, 0) * np.maximum(spread_second, 0))
    kept = ((together + _FLAT) / (spread + _FLAT))[told]
    weights = np.sqrt(np.maximum(spread_first, 0))[told] + 1e-6
    order = np.argsort(kept)
    middle = int(np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2))
    return float(np.clip(kept[order[min(middle, len(order) - 1)]], 0, 1))
