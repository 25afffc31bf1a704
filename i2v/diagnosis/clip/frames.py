"""The frames of a clip at the two sizes that they are measured at, and the masks and blocks of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Grey = npt.NDArray[np.uint8]
Frame = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

COARSE_SIDE, FINE_SIDE = 256, 512
"""Longest sides in pixels: of frames in which motion, light and structure are measured, and of those for detail."""
BLOCKS = 8
"""Blocks along each side of a frame, for measures that what moves by itself must not decide."""
_COLOUR_SIDE = 128
_LEAST_KNOWN = 0.6
_LEAST_SIDE = 32  # pixels: a narrower film is widened, so that there is something to seek motion in


@dataclass(frozen=True)
class Sized:
    """One frame, reduced: `grey` uint8 (height, width), `rgb` uint8 (height, width, 3), `fine` grey, but larger."""

    grey: Grey
    rgb: Frame
    fine: Grey

    @property
    def lab(self) -> Array:
        """L, a and b of CIE 1976, float32 (height, width, 3), smaller still: tints are large."""
        rgb = _reduced(self.rgb, _COLOUR_SIDE)
        return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def reduce_frame(frame: Frame) -> Sized:
    """A frame, uint8 (height, width, 3) RGB, at the sizes that are measured."""
    coarse = _reduced(frame, COARSE_SIDE)
    fine = cv2.cvtColor(_reduced(frame, FINE_SIDE), cv2.COLOR_RGB2GRAY)
    return Sized(cv2.cvtColor(coarse, cv2.COLOR_RGB2GRAY), coarse, fine)


class Blocks:
    """The blocks of a frame of which only a part is `known`, (height, width)."""

    def __init__(self, known: Mask, blocks: int = BLOCKS) -> None:
        self._size = (blocks, blocks)
        self._known = known.astype(np.float32)
        share = cv2.resize(self._known, self._size, interpolation=cv2.INTER_AREA)
        self._share = np.where(share > _LEAST_KNOWN, share, np.float32(np.nan))

    def means(self, values: Array) -> Array:
        """Means (blocks, blocks) over what is known; NaN where that is too little."""
        total = cv2.resize(values * self._known, self._size, interpolation=cv2.INTER_AREA)
        return np.asarray(total / self._share, np.float32)


def _reduced(frame: Frame, side: int) -> Frame:
    height, width = frame.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(_LEAST_SIDE, round(width * scale)), max(_LEAST_SIDE, round(height * scale)))
    if size == (width, height):
        return frame
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
