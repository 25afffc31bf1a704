"""Fine detail and structure: what is sharp, what is noise, and how much of a picture is still there."""

from __future__ import annotations

import cv2
import numpy as np

from i2v.diagnosis.clip.flow import warp
from i2v.diagnosis.clip.frames import Array, Grey, Mask, block_means

_NOISE_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NOISE_GAIN = float(np.sqrt(np.pi / 2) / 6)  # from the mean amplitude behind the mask to the noise's own spread
_NOISE_BLOCKS, _CALM_PERCENT = 24, 25  # what is noise is everywhere, also where the picture is calm
_BAND = (0.5, 1.5)  # pixels, of the Gaussians between which detail is measured
_NO_DETAIL = 0.05  # squared levels
_STRUCTURE = (1.5, 12.0)  # pixels, of the Gaussians between which lies what a frame shows
_FLAT = 4.0  # squared levels: below it a block has no structure that could change
_SEEN = 0.25  # texture from which the flow of a block is more than a guess


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
    """How much of the fine detail of the first is in the second: of the amplitudes between two Gaussians the median of
    the quarter of the blocks that have most; 1 where there is no detail to lose."""
    bands = [
        cv2.GaussianBlur(each, (0, 0), _BAND[0]) - cv2.GaussianBlur(each, (0, 0), _BAND[1]) for each in (first, second)
    ]
    before, after = (block_means(band * band, known) for band in bands)
    told = np.isfinite(before) & np.isfinite(after) & (before > _NO_DETAIL)
    if not told.any():
        return 1.0
    told &= before >= np.quantile(before[told], 0.75)
    return float(np.sqrt(np.median(after[told] / before[told])))


def structure_changed(first: Array, second: Array, known: Mask) -> float | None:
    """How much of the structure of two frames that lie over each other differs, 0 … 1: the difference's amplitude as a
    share of both, the median of the blocks that have structure; None where none has any."""
    # What is not known of the second is as in the first: else its edge would be structure.
    filled = np.where(known, second, first)
    bands = [
        cv2.GaussianBlur(each, (0, 0), _STRUCTURE[0]) - cv2.GaussianBlur(each, (0, 0), _STRUCTURE[1])
        for each in (first, filled)
    ]
    both = block_means(bands[0] ** 2 + bands[1] ** 2, known)
    apart = block_means((bands[1] - bands[0]) ** 2, known)
    told = np.isfinite(both) & (both > _FLAT)
    return float(np.median(np.sqrt(apart[told] / both[told])).clip(0, 1)) if told.any() else None


def bend(rest: Array, texture: Array, known: Mask) -> float:
    """How far the parts of a frame have gone against each other, in pixels: what is left of the flow without the
    camera's share, by what there is to see in each block, the median of the blocks with something to see."""
    length = np.linalg.norm(rest, axis=2).astype(np.float32)
    seen, far = block_means(texture, known), block_means(length * texture, known)
    told = np.isfinite(far) & (seen > _SEEN)
    return float(np.median(far[told] / seen[told])) if told.any() else 0.0
