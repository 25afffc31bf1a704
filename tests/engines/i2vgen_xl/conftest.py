"""The tiny reference model, its picture, and a way to run a clip and keep everything it reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import I2VGenXLUNet
from PIL import Image

from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from tests.engines.i2vgen_xl.narrow_unet import build_ours, build_stock
from tests.engines.i2vgen_xl.running import GOLDEN, MODEL, Run, run


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    """The tiny model is as fast on one thread, and two wait for each other wherever other work runs beside them."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def picture() -> Picture:
    with Image.open(GOLDEN / "input.png") as image:
        return Picture(np.asarray(image.convert("RGB")), "sha-of-the-input")


@pytest.fixture(scope="module")
def stock() -> I2VGenXLUNet:
    """The library's narrow network."""
    return build_stock()


@pytest.fixture
def ours(stock: I2VGenXLUNet) -> I2VGenXLUNet:
    """A copy of it with our layers and our attention."""
    return build_ours(stock)


@pytest.fixture
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="package")
def engine() -> I2VGenXLEngine:
    """An engine on the CPU that has proven the tiny model; like a worker's it serves one job after another."""
    engine = I2VGenXLEngine()
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    return engine


@pytest.fixture
def make(engine: I2VGenXLEngine, picture: Picture) -> Callable[..., Run]:
    """Runs one clip on the fixture's engine: 64×64, 4 frames, 3 steps, exact, unless told otherwise."""

    return partial(run, engine, picture)


@pytest.fixture
def model_copy(tmp_path: Path) -> Path:
    """The tiny model in a folder of the test's own, to be damaged."""
    copy = tmp_path / "model"
    for file in MODEL.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(MODEL)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return copy
