"""Several pictures in one: told apart by the straight lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import box_in

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Mask, Pixels

_LEAST_PART = 0.12
"""Of a part, as a share of the whole's side."""
_LARGEST_GAP = 0.08
_SAME_LEVELS, _PLAIN_SHARE = 10, 0.97
_LIKE_WIDTH = 1.3
"""Of one gap, times that of another of the same collage; two pixels more are blur."""
_STEP_LEVELS = 14
_GAP_STEP_SHARE = 0.55
"""Share of a picture's edge that differs from the gap beside it."""
_SEAM_SHARE, _CALM_SHARE = 0.8, 0.4
"""Share of a seam's length at which both sides differ, and the most of that at lines near by."""
_TWIN_SHARE, _TWIN_REACH_PX = 0.9, 16
"""Of a seam's share, at another line so near: joints between bricks or boards have two sides, a seam is one line."""
_EVEN_SEAM_SHARE, _EVEN_PLACE = 0.95, 0.01
"""Of a flat seam's length, and how far from an even division of the side it may lie, as a share of the side."""
_DEEPEST = 3
_SAMPLES = 96


@dataclass(frozen=True)
class _Region:
    """A part of the view with its lines lying flat, and where along them neighbours differ.

    Attributes:
        pixels: uint8 (lines, pixels, 3).
        steps: bool (lines, pixels): whether the line two further on differs there; one pixel less would miss a seam
            that scaling has blurred.
        side: the whole picture's length across the lines.
    """

    pixels: Pixels
    steps: Mask
    side: int

    def between(self, start: int, end: int) -> _Region:
        return _Region(self.pixels[start:end], self.steps[start:end], self.side)

    def along(self, start: int, end: int) -> _Region:
        return _Region(self.pixels[:, start:end], self.steps[:, start:end], self.side)


@dataclass(frozen=True)
class _Cut:
    """Lines [start, end) that part a region, along how much of their length, and a gap's colour.

    A seam without a gap is as narrow as its blur, and has no colour.
    """

    start: int
    end: int
    share: float = 1.0
    colour: tuple[int, ...] = ()

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    def is_like(self, other: _Cut) -> bool:
        """Whether one hand left both gaps: of one colour and width."""
        if not self.colour or not other.colour:
            return False
        is_alike = max(abs(one - two) for one, two in zip(self.colour, other.colour, strict=True)) <= _SAME_LEVELS
        widths = self.end - self.start, other.end - other.start
        return is_alike and max(widths) <= _LIKE_WIDTH * min(widths) + 2


def find_parts(view: Pixels) -> tuple[Box, ...]:
    """Boxes of the pictures that a collage is made of; empty for one picture.

    A gap of one colour parts pictures wherever it runs from edge to edge, and then all gaps are like it. Pictures that
    touch are parted by an upright seam; seams that lie flat or within a part count where they divide it evenly: a
    horizon looks just like one, but hardly ever lies in the very middle and straight from edge to edge.

    Args:
        view: uint8 (height, width, 3), RGB, without bars.
    """
    height, width = view.shape[:2]
    if min(height, width) < 48:
        return ()
    flat, upright = _region(view), _region(np.ascontiguousarray(view.transpose(1, 0, 2)))
    # Where one of a grid's gaps is lost beside a dark picture, the other way round may still find it.
    ways = (list(_parts(flat, upright, (0, 0), _DEEPEST, rows_first=first)) for first in (False, True))
    parts = max(ways, key=len)
    return tuple(box_in(x, y, w, h, (width, height)) for x, y, w, h in parts) if len(parts) > 1 else ()


def _region(pixels: Pixels) -> _Region:
    steps = np.zeros(pixels.shape[:2], bool)
    apart = cv2.absdiff(pixels[2:], pixels[:-2])
    steps[1:-1] = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2]) > _STEP_LEVELS
    return _Region(pixels, steps, len(pixels))


def _parts(
    flat: _Region, upright: _Region, place: tuple[int, int], depth: int, like: _Cut | None = None, *, rows_first: bool
) -> Iterator[tuple[int, int, int, int]]:
    """What a part of the view falls into; itself where nothing parts it. Left, top, width, height.

    Args:
        flat, upright: the part, its lines lying and standing.
        place: its left and top in the view.
        depth: how often it may be parted.
        like: one of the cuts that it was made by.
        rows_first: whether it is looked for rows before columns.
    """
    (x, y), width, height = place, len(upright.pixels), len(flat.pixels)
    across, down = list[_Cut](), list[_Cut]()
    for is_row in (rows_first, not rows_first) if depth else ():
        if is_row and not across:
            down = _cuts(flat, like, is_upright=False)
        elif not is_row and not down:
            across = _cuts(upright, like, is_upright=True)
    deeper = partial(_parts, depth=depth - 1, rows_first=rows_first)
    if across:
        for a, b in _between(across, width):
            yield from deeper(flat.along(a, b), upright.between(a, b), (x + a, y), like=across[0])
    elif down:
        for a, b in _between(down, height):
            yield from deeper(flat.between(a, b), upright.along(a, b), (x, y + a), like=down[0])
    else:
        yield (x, y, width, height)


