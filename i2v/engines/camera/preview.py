"""A small moving picture of the frames so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
from PIL import Image

if TYPE_CHECKING:
    from i2v.engines.base import Frame

_LONG_SIDE = 192  # pixels
_SECONDS_BETWEEN = 0.2
_MOST_FRAMES = 24  # a longer clip shows only some, so that a preview never takes long to make
_QUALITY = 60


class GrowingPreview:
    """Collects frames and now and then makes an animated WebP of them."""

    def __init__(self, num_frames: int, fps: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._stride = -(-num_frames // _MOST_FRAMES)
        self._milliseconds = round(1000 * self._stride / fps)
        self._clock = clock
        self._due = clock()
        self._seen = 0
        self._frames: list[Image.Image] = []

    def add(self, frame: Frame) -> bytes:
        """The preview with this frame in it, or nothing while the last one is still fresh."""
        if self._seen % self._stride == 0:
            height, width = frame.shape[:2]
            scale = min(1.0, _LONG_SIDE / max(width, height))
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            self._frames.append(Image.fromarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA)))
        self._seen += 1
        if self._clock() < self._due:
            return b""
        self._due = self._clock() + _SECONDS_BETWEEN
        return self._encode()

    def _encode(self) -> bytes:
        buffer = BytesIO()
        first, *others = self._frames
        first.save(
            buffer,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=self._milliseconds,
            loop=0,
            quality=_QUALITY,
            method=0,
        )
        return buffer.getvalue()
