from __future__ import annotations

import io
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from i2v.domain.events import Assignment, Event, Measured
from i2v.domain.recipe import Recipe
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Frame, Picture, Report, Workplace
from i2v.engines.registry import engine_spec
from i2v.worker import run_job


def test_frames_go_into_the_clip_as_they_come_and_are_let_go() -> None:
    held: list[weakref.ref[Frame]] = []
    most = 0

    def frames() -> Iterator[Frame]:
        nonlocal most
        for level in range(30):
            frame = np.full((64, 64, 3), level, np.uint8)
            held.append(weakref.ref(frame))
            yield frame
            del frame
            most = max(most, sum(each() is not None for each in held))

    recipe = Recipe("job", "camera", {}, "0" * 64)
    clip, _ = run_job._encode(frames(), 8, recipe)
    assert (clip.num_frames, clip.width, clip.height) == (30, 64, 64)
    assert most <= 3


class LosingEngine:
    """Whose memory runs out between the second frame and the third."""

    def __init__(self) -> None:
        self._plan = "resident"

    def load(self, workplace: Workplace, report: Report) -> None:
        return

    def generate(
        self, request: GenerationRequest, picture: Picture, report: Report, checkpoint: bytes
    ) -> Iterator[Frame]:
        for level in range(4):
            if level == 2:
                self._plan = "sliced"
            yield np.full((64, 64, 3), 60 * level, np.uint8)

    def facts(self) -> Mapping[str, Any]:
        return {"plan": self._plan}

    def peak_device_gb(self) -> float | None:
        return None

    def unload(self) -> None:
        return


class Shelf(run_job.EngineShelf):
    def take(self, name: str) -> LosingEngine:
        return LosingEngine()


def test_a_plan_that_was_left_while_frames_were_decoded_stands_in_the_jobs_recipe() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    sizes = {"width": 64, "height": 64, "num_frames": 4}
    options = engine_spec("camera").options.model_validate({"prompt": "zoom in", "seed": 1, **sizes})
    assignment = Assignment("job", "camera", options.model_dump(), picture.getvalue(), "0" * 64, "cpu", "", b"")
    told: list[Event] = []
    run_job.run_job(assignment, told.append, Shelf())
    (measured,) = (event for event in told if isinstance(event, Measured))
    made_with = measured.values["recipe"]["made_with"]
    assert (made_with["plan"], made_with["system"] != "") == ("sliced", True)
