"""Several pictures in one: told apart by the straight lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    """Lines [start, end) that part a region, and along how much of their length.

    A seam without a gap is as narrow as its blur.
    """

    start: int
    end: int
    is_gap: bool
    share: float = 1.0

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def find_parts(view: Pixels) -> tuple[Box, ...]:
    """Boxes of the pictures that a collage is made of; empty for one picture.

    A gap of one colour parts pictures wherever it runs from edge to edge. Pictures that touch are parted by an upright
    seam; those that lie flat count beside others, or where they divide the picture evenly: a horizon looks just like
    one, but hardly ever lies in the very middle and straight from edge to edge.

    Args:
        view: uint8 (height, width, 3), RGB, without bars.
    """
    height, width = view.shape[:2]
    if min(height, width) < 48:
        return ()
    flat, upright = _region(view), _region(np.ascontiguousarray(view.transpose(1, 0, 2)))
    parts = list(_parts(flat, upright, (0, 0), _DEEPEST, is_collage=False))
    return tuple(box_in(x, y, w, h, (width, height)) for x, y, w, h in parts) if len(parts) > 1 else ()


def _region(pixels: Pixels) -> _Region:
    steps = np.zeros(pixels.shape[:2], bool)
    apart = cv2.absdiff(pixels[2:], pixels[:-2])
    steps[1:-1] = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2]) > _STEP_LEVELS
    return _Region(pixels, steps, len(pixels))


def _parts(
    flat: _Region, upright: _Region, place: tuple[int, int], depth: int, *, is_collage: bool
) -> Iterator[tuple[int, int, int, int]]:
    """What a part of the view falls into; itself where nothing parts it. Left, top, width, height."""
    (x, y), width, height = place, len(upright.pixels), len(flat.pixels)
    across = list(_cuts(upright)) if depth else []
    down = list(_cuts(flat)) if depth and not across else []
    if not is_collage:
        down = _even_cuts(down, height) or [cut for cut in down if cut.is_gap]
    if across:
        for a, b in _between(across, width):
            yield from _parts(flat.along(a, b), upright.between(a, b), (x + a, y), depth - 1, is_collage=True)
    elif down:
        for a, b in _between(down, height):
            yield from _parts(flat.between(a, b), upright.along(a, b), (x, y + a), depth - 1, is_collage=True)
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


def _cuts(region: _Region) -> Iterator[_Cut]:
    """Where a region's lines are parted, far enough from each other and from its ends."""
    count, least = len(region.pixels), int(_LEAST_PART * region.side)
    if count < 2 * least or region.pixels.shape[1] < 24:
        return
    gaps = list(_gaps(region))
    seams = [seam for seam in _seams(region) if not any(gap.start - 4 < seam.start < gap.end + 4 for gap in gaps)]
    last = 0
    for cut in sorted([*gaps, *seams], key=lambda each: each.start):
        if cut.start - last >= least and count - cut.end >= least:
            yield cut
            last = cut.end


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
                yield _Cut(max(0, start - 1), end + 1, True)


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
            yield _Cut(at, at + 1, False, float(apart[at]))


def _differ(pixels: Pixels, one: int, other: int) -> float:
    """Share of the pixels in which two lines differ."""
    if one < 0 or other >= len(pixels):
        return 0.0
    return float((cv2.absdiff(pixels[one], pixels[other]).max(axis=1) > _STEP_LEVELS).mean())
