"""Letters: captions, pages, charts. Found by their shape and order; nothing is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import box_in, grey_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from i2v.diagnosis.picture.views import Grey, Mask, Pixels

    Table = npt.NDArray[np.float64]

_LEAST_HEIGHT_PX, _LARGEST_HEIGHT_SHARE = 7, 0.2
_LEAST_CONTRAST = 35.0
"""Levels between a letter and what surrounds it."""
_LEAST_LETTERS = 6
_SPREADS = 4.2
"""Of the ground around a line's letters, by which the ink must differ: that of leaves, windows and folds is uneven."""
_INK_LEVELS = 22.0
"""Standard deviation, from letter to letter, of levels within one line."""
_INK_STEP = 45.0
"""Levels by which letters beside each other may differ."""
_REACH = 1.3
"""Of the height of a line's letters, to the next letter beyond a space."""
_MOST_HEIGHT_SPREAD, _MOST_GAP_SPREAD = 0.175, 0.43
"""Standard deviation of a line's heights, as a share of their mean, and of its gaps, as a share of the height."""
_MOST_GLYPHS = 4000
"""So many shapes are no text any more, whatever their order."""


def find_lettering(view: Pixels) -> tuple[Box, ...]:
    """Boxes around lines of at least six letters, from top to bottom.

    Args:
        view: uint8 (height, width, 3), RGB.
    """
    grey = grey_of(view)
    size = (view.shape[1], view.shape[0])
    lines: list[tuple[float, float, float, float]] = []
    block = max(11, min(size) // 20 | 1)
    ground = cv2.blur(grey, (block, block))
    for polarity in (1, -1):
        mask = polarity * (grey - ground) > 14
        shapes, is_clear = _glyphs(mask, grey)
        lines += [
            _lengthened(line, shapes) for line in _lines(shapes[is_clear]) if _is_on_even_ground(line, mask, grey)
        ]
    return tuple(
        box_in(int(left), int(top), int(right - left), int(bottom - top), size)
        for left, top, right, bottom in sorted(_apart(lines), key=lambda line: line[1])
    )


def _glyphs(mask: Mask, grey: Grey) -> tuple[Table, Mask]:
    """Connected shapes of a letter's size, one row each, and which of them have a letter's contrast and stroke as well.

    Left, top, right, bottom; width of the stroke; share of the box that is filled; level of the ink. (shapes, 7)
    """
    inked = mask.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    left, top, width, height, area = (stats[:, each].astype(np.float64) for each in range(5))
    fits = (height >= _LEAST_HEIGHT_PX) & (height <= _LARGEST_HEIGHT_SHARE * grey.shape[0])
    fits &= (width <= 3.0 * height) & (area >= 0.12 * width * height) & (area >= 10)
    fits[0] = False
    if not 0 < fits.sum() <= _MOST_GLYPHS:
        return np.zeros((0, 7)), np.zeros(0, np.bool_)
    at = np.flatnonzero(fits[labels.ravel()])
    label = labels.ravel()[at]
    # Of the ground around a letter: the mean of what is no letter near each of its pixels.
    beside = cv2.blur(np.where(mask, 0, grey), (9, 9)) / np.maximum(cv2.blur((~mask).astype(np.float32), (9, 9)), 0.05)
    size = np.maximum(area, 1)
    ink = np.bincount(label, grey.ravel()[at], count) / size
    is_clear = np.abs(ink - np.bincount(label, beside.ravel()[at], count) / size) >= _LEAST_CONTRAST
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, label, cv2.distanceTransform(inked, cv2.DIST_L2, 3).ravel()[at])
    stroke = 2.0 * deepest
    is_clear &= stroke <= np.maximum(0.45 * height, 4)
    chosen = np.flatnonzero(fits)
    box = (left, top, left + width, top + height, stroke, area / np.maximum(width * height, 1), ink)
    return np.stack([column[chosen] for column in box], axis=1), is_clear[chosen]


def _lines(glyphs: Table) -> list[Table]:
    """Glyphs of one height, side by side on one line; a table for each."""
    rows = glyphs[np.argsort(glyphs[:, 0])]
    used = np.zeros(len(rows), bool)
    found = []
    for start in range(len(rows)):
        if used[start]:
            continue
        chain = _follow(rows, used, start)
        if len(chain) >= _LEAST_LETTERS and _is_line(rows[chain], rows):
            used[chain] = True
            found.append(rows[chain])
    return found


def _lengthened(line: Table, shapes: Table) -> tuple[float, float, float, float]:
    """The box of a line with the letters at its ends that are cut off by the edge or hardly differ from the ground."""
    left, top, right, bottom = line[:, 0].min(), line[:, 1].min(), line[:, 2].max(), line[:, 3].max()
    height = bottom - top
    is_inked = np.abs(shapes[:, 6] - np.median(line[:, 6])) <= _INK_STEP
    is_level = (shapes[:, 1] >= top - 0.2 * height) & (shapes[:, 3] <= bottom + 0.2 * height)
    is_tall = shapes[:, 3] - shapes[:, 1] >= 0.4 * height
    beside = shapes[is_inked & is_level & is_tall]
    while True:
        is_near = (beside[:, 2] >= left - _REACH * height) & (beside[:, 0] <= right + _REACH * height)
        ends = (min(left, beside[is_near, 0].min(initial=left)), max(right, beside[is_near, 2].max(initial=right)))
        if ends == (left, right):
            return left, top, right, bottom
        left, right = ends


