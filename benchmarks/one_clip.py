"""Makes one clip of the camera from 12 Mpx in this process, as a worker does; prints the most memory it took, in bytes.

python -m benchmarks.one_clip WIDTH HEIGHT FRAMES
"""

from __future__ import annotations

import io
import sys

import numpy as np
from PIL import Image

from i2v.domain.events import Assignment, Event, Measured
from i2v.engines.registry import engine_spec
from i2v.worker.run_job import EngineShelf, run_job

PICTURE = (4000, 3000)


def make_clip(width: int, height: int, num_frames: int) -> int:
    """Peak bytes of this process."""
    noise = np.random.default_rng(1).integers(0, 255, (PICTURE[1] // 8, PICTURE[0] // 8, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(PICTURE).save(buffer, "PNG")
    sizes = {"width": width, "height": height, "num_frames": num_frames}
    options = engine_spec("camera").options.model_validate({"prompt": "zoom in", "seed": 1, **sizes})
    assignment = Assignment(
        job_id="benchmark",
        engine="camera",
        options=options.model_dump(),
        picture=buffer.getvalue(),
        picture_sha256="0" * 64,
        device="cpu",
        model_dir="",
        checkpoint=b"",
    )
    peaks: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, Measured):
            peaks.append(event.values["peak_memory_gb"])

    run_job(assignment, hear, EngineShelf())
    return round(peaks[0] * 2**30)


if __name__ == "__main__":
    print(make_clip(*map(int, sys.argv[1:4])))
