"""How long a job takes from its assignment to its first step: the first one of a worker, and those that follow.

    python -m benchmarks.second_job [--model DIR] [--width 512] [--height 512] [--num-frames 8]

Runs four jobs of two steps on the processor, as a worker does: a picture and a sentence; the same with another seed;
another sentence; the first picture and sentence again. The model is the tiny one of the tests unless told otherwise.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from i2v.domain.events import Assignment, Event, Loading
from i2v.engines.i2vgen_xl.spec import NAME, I2VGenXLOptions
from i2v.worker.run_job import EngineShelf, run_job

TINY_MODEL = Path(__file__).parent.parent / "tests" / "golden" / "model"
PICTURE = (2000, 1500)
JOBS = (
    ("first job", "A boat drifts to the left", 1),
    ("another seed", "A boat drifts to the left", 2),
    ("another sentence", "The camera slowly zooms in", 2),
    ("the first again", "A boat drifts to the left", 1),
)


class FirstStepBegun(Exception):
    """What was to be timed is over."""


def seconds_to_first_step(options: dict[str, Any], picture: bytes, model: Path, shelf: EngineShelf) -> float:
    """From the assignment until the encoders are done and the first step begins; the job ends there."""
    assignment = Assignment(
        job_id="benchmark",
        engine=NAME,
        options=options,
        picture=picture,
        picture_sha256="0" * 64,
        device="cpu",
        model_dir=str(model),
        checkpoint=b"",
    )
    has_encoded = False

    def hear(event: Event) -> None:
        nonlocal has_encoded
        if isinstance(event, Loading):
            has_encoded = has_encoded or event.stage == "encoding"
            if has_encoded and event.stage == "generating":
                raise FirstStepBegun

    began = time.perf_counter()
    try:
        run_job(assignment, hear, shelf)
    except FirstStepBegun:
        return time.perf_counter() - began
    raise AssertionError("the job ended without a step")


def draw_picture() -> bytes:
    """Soft noise, as PNG."""
    noise = np.random.default_rng(1).integers(0, 255, (PICTURE[1] // 50, PICTURE[0] // 50, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(PICTURE, Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def main() -> None:
    """Prints one line for each job."""
    parser = argparse.ArgumentParser(description="Times the way of jobs to their first step.")
    parser.add_argument("--model", type=Path, default=TINY_MODEL)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--num-frames", type=int, default=8)
    asked = parser.parse_args()
    sizes = {"width": asked.width, "height": asked.height, "num_frames": asked.num_frames}
    shelf, picture = EngineShelf(), draw_picture()
    for what, sentence, seed in JOBS:
        options = I2VGenXLOptions(prompt=sentence, seed=seed, num_inference_steps=2, **sizes).model_dump()
        seconds = seconds_to_first_step(options, picture, asked.model, shelf)
        print(f"{what:<18}{seconds:>8.2f} s to the first step", flush=True)


if __name__ == "__main__":
    main()
