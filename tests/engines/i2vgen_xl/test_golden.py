"""The engine against the reference: what diffusers 0.33.1 made of the same model, picture and calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import parts, slices, strips
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import LADDER, Plan
from i2v.engines.i2vgen_xl.parts import Parts
from tests.engines.i2vgen_xl.running import GOLDEN, MODEL, Run, run

CASES = json.loads((GOLDEN / "cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_exact_equals_the_reference(case: dict[str, Any], make: Callable[..., Run]) -> None:
    check(case, make)


@pytest.mark.parametrize("plan", LADDER, ids=lambda plan: plan.name)
def test_exact_equals_the_reference_under_every_plan(
    picture: Picture, monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    """With PyTorch's own layers, which can be streamed, and pieces small enough for the tiny model."""
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", 1000)
    monkeypatch.setattr(strips, "VALUES_AT_ONCE", 1000)
    monkeypatch.setattr(parts, "can_pack", lambda dtype: False)
    monkeypatch.setattr(Parts, "fitting_plan", lambda *given: plan)
    engine = I2VGenXLEngine()
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    for case in CASES:
        check(case, partial(run, engine, picture))
        assert engine.facts()["plan"] == plan.name


def check(case: dict[str, Any], make: Callable[..., Run]) -> None:
    expected = load_file(GOLDEN / "expected.safetensors")
    options = {key: value for key, value in case.items() if key != "name" and value is not None}
    made = make(**options, exact=True)
    latents = expected[f"{case['name']}.latents"]
    assert made.latents.shape == latents.shape
    assert float((made.latents - latents).norm() / latents.norm()) <= 1e-5
    frames = expected[f"{case['name']}.frames"].numpy().astype(int)
    assert made.frames.dtype == np.uint8
    assert np.abs(made.frames.astype(int) - frames).max() <= 1
