"""Seams: straight steps across the whole frame that stay where they are while the picture moves under them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.frames import Grey

_PIECES = 8  # that a line is cut into; a seam shows in more than half of them
_EDGE = 8  # pixels at the frame's edges, where encoders leave marks of their own
_LEAST_TEXTURE = 0.7  # levels: beside a seam there is picture on both sides, beside a bar there is not
LEAST_WAY = 6.0
"""Pixels that the picture must move across a line before a step there can be told from an edge in the picture."""


def find_seam(frames: Sequence[Grey], across: float, down: float) -> tuple[float | None, list[float | None]]:
    """Height in levels of the strongest seam, and of the same line in each frame.

    Args:
        frames: uint8 (height, width).
        across, down: pixels that the picture goes in either direction during the clip; where it does not move across a
            line, nothing can be told.
    """
    stack = np.stack(frames)
    found = []
    if across >= LEAST_WAY:
        found.append(_strongest(stack))
    if down >= LEAST_WAY:
        found.append(_strongest(stack.transpose(0, 2, 1)))
    if not found:
        return None, [None] * len(frames)
    value, each = max(found, key=lambda line: line[0])
    return value, [float(height) for height in each]


def _strongest(stack: npt.NDArray[np.uint8]) -> tuple[float, npt.NDArray[np.float64]]:
    """Of all upright lines in (frames, height, width) the one that stands out most from the others."""
    frames, height, width = stack.shape
    rows = height - height % _PIECES
    steps, texture = [], np.zeros(width)
    for frame in stack:
        levels = frame[:rows].astype(np.float32)
        rise = np.diff(levels, axis=1)  # (rows, width - 1)
        sharp = rise[:, 1:-1] - (rise[:, :-2] + rise[:, 2:]) / 2  # what the slope around it does not explain
        steps.append(sharp.reshape(_PIECES, rows // _PIECES, -1).mean(axis=1))
        texture += np.abs(np.diff(levels, axis=0)).mean(axis=0) / frames
    lasting = np.median(np.array(steps), axis=0)  # (pieces, width - 3)
    strength = np.median(np.abs(lasting), axis=0)
    beside = np.minimum(texture[:-3], texture[3:])
    strength = np.where(beside > _LEAST_TEXTURE, strength, 0.0)
    strength[:_EDGE] = strength[-_EDGE:] = 0.0
    at = int(np.argmax(strength))
    in_each = np.array([np.median(np.abs(step[:, at])) for step in steps])
    return float(max(0.0, strength[at] - np.median(strength))), in_each
