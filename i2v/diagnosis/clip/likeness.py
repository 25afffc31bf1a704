"""Each frame of a clip against its picture, or against its first frame where nobody knows the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.courses import Course, Steps
from i2v.diagnosis.clip.detail import bend, structure_changed, structure_of
from i2v.diagnosis.clip.flow import Flow, fits_better, texture_of, warp, warp_far
from i2v.diagnosis.clip.frames import Sized

_LEAST_OVERLAP = 0.2  # of the frame: less in common is too little to compare
_AROUND = np.ones((9, 9), np.uint8)  # pixels beside what moves


@dataclass(frozen=True)
class Likeness:
    """How each frame differs over what both show; NaN and None where they cannot be compared.

    Attributes:
        drift: in percent.
        bend: in pixels.
        colours: L, a and b (frames, 3) by which the colours differ.
        is_of_picture: whether the picture is known; otherwise all is against the first frame.
    """

    drift: Course
    bend: Course
    colours: npt.NDArray[np.float64]
    is_of_picture: bool

    @property
    def colour_shift(self) -> float | None:
        """Of the last quarter, from the picture or else from the first quarter, so that flicker does not count."""
        told = self.colours[np.isfinite(self.colours).all(axis=1)]
        if len(told) < 2:
            return None
        quarter = max(2, len(told) // 4)
        begin = np.zeros(3) if self.is_of_picture else told[:quarter].mean(axis=0)
        return float(np.linalg.norm(told[-quarter:].mean(axis=0) - begin))


def compare_frames(
    sized: Sequence[Sized], black: Sequence[bool], steps: Steps, flow: Flow, picture: Sized | None
) -> Likeness:
    """Lays every frame over the picture, by the camera's way and what flow finds beyond it.

    Args:
        sized: the frames.
        black: which of them show nothing.
        steps: between them.
        flow: for frames of their size.
        picture: the part of it that the first frame shows.
    """
    drift: Course = [None] * len(sized)
    bends: Course = [None] * len(sized)
    colours = np.full((len(sized), 3), np.nan)
    begin = next((at for at, is_black in enumerate(black) if not is_black), len(sized) - 1)
    first = picture or sized[begin]
    texture, seen = texture_of(first.grey), flow.seen(first.grey)
    grey, lab = first.grey.astype(np.float32), first.lab
    structure = structure_of(grey)
    way = np.eye(3)
    is_touched = np.zeros(first.grey.shape, bool)  # by what moves by itself: there another picture is no drift
    for at in range(begin, len(sized)):
        step = steps[at - 1] if at > begin else None
        if step is not None:
            is_touched |= warp_far(cv2.dilate(step.is_moving.astype(np.float32), _AROUND), way)[0] > 0.5
            way = step.camera.matrix() @ way
        brought, known = warp_far(sized[at].grey, way)
        if black[at] or known.mean() < _LEAST_OVERLAP:
            continue
        # What the single steps do not add up to is found against the picture itself.
        if at == begin:
            off, settling = flow.follow(first.grey, sized[at].grey, None)
        else:
            off = flow.between(first.grey, np.clip(np.rint(brought), 0, 255).astype(np.uint8), known)
            settling = flow.camera(off, seen)
        if fits_better(first.grey, brought, settling):
            way = way @ settling.matrix()
        met, is_met = warp(brought, off)
        changed = structure_changed(structure, met - grey, known & is_met & ~is_touched)
        drift[at] = None if changed is None else 100 * changed
        bends[at] = bend(off - flow.of_camera(settling), texture, known)
        there, known = warp_far(sized[at].lab, way)
        colours[at] = [np.median(channel[known]) for channel in cv2.split(there - lab)]
    return Likeness(drift, bends, colours, picture is not None)
