"""Clips of the camera engine after a journey through an MP4, as every finished clip has made it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.measures import ClipMeasures
from i2v.diagnosis.clip.measuring import measure_clip
from i2v.media.video import encode_mp4, read_film
from tests.engines.camera.scenes import film, scene

Film = npt.NDArray[np.uint8]  # (frames, height, width, 3)
FPS = 8


def to_mp4(frames: Film, fps: int = FPS, comment: str = "") -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        encode_mp4(frames, path, fps, comment)
        return path.read_bytes()


@cache
def good_film(prompt: str = "pan left", width: int = 256, height: int = 256) -> Film:
    """A clean clip, not to be written to."""
    frames, _ = film(prompt, scene(), width=width, height=height, num_frames=16, fps=FPS)
    frames.setflags(write=False)
    return frames


def measured(frames: Film, fps: int = FPS) -> ClipMeasures:
    """What is measured of the frames once they were an MP4."""
    with read_film(to_mp4(frames, fps)) as (decoded, rate):
        return measure_clip(decoded, rate)


def with_frames(frames: Film, change: Callable[[int, Any], Any]) -> Film:
    """A copy in which each frame is what `change` makes of its number and its float32 pixels."""
    changed = [np.clip(np.rint(change(at, frame.astype(np.float32))), 0, 255) for at, frame in enumerate(frames)]
    return np.stack(changed).astype(np.uint8)
