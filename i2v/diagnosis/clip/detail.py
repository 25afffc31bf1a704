"""Fine detail and structure: what is sharp, what is noise, and how much of a picture is still there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from i2v.diagnosis.clip.flow import lengths_of, warp
from i2v.diagnosis.clip.frames import Array, Blocks, Grey, Mask

_GRAIN = (0.7, 1.4)  # pixels, of the Gaussians between which noise is measured: finer, and the encoder takes it away
_GRAIN_GAIN = 3.578  # from what is left between them of white noise to all of it
_NOISE_BLOCKS, _CALM_PERCENT = 24, 25  # what is noise is everywhere, also where the picture is calm
_FLAT_GRAIN, _FLAT_EDGE = 1e-3, 1.0  # squared levels a pixel: where there is less to see, a shift explains nothing
_BAND = (0.5, 1.5)  # pixels, of the Gaussians between which detail is measured
_NO_DETAIL = 0.05  # squared levels
_STRUCTURE = (1.5, 12.0)  # pixels, of the Gaussians between which lies what a frame shows
_FLAT = 4.0  # squared levels: below it a block has no structure that could change
_SEEN = 0.25  # texture from which the flow of a block is more than a guess


def meet_halfway(before: Grey, after: Grey, flow: Array) -> tuple[Array, Array, Mask]:
    """Two frames brought to the moment between them, float32, so that both are softened alike, and where both are
    known."""
    first, is_first = warp(before.astype(np.float32), np.float32(-0.5) * flow)
    second, is_second = warp(after.astype(np.float32), np.float32(0.5) * flow)
    return first, second, is_first & is_second


def noise_between(first: Array, second: Array, known: Mask) -> float | None:
    """Spread of the noise in levels, in the calm quarter of the frame: what differs between two frames that lie over
    each other, but for what a shift of the block by a fraction of a pixel explains.

    No camera is known to a hundredth of a pixel, and in fine texture so little is more than noise.
    """
    differs, shows = _between(second - first, _GRAIN), _between(np.float32(0.5) * (first + second), _GRAIN)
    blocks = Blocks(known, _NOISE_BLOCKS)
    left = blocks.means(differs * differs) - _shift(differs, shows, blocks, _FLAT_GRAIN).explained
    calm = left[np.isfinite(left)]
    if not calm.size:
        return None
    # Two frames differ by the noise of both.
    return _GRAIN_GAIN * float(np.sqrt(max(0.0, np.percentile(calm, _CALM_PERCENT)) / 2))


def unexplained(differs: Array, shows: Array, known: Mask) -> Array:
    """What differs between two frames, (height, width), but for what shifts of their parts by a fraction of a pixel
    explain."""
    shift = _shift(differs, shows, Blocks(known), _FLAT_EDGE)
    x, y = (cv2.resize(np.nan_to_num(each), differs.shape[::-1]) for each in (shift.x, shift.y))
    return np.asarray(differs - x * shift.across - y * shift.down, np.float32)


@dataclass(frozen=True)
class _Shift:
    """The shift of each block that explains most of how two frames differ, by least squares.

    Attributes:
        x, y: in pixels, (blocks, blocks); NaN where unknown.
        explained: of the squared difference, likewise.
        across, down: how what is seen grows to the right and downwards, (height, width).
    """

    x: Array
    y: Array
    explained: Array
    across: Array
    down: Array


def _shift(differs: Array, shows: Array, blocks: Blocks, flat: float) -> _Shift:
    across, down = (cv2.Sobel(shows, cv2.CV_32F, x, y, ksize=3, scale=1 / 8) for x, y in ((1, 0), (0, 1)))
    products = ((across, across), (across, down), (down, down), (across, differs), (down, differs))
    xx, xy, yy, x, y = (blocks.means(cv2.multiply(one, other)) for one, other in products)
    xx, yy = xx + np.float32(flat), yy + np.float32(flat)
    whole = xx * yy - xy * xy
    right, low = (np.asarray(each / whole, np.float32) for each in (yy * x - xy * y, xx * y - xy * x))
    return _Shift(right, low, np.asarray(x * right + y * low, np.float32), across, down)


def _between(values: Array, sigmas: tuple[float, float]) -> Array:
    """What lies between two Gaussians."""
    fine, coarse = (cv2.GaussianBlur(values, (0, 0), sigma) for sigma in sigmas)
    return np.asarray(fine - coarse, np.float32)


def detail_ratio(first: Array, second: Array, known: Mask) -> float:
    """How much of the fine detail of the first is in the second: of the amplitudes between two Gaussians the median of
    the quarter of the blocks that have most; 1 where there is no detail to lose."""
    blocks = Blocks(known)
    before, after = (blocks.means(cv2.pow(_between(each, _BAND), 2)) for each in (first, second))
    told = np.isfinite(before) & np.isfinite(after) & (before > _NO_DETAIL)
    if not told.any():
        return 1.0
    told &= before >= np.quantile(before[told], 0.75)
    return float(np.sqrt(np.median(after[told] / before[told])))


def structure_of(frame: Array) -> Array:
    """What a frame shows, (height, width): all but its grain and its light."""
    height, width = frame.shape
    fine = cv2.GaussianBlur(frame, (0, 0), _STRUCTURE[0])
    # The light is so soft that a quarter of its pixels hold it.
    small = cv2.resize(fine, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(small, (0, 0), _STRUCTURE[1] / 4)
    return np.asarray(fine - cv2.resize(light, (width, height)), np.float32)


def structure_changed(first: Array, changed: Array, known: Mask) -> float | None:
    """How much of a frame's structure is another in a second one that lies over it, 0 … 1: the difference's amplitude
    as a share of both, the median of the blocks that have structure; None where none has any.

    Args:
        first: the structure of the first frame (`structure_of`).
        changed: how the second differs from the first.
        known: where that is so.
    """
    # What is not known of the second is as in the first: else its edge would be structure.
    differs, blocks = structure_of(changed * known), Blocks(known)
    both = blocks.means(cv2.pow(first, 2) + cv2.pow(first + differs, 2))
    apart = blocks.means(cv2.pow(differs, 2))
    told = np.isfinite(both) & (both > _FLAT)
    return float(np.median(np.sqrt(apart[told] / both[told])).clip(0, 1)) if told.any() else None


def bend(rest: Array, texture: Array, known: Mask) -> float:
    """How far the parts of a frame have gone against each other, in pixels: what is left of the flow without the
    camera's share, by what there is to see in each block, the median of the blocks with something to see."""
    blocks = Blocks(known)
    seen, far = blocks.means(texture), blocks.means(lengths_of(rest) * texture)
    told = np.isfinite(far) & (seen > _SEEN)
    return float(np.median(far[told] / seen[told])) if told.any() else 0.0
