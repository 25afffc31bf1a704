"""A run in a process of its own that kills itself, as `kill -9` would, at a chosen moment.

What it reported as checkpoint lies in a file by then, as the server would have it; from what lies there it goes on.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from i2v.domain.events import Checkpoint, Event, Loading, Step, Tick
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import parts, ticking
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import Plan
from tests.engines.i2vgen_xl.running import GOLDEN, MODEL, request


@dataclass(frozen=True)
class Moment:
    """So many layers after something was told; 0 is at once. With 5 steps, `step 5` is the last."""

    told: str
    layers: int = 0

    def __str__(self) -> str:
        return f"{self.layers} layers after {self.told}" if self.layers else self.told


MOMENTS = (
    Moment("loading"),
    Moment("encoding"),
    Moment("encoding", 8),
    Moment("step 1"),
    Moment("step 2", 40),
    Moment("step 4"),
    Moment("step 5"),
    Moment("decoding", 5),
    Moment("frame 2"),
)


def run_and_die(moment: Moment, checkpoint: Path, options: dict[str, Any], plan: Plan | None = None) -> None:
    """Runs the job until `moment`; ends with SIGKILL there, or with exit code 0 if that never came.

    Args:
        moment: when to die.
        checkpoint: the file.
        options: of the clip.
        plan: by which it is made whatever the memory, with weights in an order in which they can be streamed.
    """
    torch.set_num_threads(1)
    ticking._SECONDS_BETWEEN_TICKS = 0.0
    setattr(parts, "_bf16_speedup", lambda: 1.0)  # noqa: B010 - the type checker forbids to assign to a function
    if plan is not None:
        setattr(parts, "can_pack", lambda dtype: False)  # noqa: B010
        setattr(parts.Parts, "fitting_plan", lambda *given: plan)  # noqa: B010
    told, layers = "", 0

    def come(name: str) -> None:
        nonlocal told, layers
        told, layers = (told, layers + 1) if name == "layer" else (name, 0)
        if (told, layers) == (moment.told, moment.layers):
            os.kill(os.getpid(), signal.SIGKILL)

    def report(event: Event) -> None:
        match event:
            case Checkpoint(data):
                checkpoint.write_bytes(data)
            case Loading(stage):
                come(stage)
            case Step(index):
                come(f"step {index}")
            case Tick():
                come("layer")

    engine = I2VGenXLEngine()
    engine.seconds_between_checkpoints = 0.0
    engine.load(Workplace("cpu", MODEL), report)
    with Image.open(GOLDEN / "input.png") as image:
        picture = Picture(np.asarray(image.convert("RGB")), "sha-of-the-input")
    saved = checkpoint.read_bytes() if checkpoint.exists() else b""
    for number, _ in enumerate(engine.generate(request(**options), picture, report, saved), start=1):
        come(f"frame {number}")
