"""Seams: straight steps across the whole frame that stay where they are while the picture moves under them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.detail import unexplained
from i2v.diagnosis.clip.flow import warp_far
from i2v.diagnosis.clip.frames import Array, Grey, Mask

Ways = npt.NDArray[np.float64]

_PIECES = 8  # that a line is cut into; a seam has one sign in most of them
_LEAST_PIECES = 4  # of a line that the picture must move across
_AHEAD = 2  # frames to the one that a frame's own picture is taken from
_RAMP = 3  # pixels that an encoder's smoothing spreads a step over
_LASTING = 1 / 5  # quantile: what the middle three fifths of the frames have is lasting
_EDGE = 8  # pixels at the frame's edges, where encoders leave marks of their own
_LEAST_TEXTURE = 0.3  # levels: somewhere on both sides of a seam there is picture, beside a bar there is none
_LEAST_EDGE = 12.0  # levels: as much as that in one place is picture too
_BESIDE = 16  # pixels from a line to where that is looked for: an encoder's block and what is told of a line
_LEAST_WAY = 7.0  # pixels that the picture must go across a line before a step is told from an edge in the picture
_LEAST_FRAMES = 8  # that differ: fewer do not tell what stays from what moves


def find_seam(
    frames: Sequence[Grey], onward: Sequence[Ways], across: Ways, down: Ways
) -> tuple[float | None, list[float | None]]:
    """Height in levels of the strongest seam, and of the same line in each frame; None where nothing can be told.

    From each frame what it shows of the picture is taken off, by a frame further on, brought back by the camera's way.
    What stays in its place is left, in a flat drawing as between equal windows.

    Args:
        frames: uint8 (height, width), those in which the picture has moved on.
        onward: the camera's way from each of them to the next, homographies in half widths.
        across: pixels (height, width) that the picture goes to the side at each place during the clip.
        down: likewise down.
    """
    if len(frames) < _LEAST_FRAMES:
        return None, [None] * len(frames)
    stack, own = np.stack(frames), _without_picture(frames, onward)
    found = [
        line
        for line in (
            _strongest(own, across, _has_picture_beside(stack)),
            _strongest(own.transpose(0, 2, 1), down.T, _has_picture_beside(stack.transpose(0, 2, 1))),
        )
        if line is not None
    ]
    if not found:
        return None, [None] * len(frames)
    value, each = max(found, key=lambda line: line[0])
    return value, [float(height) for height in each]


def _without_picture(frames: Sequence[Grey], onward: Sequence[Ways]) -> Array:
    """What is in each frame but not in its picture, float32 (frames, height, width)."""
    left = []
    for at, frame in enumerate(frames):
        ahead = at + _AHEAD < len(frames)
        other = at + _AHEAD if ahead else at - _AHEAD
        way: Ways = np.eye(3)
        for step in onward[min(at, other) : max(at, other)]:
            way = step @ way
        brought, known = warp_far(frames[other], way if ahead else np.asarray(np.linalg.inv(way), np.float64))
        left.append(np.where(known, unexplained(frame.astype(np.float32) - brought, brought, known), np.float32(0)))
    return np.stack(left)


def _strongest(own: Array, ways: Ways, is_line: Mask) -> tuple[float, npt.NDArray[np.float64]] | None:
    """Of the upright lines, each behind a column, the one that stands out most from the others.

    Args:
        own: what is no picture, (frames, height, width).
        ways: pixels (height, width) that the picture goes across.
        is_line: where there may be one, (width - 1,).
    """
    frames, height, width = own.shape
    rows = height - height % _PIECES
    is_told = ways[:rows].reshape(_PIECES, -1, width).mean(axis=1)[:, :-1] >= _LEAST_WAY  # (pieces, width - 1)
    is_line = is_line & (is_told.sum(axis=0) >= _LEAST_PIECES)
    is_line[:_EDGE] = is_line[-_EDGE:] = False
    if not is_line.any():
        return None
    levels = own[:, :rows].reshape(frames, _PIECES, -1, width).mean(axis=2)
    rise = levels[:, :, _RAMP:] - levels[:, :, :-_RAMP]
    steps = np.zeros((frames, _PIECES, width - 1), np.float32)
    begin = _RAMP + (_RAMP - 1) // 2
    # Without what the slope around it explains.
    steps[:, :, begin : width - 1 - begin] = (
        rise[:, :, _RAMP:-_RAMP] - (rise[:, :, : -2 * _RAMP] + rise[:, :, 2 * _RAMP :]) / 2
    )
    low, high = np.quantile(steps, [_LASTING, 1 - _LASTING], axis=0)
    lasting = np.where(is_told, np.maximum(low, 0) + np.minimum(high, 0), np.nan)[:, is_line]
    strength = np.abs(np.nanmedian(lasting, axis=0))
    at = int(np.argmax(strength))
    line = np.flatnonzero(is_line)[at]
    in_each = np.abs(np.median(steps[:, is_told[:, line], line], axis=1))
    return float(max(0.0, strength[at] - np.median(strength))), in_each


def _has_picture_beside(stack: npt.NDArray[np.uint8]) -> Mask:
    """Of the lines (width - 1,) those with picture somewhere on either side: a bar has none."""
    steps = [cv2.absdiff(frame[1:], frame[:-1]) for frame in stack]
    texture = np.mean([cv2.reduce(each, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0] for each in steps], axis=0)
    edges = np.max([cv2.reduce(each, 0, cv2.REDUCE_MAX)[0] for each in steps], axis=0)
    is_picture = (texture > _LEAST_TEXTURE) | (edges > _LEAST_EDGE)
    both = np.zeros(len(is_picture) - 1, bool)
    both[_BESIDE:] = np.maximum.accumulate(is_picture)[: -_BESIDE - 1]
    both[:-_BESIDE] &= np.maximum.accumulate(is_picture[::-1])[::-1][_BESIDE + 1 :]
    return both
