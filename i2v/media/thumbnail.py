"""A clip at a glance: what its index tells, and its first frame as a small picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from av.error import FFmpegError
from PIL import Image

from i2v.errors import ClipDamaged
from i2v.media.video import open_mp4, read_frames

THUMBNAIL_SIDE = 320
"""Longest side of a thumbnail in pixels."""
_QUALITY = 80


@dataclass(frozen=True)
class ClipIndex:
    """What an MP4 says of its film, without a frame of it decoded. `fps` is frames per second."""

    num_frames: int
    width: int
    height: int
    fps: float


def read_index(path: Path) -> ClipIndex | None:
    """The index of a clip; None for files that are no MP4 with one film."""
    try:
        with open_mp4(path) as container:
            (stream,) = container.streams.video
            rate = float(stream.average_rate or 0)
            index = ClipIndex(stream.frames, stream.width, stream.height, rate)
    except (FFmpegError, OSError, ValueError):  # ValueError: no film, several, or metadata that is no UTF-8
        return None
    return index if index.num_frames and rate else None


def draw_thumbnail(path: Path) -> bytes:
    """The first frame as WebP, its longest side at most `THUMBNAIL_SIDE` pixels.

    Raises:
        ClipDamaged: there is no frame to be had.
    """
    try:
        frame = next(read_frames(path))  # (height, width, 3)
    except (FFmpegError, OSError, ValueError, StopIteration) as cause:
        raise ClipDamaged(expected="a first frame", found=str(cause)[:200] or type(cause).__name__) from cause
    image = Image.fromarray(frame)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()
