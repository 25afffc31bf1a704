"""How long the measuring of a clip of 512 × 512 takes one core, over the kinds that take longest."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import cv2

from benchmarks.clip_material import FPS, Clip
from benchmarks.clip_pictures import picture_named
from i2v.diagnosis.clip.measuring import measure_clip
from i2v.media.video import encode_mp4, read_film

_SIZE = (512, 512)
_ROUNDS = 5
_TIMED = (
    ("houses", "street 1", "pan left", 16),
    ("a flat drawing", "cartoon 5407", "tilt down", 16),
    ("a flat drawing that trembles", "cartoon 1", "handheld", 16),
    ("hair", "hair 1", "zoom out", 16),
    ("wool that trembles", "knit 1", "handheld", 16),
    ("cloth that trembles", "weave 12", "handheld", 16),
    ("windows that tremble", "facade 12", "handheld", 16),
    ("sand that trembles", "sand 1", "handheld", 16),
    ("cloth, 24 frames", "weave 11", "orbit left", 24),
    ("wool that trembles, 24 frames", "knit 1", "handheld", 24),
)


def time_table() -> Iterator[str]:
    """A table in Markdown: processor time in seconds, decoding included, beside the picture."""
    cv2.setNumThreads(1)
    yield "| clip | median | slowest |"
    yield "|---|---|---|"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        for kind, name, move, num_frames in _TIMED:
            clip = Clip(kind, picture_named(name), move, _SIZE, num_frames)
            encode_mp4(clip.film(), path, FPS, "")
            took = [_seconds(path, clip) for _ in range(_ROUNDS)]
            yield f"| {kind} | {median(took):.2f} s | {max(took):.2f} s |"


def _seconds(path: Path, clip: Clip) -> float:
    began = time.process_time()
    with read_film(path) as (frames, fps):
        measure_clip(frames, fps, clip.picture)
    return time.process_time() - began