def _follow(rows: Table, used: npt.NDArray[np.bool_], start: int) -> list[int]:
    """From a glyph to the next one on its right, as long as there is one."""
    chain = [start]
    height = rows[start, 3] - rows[start, 1]
    while True:
        last = rows[chain[-1]]
        near = np.searchsorted(rows[:, 0], last[0], side="right")
        far = np.searchsorted(rows[:, 0], last[2] + _REACH * height)
        best, best_gap = -1, np.inf
        for each in range(near, far):
            other = rows[each]
            tall = other[3] - other[1]
            if used[each] or not 0.5 < tall / height < 2.0 or not 0.4 < other[4] / last[4] < 2.5:
                continue
            if abs(other[6] - last[6]) > _INK_STEP:
                continue
            off = abs(other[3] - last[3]), abs(other[1] - last[1])
            gap = other[0] - last[2]
            if min(off) < 0.3 * height and gap > -0.5 * height and gap < best_gap:
                best, best_gap = each, gap
        if best < 0:
            return chain
        chain.append(best)
        height = float(np.median(rows[chain, 3] - rows[chain, 1]))


def _is_line(line: Table, rows: Table) -> bool:
    """Letters stand on one line, in shapes that differ, with strokes that do not."""
    heights = line[:, 3] - line[:, 1]
    height = float(np.median(heights))
    middles = (line[:, 0] + line[:, 2]) / 2
    slope, at_left = np.polyfit(middles, line[:, 3], 1)
    off = np.abs(line[:, 3] - (slope * middles + at_left))
    if abs(slope) > 0.2 or np.median(off) > 0.09 * height or np.ptp(middles) < 2.5 * height:
        return False
    strokes, inks = line[:, 4], line[:, 6]
    if np.std(strokes) / np.mean(strokes) > 0.26 or np.std(inks) > _INK_LEVELS:
        return False
    # Letters stand close and evenly; coins, windows and stones leave more room, leaves are of all sizes.
    gaps = line[1:, 0] - line[:-1, 2]
    if np.median(gaps) > 0.35 * height or np.std(gaps) > _MOST_GAP_SPREAD * height:
        return False
    if np.std(heights) > _MOST_HEIGHT_SPREAD * np.mean(heights):
        return False
    widths, fills = line[:, 2] - line[:, 0], line[:, 5]
    if np.median(widths) < 0.3 * height or np.std(widths) > 0.8 * np.mean(widths):
        return False  # bars of a rail, skylines
    # Windows, bricks and rails stand in rows too, but are all alike, hollow or full.
    alike = (np.abs(widths / np.median(widths) - 1) < 0.1) & (np.abs(heights / height - 1) < 0.1)
    if alike.mean() > 0.65 or not 0.37 < np.median(fills) < 0.82:
        return False
    return _stands_free(line, rows, height)


def _is_on_even_ground(line: Table, mask: Mask, grey: Grey) -> bool:
    """What lies right beside the letters varies far less than they differ from it; an outline is ground enough."""
    part = np.s_[int(line[:, 1].min()) : int(line[:, 3].max()), int(line[:, 0].min()) : int(line[:, 2].max())]
    letters = mask[part].astype(np.uint8)
    beside = grey[part][cv2.dilate(letters, np.ones((5, 5))) > cv2.dilate(letters, np.ones((3, 3)))]
    return bool(len(beside) and abs(np.median(line[:, 6]) - np.median(beside)) > _SPREADS * beside.std())


def _stands_free(line: Table, rows: Table, height: float) -> bool:
    """There is room above and below a line of text; grass and gravel have none."""
    top, bottom = np.median(line[:, 1]), np.median(line[:, 3])
    left, right = line[:, 0].min(), line[:, 2].max()
    across = (rows[:, 0] < right) & (rows[:, 2] > left)
    crossing = across & (rows[:, 1] < top - 0.45 * height) & (rows[:, 3] > top + 0.2 * height)
    crossing |= across & (rows[:, 3] > bottom + 0.55 * height) & (rows[:, 1] < bottom - 0.2 * height)
    return bool(crossing.sum() <= 0.15 * len(line))


def _apart(lines: list[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    """Without those that lie in another: an outlined letter is found dark and light."""
    kept: list[tuple[float, float, float, float]] = []
    for line in sorted(lines, key=lambda each: (each[0] - each[2]) * (each[3] - each[1])):
        middle = ((line[0] + line[2]) / 2, (line[1] + line[3]) / 2)
        if not any(one[0] <= middle[0] <= one[2] and one[1] <= middle[1] <= one[3] for one in kept):
            kept.append(line)
    return kept
