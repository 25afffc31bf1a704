"""Two clips, frame by frame as a player shows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from av.error import FFmpegError

from i2v.errors import ClipUnreadable
from i2v.media.video import Frame, read_frames

WHOLE_RANGE = 255


@dataclass(frozen=True)
class FramesDifference:
    """How far two clips are from each other.

    Attributes:
        num_frames: of the longer clip.
        differing_frames: those that are not equal in every pixel, or that only one clip has.
        largest_difference: of one colour of one pixel, in levels of 0 … 255; all of them for a frame of another size.
    """

    num_frames: int
    differing_frames: int
    largest_difference: int


def compare_clips(one: Path, other: Path) -> FramesDifference:
    """Decodes both clips side by side.

    Raises:
        ClipUnreadable: a frame of theirs cannot be decoded.
    """
    try:
        levels = [_difference(*pair) for pair in zip_longest(read_frames(one), read_frames(other))]
    except (FFmpegError, OSError, ValueError, IndexError) as cause:
        raise ClipUnreadable(name=f"{one.name}, {other.name}", reason=str(cause)[:100]) from cause
    return FramesDifference(len(levels), sum(level > 0 for level in levels), max(levels, default=0))


def _difference(one: Frame | None, other: Frame | None) -> int:
    if one is None or other is None or one.shape != other.shape:
        return WHOLE_RANGE
    return int(np.abs(one.astype(np.int16) - other).max())
