"""What a machine is measured with: a model, a device, a time budget, and one clip of ours with all its figures."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import psutil
import torch
from PIL import Image
from safetensors.torch import load

from i2v.domain.events import Checkpoint, Event, Latents, Loading, Noticed, Step
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import engine as engine_module
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import Plan
from i2v.engines.i2vgen_xl.parts import Parts, free_cached_memory
from i2v.engines.i2vgen_xl.spec import NAME, I2VGenXLOptions
from i2v.machine.memory import GIB, peak_memory_gb, restart_peak_memory

_PUBLISHED_FROM_BYTES = 4e9
"""A model folder from this size on is one of the published size."""


class OutOfTime(Exception):
    """The time allowed for what is under way has passed."""


class Clock:
    """The time that is left. What takes long asks it again and again and so ends in time."""

    def __init__(self, budget_seconds: float) -> None:
        self._deadline = time.monotonic() + budget_seconds

    def left(self) -> float:
        return self._deadline - time.monotonic()

    def check(self) -> None:
        if self.left() <= 0:
            raise OutOfTime

    @contextlib.contextmanager
    def at_most(self, share: float) -> Iterator[None]:
        """While open, only this share of what is left now is allowed; what is not used stays for the others."""
        whole = self._deadline
        self._deadline -= self.left() * (1 - share)
        try:
            yield
        finally:
            self._deadline = whole


@dataclass(frozen=True)
class ClipShape:
    """Size of a clip in pixels and frames."""

    width: int
    height: int
    num_frames: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `512x512x16`."""
        return cls(*(int(number) for number in text.split("x")))

    def __str__(self) -> str:
        return f"{self.width}×{self.height}×{self.num_frames}"

    @property
    def size(self) -> int:
        return self.width * self.height * self.num_frames


@dataclass(frozen=True)
class Rig:
    """Where and on what everything is measured.

    Attributes:
        folder: of the model.
        device: `cuda` or `cpu`.
        dtype: in which clips are made.
        steps: of a clip whose seconds count.
        runs: how many such clips, at most.
        shapes: of those clips, the smallest first.
        small: the shape of what is about numbers, not about seconds.
        clock: the time budget.
    """

    folder: Path
    device: torch.device
    dtype: torch.dtype
    steps: int
    runs: int
    shapes: tuple[ClipShape, ...]
    small: ClipShape
    clock: Clock

    @property
    def few_steps(self) -> int:
        """Enough for what is not about seconds."""
        return min(self.steps, 6)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    @property
    def is_full_size(self) -> bool:
        return sum(file.stat().st_size for file in self.folder.rglob("*.safetensors")) > _PUBLISHED_FROM_BYTES

    def wait(self) -> None:
        """Returns when the device has done all that was asked of it."""
        if self.is_cuda:
            torch.cuda.synchronize(self.device)

    def restart_peak(self) -> None:
        """Begins a new measurement of memory."""
        if self.is_cuda:
            torch.cuda.reset_peak_memory_stats(self.device)
        restart_peak_memory()

    def peak_gib(self) -> dict[str, float]:
        """The most since `restart_peak`: of tensors and of blocks on a GPU, of the whole process on a CPU."""
        if not self.is_cuda:
            return {"process peak GiB": peak_memory_gb()}
        return {
            "allocated peak GiB": torch.cuda.max_memory_allocated(self.device) / GIB,
            "reserved peak GiB": torch.cuda.max_memory_reserved(self.device) / GIB,
        }

    def held_gib(self) -> dict[str, float]:
        """What is held now, in the same terms."""
        if not self.is_cuda:
            return {"process GiB": psutil.Process().memory_info().rss / GIB}
        return {
            "allocated GiB": torch.cuda.memory_allocated(self.device) / GIB,
            "reserved GiB": torch.cuda.memory_reserved(self.device) / GIB,
        }

    def clear(self) -> None:
        """Gives back what nobody holds any more."""
        gc.collect()
        free_cached_memory(self.device)


@dataclass
class Clip:
    """One clip and what was seen of its making; a clip that was cut short lacks what comes later.

    Attributes:
        stage: the last that was begun.
        step_seconds: of each step but the first, which also has the encoding in it.
        seconds: of the whole clip, from the picture to the last frame, the model being loaded.
        to_first_step: seconds from the call to the end of the first step.
        loading_seconds: of these, until the weights were there, where the call had to read them.
        latents: (1, 4, frames, height/8, width/8), float32.
        frames: uint8 (frames, height, width, 3).
        is_finite: no NaN or infinity in latents or frames.
        checkpoints: those told, in order.
        notices: what the engine told its user.
    """

    stage: str = ""
    step_seconds: list[float] = field(default_factory=list)
    seconds: float | None = None
    to_first_step: float | None = None
    loading_seconds: float = 0.0
    latents: torch.Tensor | None = None
    frames: npt.NDArray[np.uint8] | None = None
    is_finite: bool = True
    checkpoints: list[bytes] = field(default_factory=list)
    notices: list[Noticed] = field(default_factory=list)
    peak: dict[str, float] = field(default_factory=dict)

    def note_step(self, now: float) -> None:
        """A step has ended, `now` seconds after the clip was begun."""
        if self.to_first_step is None:
            self.to_first_step, self.stage = now, "generating"
        else:
            self.step_seconds.append(now - self.to_first_step - sum(self.step_seconds))


