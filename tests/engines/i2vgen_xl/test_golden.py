"""The engine against the reference: what diffusers 0.33.1 made of the same model, picture and calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from tests.engines.i2vgen_xl.running import GOLDEN, Run

CASES = json.loads((GOLDEN / "cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_exact_equals_the_reference(case: dict[str, Any], make: Callable[..., Run]) -> None:
    expected = load_file(GOLDEN / "expected.safetensors")
    options = {key: value for key, value in case.items() if key != "name" and value is not None}
    made = make(**options, exact=True)
    latents = expected[f"{case['name']}.latents"]
    assert made.latents.shape == latents.shape
    assert float((made.latents - latents).norm() / latents.norm()) <= 1e-5
    frames = expected[f"{case['name']}.frames"].numpy().astype(int)
    assert made.frames.dtype == np.uint8
    assert np.abs(made.frames.astype(int) - frames).max() <= 1
