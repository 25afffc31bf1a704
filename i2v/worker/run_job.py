"""One job from picture to MP4. Knows neither pipe nor database: everything goes through `report`."""

from __future__ import annotations

import itertools
import logging
import platform
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import PIL

from i2v import __version__
from i2v.domain.events import Assignment, Clip, Loading, Measured
from i2v.domain.options import Options, rgb_of
from i2v.domain.recipe import Recipe, keep_out
from i2v.domain.request import GenerationRequest, Start
from i2v.engines.base import Engine, Frame, Picture, Report, Workplace
from i2v.engines.registry import create_engine, engine_spec
from i2v.errors import EngineBroken, GpuFault, I2VError, OutOfMemory
from i2v.machine.memory import peak_memory_gb, restart_peak_memory
from i2v.media.embed import encode_clip
from i2v.media.framing import frame_picture
from i2v.media.intake import read_pixels
from i2v.worker.improvement import improved_pixels, placed_options

log = logging.getLogger(__name__)


class EngineShelf:
    """Keeps the engine of the last job at hand; another engine's job makes it give its memory back first."""

    def __init__(self) -> None:
        self._name = ""
        self._engine: Engine | None = None

    def take(self, name: str) -> Engine:
        if self._engine is None or self._name != name:
            if self._engine is not None:
                self._engine.unload()
            self._name, self._engine = name, create_engine(name)
        return self._engine


def run_job(assignment: Assignment, report: Report, shelf: EngineShelf) -> None:
    """Makes the clip and reports it: `Loading`, the engine's `Step`s, `Clip`, `Measured`.

    Raises:
        JobCancelled: from `report`.
        I2VError: the job cannot be done; anything else is a fault of an engine.
    """
    restart_peak_memory()
    began = time.monotonic()
    report(Loading("loading"))
    options = engine_spec(assignment.engine).options.model_validate(assignment.options)
    start = Start(assignment.start_latents, assignment.strength) if assignment.strength else None
    pixels, treatment = improved_pixels(read_pixels(assignment.picture), options)
    options = placed_options(options, treatment)
    request = GenerationRequest(assignment.engine, options, assignment.picture_sha256, start)
    picture = framed_picture(pixels, assignment.picture_sha256, options)
    engine = shelf.take(assignment.engine)
    engine.load(Workplace(assignment.device, Path(assignment.model_dir) if assignment.model_dir else None), report)
    report(Loading("generating"))
    frames = engine.generate(request, picture, report, assignment.checkpoint)
    # An engine knows all that decided its frames once the first of them is there, and the MP4 begins with the recipe.
    first = next(frames)
    recipe = replace(
        _recipe(assignment, engine),
        start=start.to_json() if start else None,
        treatment=treatment.to_json() if treatment is not None else None,
    )
    clip, recipe = _encode(itertools.chain([first], frames), options.fps, recipe)
    report(clip)
    # Memory that ran out after that is told in the job's row alone: the file has its recipe already.
    recipe = replace(recipe, made_with={**recipe.made_with, **engine.facts()})
    on_device = engine.peak_device_gb()
    peak = peak_memory_gb() if on_device is None else on_device
    report(Measured({"seconds": time.monotonic() - began, "peak_memory_gb": peak, "recipe": recipe.to_dict()}))


def framed_picture(pixels: Frame, sha256: str, options: Options) -> Picture:
    """The picture as an engine gets it: with bars beside it or stretched where the options ask for that."""
    bars = rgb_of(options.background) if options.background else (0, 0, 0)
    return Picture(frame_picture(pixels, options.clip_size, options.fit, bars), sha256)


def _recipe(assignment: Assignment, engine: Engine) -> Recipe:
    """All that made the clip, without the sentences where their user wants it so."""
    options, left_out = assignment.options, tuple[str, ...]()
    if assignment.private:
        fields = engine_spec(assignment.engine).options.model_fields
        options, left_out = keep_out(options, {name: field.default for name, field in fields.items()})
    return Recipe(
        job_id=assignment.job_id,
        engine=assignment.engine,
        options=options,
        picture_sha256=assignment.picture_sha256,
        made_with={
            "app": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "numpy": np.__version__,
            "pillow": PIL.__version__,
            "av": version("av"),
            **engine.facts(),
        },
        left_out=left_out,
        way=assignment.way,
    )


def _encode(frames: Iterator[Frame], fps: int, recipe: Recipe) -> tuple[Clip, Recipe]:
    """The MP4 as bytes. It goes through a file because the index is moved to its front at the end."""
    sizes: set[tuple[int, int]] = set()

    def noted() -> Iterator[Frame]:
        for frame in frames:
            sizes.add((frame.shape[0], frame.shape[1]))
            yield frame

    with tempfile.TemporaryDirectory(prefix="clip-") as folder:
        path = Path(folder) / "clip.mp4"
        num_frames, recipe = encode_clip(noted(), path, fps, recipe)
        data = path.read_bytes()
    ((height, width),) = sizes
    return Clip(data, num_frames, width, height), recipe


def failure_of(cause: Exception, engine: str) -> tuple[I2VError, bool]:
    """What to tell of an exception, and whether this process must not go on.

    A CUDA error other than out-of-memory leaves the context unusable: every later call would fail too.
    """
    if isinstance(cause, I2VError):
        return cause, False
    traceback.print_exception(cause)
    reason = f"{type(cause).__name__}: {cause}".splitlines()[0][:300]
    if isinstance(cause, MemoryError):
        return OutOfMemory(stage="generating", free_gb="?"), False
    if type(cause).__name__ == "AcceleratorError" or "CUDA error" in str(cause):
        return GpuFault(device="cuda", reason=reason), True
    return EngineBroken(engine=engine, stage="generating", reason=reason), False
