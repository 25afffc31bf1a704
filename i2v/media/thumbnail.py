"""A clip at a glance: what its index tells, and its first frame as a small picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from av.error import FFmpegError
from PIL import Image

from i2v.errors import ClipUnreadable
from i2v.media.video import open_mp4, read_frames

THUMBNAIL_SIDE = 320
"""Longest side of a thumbnail in pixels."""
LARGEST_PIXELS = 4096 * 4096
"""Of a frame; the options of every engine end there."""
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
        ClipUnreadable: there is no frame to be had, or it would take more memory than any clip of ours.
    """
    index = read_index(path)
    if index is None or index.width * index.height > LARGEST_PIXELS:
        raise ClipUnreadable(name=path.name, reason="no film" if index is None else f"{index.width} × {index.height}")
    try:
        frame = next(read_frames(path))  # (height, width, 3)
    except (FFmpegError, OSError, ValueError, StopIteration) as cause:
        raise ClipUnreadable(name=path.name, reason=str(cause)[:200] or "no frame") from cause
    image = Image.fromarray(frame)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()
