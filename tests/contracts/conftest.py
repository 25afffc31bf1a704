"""Where each engine can be tried, and what makes its clips cheap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch

from i2v.domain.events import Event
from i2v.domain.request import GenerationRequest, Start
from i2v.engines.base import Engine, EngineSpec, Picture, Report, Workplace
from i2v.engines.registry import create_engine, engine_specs

_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Trial:
    """How to try an engine: a place with a model so small that a clip takes moments, and options that make it so."""

    workplace: Workplace
    options: Mapping[str, Any] = field(default_factory=dict)


WORKPLACES: Mapping[str, Trial] = {
    "camera": Trial(Workplace("cpu")),
    "i2vgen-xl": Trial(Workplace("cpu", _TESTS / "golden" / "model"), {"num_inference_steps": 2}),
}


@dataclass(frozen=True)
class Candidate:
    """An engine under test, loaded."""

    spec: EngineSpec
    engine: Engine
    trial: Trial

    def film(
        self, picture: Picture, report: Report = lambda event: None, checkpoint: bytes = b"", **options: Any
    ) -> npt.NDArray[np.uint8]:
        """The clip, uint8 (num_frames, height, width, 3)."""
        return np.stack(list(self.engine.generate(self.request(**options), picture, report, checkpoint)))

    def request(self, start: Start | None = None, **options: Any) -> GenerationRequest:
        """A small wish: 64×64, three frames, unless told otherwise."""
        small = {"prompt": "slowly zoom in", "width": 64, "height": 64, "num_frames": 3, "seed": 1}
        chosen = self.spec.options(**{**small, **self.trial.options, **options})
        return GenerationRequest(self.spec.name, chosen, "picture", start)


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    """Clips this small are no faster on two threads, and slower wherever other work runs beside them."""
    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


@pytest.fixture(scope="package", params=list(engine_specs()))
def candidate(request: pytest.FixtureRequest) -> Iterator[Candidate]:
    """Each engine that the registry finds, one after the other."""
    name: str = request.param
    if name not in WORKPLACES:
        pytest.fail(f"engine {name!r} has no entry in WORKPLACES of {__file__}: say where and how it can be tried")
    engine = create_engine(name)
    engine.load(WORKPLACES[name].workplace, lambda event: None)
    yield Candidate(engine_specs()[name], engine, WORKPLACES[name])
    engine.unload()


@pytest.fixture(scope="package")
def picture() -> Picture:
    """160×120 pixels of soft blotches."""
    blotches = np.random.default_rng(7).integers(0, 255, (12, 16, 3), np.uint8)
    pixels = blotches.repeat(10, axis=0).repeat(10, axis=1)
    return Picture(pixels, "picture")


@pytest.fixture
def events() -> list[Event]:
    """What an engine reports when the list's `append` is its `report`."""
    return []
