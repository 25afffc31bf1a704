"""Runs one clip of the tiny model and keeps what it reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load

from i2v.domain.events import Checkpoint, Event, Latents
from i2v.domain.request import GenerationRequest, Start
from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.spec import NAME, I2VGenXLOptions

GOLDEN = Path(__file__).parents[2] / "golden"
MODEL = GOLDEN / "model"

SMALL = {
    "prompt": "Camera slowly zooming in",
    "negative_prompt": "blurry",
    "width": 64,
    "height": 64,
    "num_frames": 4,
    "num_inference_steps": 3,
    "seed": 1,
}

Told = TypeVar("Told", bound=Event)


@dataclass
class Run:
    """One run: its frames (frames, height, width, 3) and all events, in order."""

    frames: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0, 0, 3), np.uint8))
    events: list[Event] = field(default_factory=list)

    def told(self, kind: type[Told]) -> list[Told]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def latents(self) -> torch.Tensor:
        return load(self.told(Latents)[-1].data)["latents"]

    @property
    def checkpoint(self) -> bytes:
        """The last one, as the server would keep it."""
        checkpoints = self.told(Checkpoint)
        return checkpoints[-1].data if checkpoints else b""


def request(start: Start | None = None, **options: Any) -> GenerationRequest:
    """A small job; `exact` unless a sampler other than ddim or `exact` itself is named."""
    chosen = {**SMALL, **options}
    chosen.setdefault("exact", chosen.get("sampler", "ddim") == "ddim")
    return GenerationRequest(NAME, I2VGenXLOptions(**chosen), "sha-of-the-input", start)


def run(
    engine: I2VGenXLEngine,
    picture: Picture,
    *,
    checkpoint: bytes = b"",
    watch: Callable[[Event], None] = lambda event: None,
    keep: Run | None = None,
    **options: Any,
) -> Run:
    """Runs a job to its end. `watch` sees each event after it was kept and may raise, as a cancelled `report` does."""
    made = keep if keep is not None else Run()

    def report(event: Event) -> None:
        made.events.append(event)
        watch(event)

    made.frames = np.stack(list(engine.generate(request(**options), picture, report, checkpoint)))
    return made
