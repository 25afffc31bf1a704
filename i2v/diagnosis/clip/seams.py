"""Seams: straight steps across the whole frame that stay where they are while the picture moves under them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.frames import Grey

Ways = npt.NDArray[np.float64]

_PIECES = 8  # that a line is cut into; a seam has one sign in most of them
_EDGE = 8  # pixels at the frame's edges, where encoders leave marks of their own
_LEAST_TEXTURE = 0.7  # levels: beside a seam there is picture on both sides, beside a bar there is not
_LEAST_WAY = 10.0  # pixels that the picture must go across a line before a step is told from an edge in the picture
_LEAST_FRAMES = 8  # that differ: fewer do not tell what stays from what moves


def find_seam(frames: Sequence[Grey], across: Ways, down: Ways) -> tuple[float | None, list[float | None]]:
    """Height in levels of the strongest seam, and of the same line in each frame; None where nothing can be told.

    Args:
        frames: uint8 (height, width), those in which the picture has moved on.
        across: pixels (width,) that the picture goes to the side at each column during the clip, the mean of its rows.
        down: likewise (height,) for the rows.
    """
    if len(frames) < _LEAST_FRAMES:
        return None, [None] * len(frames)
    stack = np.stack(frames)
    found = [
        _strongest(lines, ways[1:-2] >= _LEAST_WAY)
        for lines, ways in ((stack, across), (stack.transpose(0, 2, 1), down))
        if (ways >= _LEAST_WAY).any()
    ]
    if not found:
        return None, [None] * len(frames)
    value, each = max(found, key=lambda line: line[0])
    return value, [float(height) for height in each]


def _strongest(stack: npt.NDArray[np.uint8], is_told: npt.NDArray[np.bool_]) -> tuple[float, npt.NDArray[np.float64]]:
    """Of the upright lines in (frames, height, width) that can be told the one that stands out most from the others."""
    frames, height, width = stack.shape
    rows = height - height % _PIECES
    steps, texture = [], np.zeros(width)
    for frame in stack:
        levels = frame[:rows].astype(np.float32)
        rise = np.diff(levels, axis=1)  # (rows, width - 1)
        sharp = rise[:, 1:-1] - (rise[:, :-2] + rise[:, 2:]) / 2  # what the slope around it does not explain
        steps.append(sharp.reshape(_PIECES, rows // _PIECES, -1).mean(axis=1))
        texture += np.abs(np.diff(levels, axis=0)).mean(axis=0) / frames
    # What three quarters of the frames have, (pieces, width - 3): an edge of the picture comes and goes.
    low, high = np.quantile(np.array(steps), [0.25, 0.75], axis=0)
    lasting = np.maximum(low, 0) + np.minimum(high, 0)
    strength = np.abs(np.median(lasting, axis=0))
    beside = np.minimum(texture[:-3], texture[3:])
    usual = float(np.median(strength))
    strength = np.where((beside > _LEAST_TEXTURE) & is_told, strength, 0.0)
    strength[:_EDGE] = strength[-_EDGE:] = 0.0
    at = int(np.argmax(strength))
    in_each = np.array([abs(np.median(step[:, at])) for step in steps])
    return float(max(0.0, strength[at] - usual)), in_each