def _even_cuts(cuts: list[_Cut], length: int) -> list[_Cut]:
    """The cuts that divide a region into parts of one size, if there are such; one of them from edge to edge."""
    for count in range(2, int(1 / _LEAST_PART) + 1):
        places = [each * length / count for each in range(1, count)]
        even = [cut for cut in cuts if min(abs(cut.middle - place) for place in places) <= _EVEN_PLACE * length]
        if len(even) == len(places) and max(cut.share for cut in even) >= _EVEN_SEAM_SHARE:
            return even  # cuts lie too far apart for two of them to be at one place
    return []


def _between(cuts: list[_Cut], length: int) -> list[tuple[int, int]]:
    starts, ends = [0, *(cut.end for cut in cuts)], [*(cut.start for cut in cuts), length]
    return list(zip(starts, ends, strict=True))


def _cuts(region: _Region, like: _Cut | None, *, is_upright: bool) -> list[_Cut]:
    """Where a region is parted: by gaps, all alike, or else by seams."""
    count, least = len(region.pixels), int(_LEAST_PART * region.side)
    if count < 2 * least or region.pixels.shape[1] < 24:
        return []
    gaps = [gap for gap in _gaps(region) if like is None or gap.is_like(like)]
    if gaps or (like and like.colour):
        return _apart([gap for gap in gaps if gap.is_like(like or gaps[0])], count, least)
    seams = _apart(list(_seams(region)), count, least)
    return _even_cuts(seams, count) or (seams if is_upright and not like else [])


def _apart(cuts: list[_Cut], count: int, least: int) -> list[_Cut]:
    """Those far enough from each other and from the ends."""
    kept: list[_Cut] = []
    for cut in cuts:
        if cut.start - (kept[-1].end if kept else 0) >= least and count - cut.end >= least:
            kept.append(cut)
    return kept


def _gaps(region: _Region) -> Iterator[_Cut]:
    """Runs of lines that are all of one colour, with pictures straight along both sides."""
    pixels = region.pixels
    sample = pixels[:, :: max(1, pixels.shape[1] // _SAMPLES)].astype(np.int16)
    colours = np.median(sample, axis=1).astype(np.int16)
    plain = (np.abs(sample - colours[:, None]).max(axis=2) <= _SAME_LEVELS).mean(axis=1) >= _PLAIN_SHARE
    # A plain sky right below a gap is plain too, but of another colour.
    is_jump = np.abs(np.diff(colours, axis=0)).max(axis=1) > _SAME_LEVELS
    edges = [0, *(np.flatnonzero((np.diff(plain) != 0) | is_jump) + 1).tolist(), len(pixels)]
    for start, end in pairwise(edges):
        is_gap = plain[start] and 2 <= end - start <= _LARGEST_GAP * region.side
        if is_gap and start >= 3 and end <= len(pixels) - 3:
            colour = colours[(start + end) // 2]
            lines = (pixels[at].astype(np.int16) for at in (start - 2, end + 1))
            if min((np.abs(line - colour).max(axis=1) > _STEP_LEVELS).mean() for line in lines) >= _GAP_STEP_SHARE:
                yield _Cut(max(0, start - 1), end + 1, colour=tuple(colour.tolist()))


def _seams(region: _Region) -> Iterator[_Cut]:
    """Lines along which nearly every pixel differs from what is across, which they do nowhere near."""
    apart = region.steps.mean(axis=1)
    for at in np.flatnonzero(apart >= _SEAM_SHARE).tolist():
        near = np.concatenate((apart[max(0, at - 8) : max(0, at - 2)], apart[at + 3 : at + 9]))
        is_alone = apart[at] == apart[max(0, at - 8) : at + 9].max() and len(near) and near.mean() <= _CALM_SHARE
        beside = np.concatenate((apart[max(0, at - _TWIN_REACH_PX) : max(0, at - 2)], apart[at + 3 :][:_TWIN_REACH_PX]))
        has_twin = beside.max(initial=0) >= _TWIN_SHARE * apart[at]
        # A line within a picture has the picture on both sides.
        if is_alone and not has_twin and _differ(region.pixels, at - 4, at + 4) >= _GAP_STEP_SHARE:
            yield _Cut(at, at + 1, float(apart[at]))


def _differ(pixels: Pixels, one: int, other: int) -> float:
    """Share of the pixels in which two lines differ."""
    if one < 0 or other >= len(pixels):
        return 0.0
    return float((cv2.absdiff(pixels[one], pixels[other]).max(axis=1) > _STEP_LEVELS).mean())