def draw_picture(shape: ClipShape) -> Image.Image:
    """Soft coloured clouds, square, so that neither ours nor stock has anything to scale."""
    side = max(shape.width, shape.height)
    noise = np.random.default_rng(1).integers(0, 255, (12, 12, 3), np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)


def settings(shape: ClipShape, steps: int) -> dict[str, Any]:
    """What ours and stock are asked for, in the names both know."""
    return {
        "prompt": "Clouds drift over a lake while the camera slowly zooms in",
        "negative_prompt": "blurry, static",
        "width": shape.width,
        "height": shape.height,
        "num_frames": shape.num_frames,
        "num_inference_steps": steps,
        "guidance_scale": 9.0,
        "target_fps": 8,
    }


SEED = 1


class Ours:
    """The engine of this project, as a worker would drive it."""

    name = "ours"

    def __init__(self, rig: Rig, dtype: torch.dtype) -> None:
        self._rig, self._dtype = rig, dtype
        self.engine = I2VGenXLEngine()

    @property
    def parts(self) -> Parts:
        assert self.engine._parts is not None
        return self.engine._parts

    def load(self) -> None:
        """Proves the files; the engine reads them when the first clip needs them."""
        self.engine.load(Workplace(self._rig.device.type, self._rig.folder), lambda event: None)

    def unload(self) -> None:
        self.engine.unload()

    def made_on(self) -> dict[str, Any]:
        """Precision, plan and attention of the last clip."""
        facts = self.engine.facts()
        return {name: facts[name] for name in ("dtype", "plan", "attention")}

    def make(
        self,
        shape: ClipShape,
        steps: int,
        clip: Clip | None = None,
        *,
        checkpoint: bytes = b"",
        watch: Callable[[Event], None] = lambda event: None,
        only_first_frame: bool = False,
        **options: Any,
    ) -> Clip:
        """Makes one clip with the model as it stands.

        Args:
            shape: of the clip.
            steps: to take.
            clip: is filled as the clip grows, for those who want it even where it is cut short.
            checkpoint: to go on from.
            watch: sees each event and may raise.
            only_first_frame: the others take no other memory, only time.
            options: of the engine.

        Raises:
            OutOfTime: the clock ran out.
        """
        clip = clip if clip is not None else Clip()
        request = GenerationRequest(
            NAME, I2VGenXLOptions(**settings(shape, steps), seed=SEED, **options), "drawn by benchmarks/rig.py"
        )
        picture = Picture(np.asarray(draw_picture(shape)), request.picture_sha256)
        self._rig.restart_peak()
        with self._forced_dtype():
            began = time.perf_counter()
            report = partial(self._report, clip, watch, began)
            frames = []
            making = self.engine.generate(request, picture, report, checkpoint)
            with contextlib.closing(making):  # type: ignore[type-var]
                for frame in making:
                    frames.append(frame)
                    if only_first_frame:
                        break
            clip.seconds = time.perf_counter() - began
        clip.frames = np.stack(frames)
        clip.peak = self._rig.peak_gib()
        return clip

    def _report(self, clip: Clip, watch: Callable[[Event], None], began: float, event: Event) -> None:
        now = time.perf_counter() - began
        match event:
            case Loading(stage):
                if stage == "encoding" and clip.stage == "loading":
                    clip.loading_seconds = now
                clip.stage = "encoding or first step" if stage == "encoding" else stage
            case Step():
                clip.note_step(now)
            case Checkpoint(data):
                clip.checkpoints.append(data)
            case Latents(data):
                clip.latents = load(data)["latents"]
                clip.is_finite = bool(clip.latents.isfinite().all())
            case Noticed():
                clip.notices.append(event)
        watch(event)
        self._rig.clock.check()

    @contextlib.contextmanager
    def _forced_dtype(self) -> Iterator[None]:
        with patch.object(engine_module, "choose_dtype", lambda device: self._dtype):
            yield


@contextlib.contextmanager
def forced_plan(plan: Plan) -> Iterator[None]:
    """While open, every clip of ours is made under this plan, whatever the memory that is free."""
    with patch.object(Parts, "fitting_plan", lambda *given: plan):
        yield
