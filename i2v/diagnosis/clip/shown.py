"""The part of its picture that a clip's first frame shows."""

from __future__ import annotations

import cv2
import numpy as np

from i2v.diagnosis.clip.frames import Frame, Grey
from i2v.domain.crop import MIDDLE, Crop, cover_crop

_SIDE = 64  # pixels of the longer side of a frame that is sought
_SCALES = 0.97 ** np.arange(18)  # of the part, from all that the clip's proportions allow
_ALIKE = 0.6  # correlation: below it the frame shows something else, and is held to the part that it was to show


def shown_part(picture: Frame, frame: Frame, place: tuple[float, float] = MIDDLE) -> Frame:
    """The part, uint8 of the frame's shape: what a camera that moves within the picture begins with.

    Args:
        picture: as the engine got it, uint8 (height, width, 3).
        frame: the first of the clip.
        place: where its part was to sit in the room that proportions leave, if it cannot be found.
    """
    height, width = frame.shape[:2]
    size = (picture.shape[1], picture.shape[0])
    whole = cover_crop(size, (width, height), place)
    crop = _found(picture, frame, whole) or whole
    left, top = round(crop.left), round(crop.top)
    part = picture[top : top + max(1, round(crop.height)), left : left + max(1, round(crop.width))]
    interpolation = cv2.INTER_AREA if part.shape[1] >= width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (width, height), interpolation=interpolation), np.uint8)


def _found(picture: Frame, frame: Frame, whole: Crop) -> Crop | None:
    """Where the frame is most like the picture, at any place and from any nearness; None where it is like none."""
    template = _small(frame, _SIDE / max(frame.shape[:2]))
    best, found = _ALIKE, None
    for share in _SCALES:
        scale = _SIDE / (max(whole.width, whole.height) * share)
        sought = _small(picture, scale)
        if any(one < other for one, other in zip(sought.shape, template.shape, strict=True)):
            continue
        alike = cv2.matchTemplate(sought, template, cv2.TM_CCOEFF_NORMED)
        _, likeness, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(alike, posinf=0.0, neginf=0.0))
        if likeness > best:
            best, found = likeness, Crop(x / scale, y / scale, whole.width * share, whole.height * share)
    return found


def _small(frame: Frame, scale: float) -> Grey:
    size = (max(2, round(frame.shape[1] * scale)), max(2, round(frame.shape[0] * scale)))
    return np.asarray(cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.uint8)
