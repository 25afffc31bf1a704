"""What stands out from its ground, where anything does. Nothing is recognised: only colour and place are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from i2v.diagnosis.picture.measures import Box
from i2v.diagnosis.picture.views import box_in, view_within

if TYPE_CHECKING:
    import numpy.typing as npt

    from i2v.diagnosis.picture.views import Pixels

    Paint = npt.NDArray[np.float32]

_SIDE_PX = 160
_RING_SHARE = 0.07
"""Width of the picture's edge that is taken for ground."""
_GROUNDS = 4
_LEAST_DISTANCE = 18.0
"""Of a colour from all colours of the ground, in CIELAB (ΔE 1976), to stand out."""
_SPREADS = 3.0
_CLEAR_DISTANCE, _CLEAR_SPREADS = 24.0, 3.4
"""Of a thing's colours, in the mean, for it to count: so far and so many times what the ground's own colours spread;
pale green on quiet grey is a thing, a cloud among clouds is none."""
_PLAIN_SPREAD = 7.0
"""Mean distance of the ground's colours from the nearest of its four, at most."""
_LARGEST_SHARE = 0.4
"""Of what stands out in all; beyond it, the ground is not known well enough to say so."""
_STRAY_SHARE = 0.1
"""Of the edge that may stand out from itself."""
_LEAST_SHARE = 0.006
_MINOR_SHARE = 0.3
"""Things smaller than this share of the largest are left out."""
_MOST = 9


def find_subjects(view: Pixels) -> tuple[Box, ...]:
    """Boxes of the things that stand out, the largest first; empty where the ground is too varied to tell.

    Args:
        view: uint8 (height, width, 3), RGB, without bars.
    """
    small = cv2.medianBlur(view_within(view, _SIDE_PX), 3)
    height, width = small.shape[:2]
    if min(height, width) < 32:
        return ()
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    ring = np.ones((height, width), bool)
    edge = max(2, round(_RING_SHARE * min(height, width)))
    ring[edge:-edge, edge:-edge] = False
    distance, limit = _unlike(lab, lab[ring])
    stands_out = distance > limit
    spread = float(distance[ring].mean())
    if stands_out[ring].mean() > _STRAY_SHARE or spread > _PLAIN_SPREAD:
        return ()
    joined = cv2.morphologyEx(stands_out.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((7, 7)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # the ground
    largest = int(areas.argmax())
    least = max(_LEAST_SHARE * height * width, _MINOR_SHARE * areas[largest])
    clear = [
        number
        for number in np.flatnonzero(areas >= least).tolist()
        if distance[(labels == number) & stands_out].mean() >= _CLEAR_DISTANCE + _CLEAR_SPREADS * spread
    ]
    # Beside a larger one that is hardly told from the ground, a clear one is not what the picture is of.
    if largest not in clear or len(clear) > _MOST or joined.mean() > _LARGEST_SHARE:
        return ()
    clear.sort(key=lambda number: -int(areas[number]))
    boxes = (stats[number].tolist() for number in clear)
    return _apart([box_in(left, top, across, down, (width, height)) for left, top, across, down, _ in boxes])


def _apart(boxes: list[Box]) -> tuple[Box, ...]:
    """Without those that overlap a larger one: pieces of the same thing."""
    kept: list[Box] = []
    for left, top, across, down in boxes:
        if not any(
            left < one[0] + one[2] and one[0] < left + across and top < one[1] + one[3] and one[1] < top + down
            for one in kept
        ):
            kept.append((left, top, across, down))
    return tuple(kept)


def _unlike(lab: Paint, ground: Paint) -> tuple[Paint, Paint]:
    """How far each colour is from the ground's, float32 (pixels, 3), and how far it must be. (height, width) both."""
    cv2.setRNGSeed(7)  # the same picture, the same answer
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    _, labels, colours = cv2.kmeans(ground, _GROUNDS, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    # What little there is of a colour at the edge may be the thing itself, which reaches there.
    kept = np.bincount(labels[:, 0], minlength=_GROUNDS) >= _STRAY_SHARE * len(ground)
    spread = [
        float(np.linalg.norm(ground[labels[:, 0] == each] - colours[each], axis=1).mean())
        for each in np.flatnonzero(kept)
    ]
    colours = colours[kept]
    limits = np.maximum(_LEAST_DISTANCE, _SPREADS * np.array(spread, np.float32))
    distances = np.stack([np.linalg.norm(lab - colour, axis=2) for colour in colours])  # (grounds, height, width)
    nearest = np.argmin(distances / limits[:, None, None], axis=0)
    return np.take_along_axis(distances, nearest[None], 0)[0], np.asarray(limits[nearest], dtype=np.float32)
