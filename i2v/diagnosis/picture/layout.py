"""What was put around or between pictures: bars, frames, and the seams of a collage."""

from __future__ import annotations

from dataclasses import dataclass
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
_STEP_LEVELS, _STEP_SHARE = 14, 0.5
"""How far, and along how much of its length, the picture's first line differs from the bar: a picture begins straight
across, a sky does not."""
_TWIN_STEP_LEVELS, _TWIN_STEP_SHARE, _TWIN_PX = 10, 0.15, 1
"""The same where the bar opposite has its colour and its width: a night between black bars differs little."""
_TWIN_END, _TWIN_END_SHARE = 0.2, 0.02
"""Share of the line at either end, and how much of that is to differ too: before a plain ground stands a thing in the
middle, and its upper edge reaches neither end."""
_SMEAR_PX = 6
"""So far from a bar's plain lines JPEG moves what lies beyond it."""
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
    upright = lines.transpose(1, 0, 2)
    # A frame's sides are looked at where the picture is, between the other two.
    above = _pair(lines[:, _between_twins(upright)])
    beside = _pair(upright[:, _between_twins(lines)])
    return (beside[0], above[0], beside[1], above[1])


@dataclass(frozen=True)
class _Bar:
    """Plain lines at the beginning: their colour, int16 (3), and number; how many differ in what comes next.

    Attributes:
        share, twin_share: of the next line's pixels, by the wider and by the narrower bound of levels.
    """

    colour: npt.NDArray[np.int16]
    width: int
    share: float
    twin_share: float

    def is_twin_of(self, other: _Bar) -> bool:
        is_alike = bool(np.abs(self.colour - other.colour).max() <= _SAME_LEVELS)
        return is_alike and abs(self.width - other.width) <= _TWIN_PX


def _between_twins(lines: Lines) -> slice:
    """What lies between two bars of one colour and width at the first and last lines; all of them without such."""
    bars = _bar(lines), _bar(lines[::-1])
    if bars[0] and bars[1] and bars[0].is_twin_of(bars[1]):
        return slice(bars[0].width + 1, len(lines) - bars[1].width - 1)
    return slice(None)


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
    first, last = _bar(lines), _bar(lines[::-1])
    if not first or not last:
        return (0.0, 0.0)
    if min(first.share, last.share) < _STEP_SHARE and not (
        first.is_twin_of(last) and min(first.twin_share, last.twin_share) >= _TWIN_STEP_SHARE
    ):
        return (0.0, 0.0)
    return (round(first.width / len(lines), 4), round(last.width / len(lines), 4))


def _bar(lines: Lines) -> _Bar | None:
    """What is plain at the first lines, int16 (lines, pixels, 3)."""
    if min(lines.shape[:2]) < 16:
        return None
    colour = np.median(lines[0], axis=0).astype(np.int16)
    count = len(lines)
    reach = int(_LARGEST_BAR * count) + 4
    sample = lines[:reach, :: max(1, lines.shape[1] // _SAMPLES)]
    plain = (np.abs(sample - colour).max(axis=2) <= _SAME_LEVELS).mean(axis=1) >= _PLAIN_SHARE
    width = int(np.argmin(plain)) if not plain.all() else reach
    if not width:
        return None
    apart = np.abs(lines[width : width + _SMEAR_PX] - colour).max(axis=2)  # (lines, pixels)
    shares = (apart > _STEP_LEVELS).mean(axis=1)
    width += int(np.argmax(shares >= 0.8 * shares.max()))
    if not _LEAST_BAR * count <= width <= _LARGEST_BAR * count:
        return None
    differs = apart > _TWIN_STEP_LEVELS
    end = max(1, round(_TWIN_END * differs.shape[1]))
    reaches = all(side.mean() >= _TWIN_END_SHARE for side in (differs[:, :end], differs[:, -end:]))
    return _Bar(colour, width, float(shares.max()), float(differs.mean(axis=1).max()) if reaches else 0.0)
