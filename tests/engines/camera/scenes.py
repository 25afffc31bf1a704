"""Pictures with known content, and clips of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from i2v.domain.events import Event
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Frame, Picture
from i2v.engines.camera.engine import CameraEngine
from i2v.engines.camera.spec import CameraOptions


@cache
def scene(width: int = 960, height: int = 720) -> Frame:
    """A soft texture with detail everywhere, as a photograph has: uint8 (height, width, 3), not to be written to."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    total = np.zeros((height, width, 3), np.float32)
    for _ in range(40):
        period = random.uniform(12, 160)
        angle = random.uniform(0, np.pi)
        wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + random.uniform(0, 6))
        total += wave[..., None] * random.uniform(-1, 1, 3).astype(np.float32) * np.sqrt(period)
    pixels: Frame = np.clip(127 + total * (60 / total.std()), 0, 255).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


def ignore(event: Event) -> None:
    """A `report` that nobody listens to."""


def film(
    prompt: str, pixels: Frame, report: Callable[[Event], None] = ignore, **options: Any
) -> tuple[npt.NDArray[np.uint8], CameraEngine]:
    """The clip, uint8 (num_frames, height, width, 3), and the engine that made it."""
    engine = CameraEngine()
    values = {"width": 320, "height": 240, "num_frames": 16, "seed": 1, **options}
    request = GenerationRequest("camera", CameraOptions(prompt=prompt, **values), "")
    return np.stack(list(engine.generate(request, Picture(pixels, ""), report, b""))), engine
