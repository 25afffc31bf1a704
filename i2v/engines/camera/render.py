"""Frames from poses: sub-pixel warps that neither shimmer nor blur.

Each frame is warped at twice its size out of a picture at three times the density that the tightest frame needs, then
reduced by a Lanczos-3 filter. That filter stands still in the frame, so the sharpness is the same at any zoom, angle
and sub-pixel shift: detail finer than the frame fades away instead of flickering. The warp itself is bicubic: at this
density as good as Lanczos-4, in a fifth of its time, and computed at exact positions where OpenCV rounds Lanczos-4's to
1/32 px.

Values are filtered as they are stored, not in linear light: the frames then match the picture as every viewer and
browser scales it, and Lanczos leaves no dark halos in shadows. The price is that fine black-and-white texture gets
slightly darker as it shrinks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.engines.camera.path import corners, pixels_per_frame_pixel

if TYPE_CHECKING:
    import numpy.typing as npt

    from i2v.engines.base import Frame

    Array = npt.NDArray[np.float64]
    Floats = npt.NDArray[np.float32]

_DENSITY = 3.0  # samples of the source per pixel of the tightest frame
_OVERSAMPLING = 2  # samples of the warp per pixel of the frame, along each side
_LOBES = 3  # of the Lanczos window
_MARGIN = _LOBES * _OVERSAMPLING  # samples around the frame that the filter reaches into
_LARGEST_SOURCE = 24e6  # samples: 290 MB; a larger clip is made from a less dense source

# Half a pixel: homographies measure from corners, OpenCV from the first pixel's centre.
_TO_CENTRES = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
_FROM_CENTRES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])


def render_frames(pixels: Frame, poses: Array, width: int, height: int) -> Iterator[Frame]:
    """What the camera sees from each pose.

    Args:
        pixels: the picture, uint8 (picture height, picture width, 3).
        poses: homographies (num_frames, 3, 3) from a frame's pixels to the picture's, as `plan_path` makes them.
        width: of the frames in pixels.
        height: of the frames in pixels.

    Yields:
        uint8 (height, width, 3), the same bytes for the same arguments whatever the number of threads.
    """
    source, to_source = _prepare_source(pixels, poses, width, height)
    from_sample = np.array(
        [[1 / _OVERSAMPLING, 0, -_MARGIN / _OVERSAMPLING], [0, 1 / _OVERSAMPLING, -_MARGIN / _OVERSAMPLING], [0, 0, 1]]
    )
    size = (width * _OVERSAMPLING + 2 * _MARGIN, height * _OVERSAMPLING + 2 * _MARGIN)
    for pose in poses:
        warp = _TO_CENTRES @ to_source @ pose @ from_sample @ _FROM_CENTRES
        # Only the filter's reach around the frame can touch the border: the pose itself lies inside the picture.
        samples = cv2.warpPerspective(
            source, warp, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        yield _reduce(samples, width, height)


def _prepare_source(pixels: Frame, poses: Array, width: int, height: int) -> tuple[Floats, Array]:
    """The part of the picture that the path sees, float32, resampled and freed of detail no frame can hold.

    Returns:
        The source (rows, columns, 3) and the homography from the picture's pixels to the source's.
    """
    part, left, top = _crop_to_path(pixels, poses, width, height)
    rows, columns = part.shape[:2]
    tightest, widest = pixels_per_frame_pixel(poses, width, height)
    density = _DENSITY / max(tightest, 1.0)  # source samples per pixel of the picture
    density = min(density, max(math.sqrt(_LARGEST_SOURCE / (rows * columns)), density * 2 / _DENSITY))
    new_columns, new_rows = max(1, round(columns * density)), max(1, round(rows * density))
    interpolation = cv2.INTER_AREA if density < 1 else cv2.INTER_LANCZOS4
    source = cv2.resize(part.astype(np.float32), (new_columns, new_rows), interpolation=interpolation)
    # Frequencies in cycles per pixel of the tightest frame: the picture holds up to tightest/2, and what lies above
    # `highest` would come back as false detail in the widest frame.
    highest = max(0.5, tightest / widest)
    if tightest / 2 > highest:
        kernel = _lanczos(density * max(tightest, 1.0) / (2 * highest), is_odd=True)
        source = cv2.sepFilter2D(source, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    x, y = new_columns / columns, new_rows / rows
    return source, np.array([[x, 0, -left * x], [0, y, -top * y], [0, 0, 1]])


def _crop_to_path(pixels: Frame, poses: Array, width: int, height: int) -> tuple[Frame, int, int]:
    """What of the picture any frame reaches, filters included, and its upper left corner."""
    reached = corners(poses, width, height)
    reach = math.ceil((_LOBES + 2) * max(1.0, pixels_per_frame_pixel(poses, width, height)[1]))
    left, top = (max(0, math.floor(low) - reach) for low in reached.min(axis=(0, 1)))
    right, bottom = (math.ceil(high) + reach for high in reached.max(axis=(0, 1)))
    return pixels[top:bottom, left:right], left, top


def _lanczos(samples_per_pixel: float, *, is_odd: bool) -> Floats:
    """A low-pass of Lanczos' window: passes what `samples_per_pixel` samples can hold as one pixel."""
    count = 2 * math.ceil(_LOBES * samples_per_pixel) + (1 if is_odd else 0)
    x = (np.arange(count) - (count - 1) / 2) / samples_per_pixel
    kernel: Array = np.sinc(x) * np.sinc(x / _LOBES) * (np.abs(x) < _LOBES)
    normed: Floats = (kernel / kernel.sum()).astype(np.float32)
    return normed


def _reduce(samples: Floats, width: int, height: int) -> Frame:
    """The frame from its samples: filtered, one in `_OVERSAMPLING` kept, rounded."""
    kernel = _lanczos(_OVERSAMPLING, is_odd=False)
    # OpenCV anchors a kernel at a sample; the frame's pixel lies between two, so the kernel starts half of it before.
    kernel = np.append(kernel, np.float32(0))
    filtered = cv2.sepFilter2D(samples, cv2.CV_32F, kernel, kernel)
    step, first = _OVERSAMPLING, _MARGIN + _OVERSAMPLING // 2
    kept = filtered[first : first + height * step : step, first : first + width * step : step]
    frame: Frame = np.clip(np.rint(kept), 0, 255).astype(np.uint8)
    return frame
