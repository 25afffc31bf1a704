"""The part of its picture that a clip's first frame shows."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.frames import Frame, Grey
from i2v.domain.crop import MIDDLE, Crop, cover_crop

_SIDE, _FINE_SIDE = 96, 160  # pixels of the longer side of a frame that is sought: everywhere, and where it may be
_SCALES = 0.985 ** np.arange(36)  # of the part, from all that the clip's proportions allow
_NEAR = (0.9925, 1.0, 1.0075)  # scales around one of them
_ALIKE = 0.6  # correlation: below it the frame shows something else, and is held to the part that it was to show
_PLACES = 8  # looked at closely: in a texture many are much alike from afar
_BESIDE = 0.03  # of the part's longer side, around a place

Place = tuple[float, Crop]  # how much alike, 0 … 1, and where


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
    scale = min(1.0, _FINE_SIDE / (max(whole.width, whole.height) * _SCALES[-1]))
    grey = _small(picture, scale)
    small, template = (_small(frame, side / max(frame.shape[:2])) for side in (_SIDE, _FINE_SIDE))
    sizes = [(whole.width * scale * share, whole.height * scale * share) for share in _SCALES]
    places = [place for size in sizes if (place := _best_place(grey, small, size))]
    close = [near for _, crop in heapq.nlargest(_PLACES, places, _likeness) for near in _beside(grey, template, crop)]
    likeness, best = max(close, key=_likeness, default=(0.0, whole))
    if likeness < _ALIKE:
        return None
    return Crop(best.left / scale, best.top / scale, best.width / scale, best.height / scale)


def _likeness(place: Place) -> float:
    return place[0]


def _beside(grey: Grey, template: Grey, crop: Crop) -> Iterator[Place]:
    """A place and what is just beside it, by the finer frame."""
    for share in _NEAR:
        width, height = crop.width * share, crop.height * share
        beside = _BESIDE * max(width, height)
        left = max(0, int(crop.left + (crop.width - width) / 2 - beside))
        top = max(0, int(crop.top + (crop.height - height) / 2 - beside))
        part = grey[top : int(top + height + 2 * beside) + 2, left : int(left + width + 2 * beside) + 2]
        if place := _best_place(part, template, (width, height)):
            likeness, near = place
            yield likeness, Crop(left + near.left, top + near.top, width, height)


def _best_place(grey: Grey, template: Grey, size: tuple[float, float]) -> Place | None:
    """Where a part of this size is most like the template, and how much so; None where none fits in."""
    scale = max(template.shape) / max(size)
    sought = _scaled(grey, scale)
    if any(one < other for one, other in zip(sought.shape, template.shape, strict=True)):
        return None
    alike = cv2.matchTemplate(sought, template, cv2.TM_CCOEFF_NORMED)
    _, likeness, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(alike, posinf=0.0, neginf=0.0))
    return likeness, Crop(x / scale, y / scale, *size)


def _small(frame: Frame, scale: float) -> Grey:
    return np.asarray(cv2.cvtColor(_scaled(frame, scale), cv2.COLOR_RGB2GRAY), np.uint8)


def _scaled(pixels: npt.NDArray[np.uint8], scale: float) -> npt.NDArray[np.uint8]:
    size = (max(2, round(pixels.shape[1] * scale)), max(2, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
