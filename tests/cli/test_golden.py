"""The reference through the command line alone: every golden case, as a stranger would type it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from i2v.media.video import probe_mp4
from tests.cli.test_generate import Terminal

GOLDEN = Path(__file__).parent.parent / "golden"
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text("utf-8"))
EXPECTED = load_file(GOLDEN / "expected.safetensors")
FLAGS = {
    "prompt": "--prompt",
    "negative_prompt": "--negative",
    "height": "--height",
    "width": "--width",
    "num_frames": "--frames",
    "num_inference_steps": "--steps",
    "guidance_scale": "--guidance",
    "target_fps": "--target-fps",
    "seed": "--seed",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_exact_reproduces_the_reference(tmp_path: Path, case: dict[str, Any]) -> None:
    terminal = Terminal(tmp_path)
    latents_path = tmp_path / "latents.safetensors"
    given = [(flag, str(case[name])) for name, flag in FLAGS.items() if case[name] is not None]
    code, told = terminal.generate(
        *("--exact", "--engine", "i2vgen-xl", "--model", GOLDEN / "model", "--image", GOLDEN / "input.png"),
        *("--save-latents", latents_path),
        *(word for pair in given for word in pair),
    )
    assert (code, told["status"], told["engine"]) == (0, "done", "i2vgen-xl")
    latents, expected = load_file(latents_path)["latents"], EXPECTED[f"{case['name']}.latents"]
    assert (latents.dtype.name, latents.shape) == ("float32", expected.shape)
    assert np.linalg.norm(latents - expected) / np.linalg.norm(expected) <= 1e-5
    assert probe_mp4(Path(told["video"])).num_frames == case["num_frames"]
