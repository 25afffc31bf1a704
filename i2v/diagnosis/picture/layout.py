"""What was put around or between pictures: bars, frames, and the seams of a collage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from i2v.diagnosis.picture.measures import Borders, Box

if TYPE_CHECKING:
    import numpy.typing as npt

    from i2v.diagnosis.picture.views import Pixels

    Lines = npt.NDArray[np.int16]

_SAME_LEVELS = 10
"""A channel may differ by so much within a bar: JPEG does that to it."""
_PLAIN_SHARE = 0.97
"""Share of a line's pixels that have the bar's colour."""
_STEP_LEVELS = 14
_STEP_SHARE = 0.5
"""Share of the picture's first line that differs from the bar: a picture begins straight across, a sky does not."""
_SAMPLES = 128
"""Pixels of a line that tell its colour."""
_LEAST_BAR, _LARGEST_BAR = 0.01, 0.45
"""Of a bar, as shares of the side."""


def measure_borders(view: Pixels) -> Borders:
    """Bars of one colour at two opposite sides, or at all four.

    One bar alone is not told: a sky above a straight horizon looks just like it.

    Args:
        view: uint8 (height, width, 3), RGB.
    """
    lines = view.astype(np.int16)
    top, bottom = _pair(lines)
    upright = lines.transpose(1, 0, 2)
    height = lines.shape[0]
    if top:  # a frame's upright sides end where the bars above and below begin
        upright = upright[:, round(top * height) + 1 : height - round(bottom * height) - 1]
    left, right = _pair(upright)
    if left and not top:
        width = lines.shape[1]
        top, bottom = _pair(lines[:, round(left * width) + 1 : width - round(right * width) - 1])
    return (left, top, right, bottom)


def border_boxes(borders: Borders) -> tuple[Box, ...]:
    """The bars as boxes."""
    left, top, right, bottom = borders
    boxes = ((0, 0, left, 1), (1 - right, 0, right, 1), (left, 0, 1 - left - right, top))
    below = (left, 1 - bottom, 1 - left - right, bottom)
    return tuple(
        (round(x, 4), round(y, 4), round(w, 4), round(h, 4)) for x, y, w, h in (*boxes, below) if w > 0 and h > 0
    )


def _pair(lines: Lines) -> tuple[float, float]:
    """Bars at the first and the last lines, as shares of the lines; none unless there are both."""
    if min(lines.shape[:2]) < 16:
        return (0.0, 0.0)
    first, last = _bar(lines), _bar(lines[::-1])
    return (round(first, 4), round(last, 4)) if first and last else (0.0, 0.0)


def _bar(lines: Lines) -> float:
    """Width of the bar at the first lines, int16 (lines, pixels, 3), as a share of their number."""
    colour = np.median(lines[0], axis=0)
    count = len(lines)
    reach = int(_LARGEST_BAR * count) + 4
    sample = lines[:reach, :: max(1, lines.shape[1] // _SAMPLES)]
    plain = (np.abs(sample - colour).max(axis=2) <= _SAME_LEVELS).mean(axis=1) >= _PLAIN_SHARE
    width = int(np.argmin(plain)) if not plain.all() else reach
    if not _LEAST_BAR * count <= width <= _LARGEST_BAR * count:
        return 0.0
    beyond = (np.abs(lines[width : width + 3] - colour).max(axis=2) > _STEP_LEVELS).mean(axis=1)
    return width / count if len(beyond) and beyond.max() >= _STEP_SHARE else 0.0
