"""`main.py bench`: ours beside the library's pipeline, on the tiny model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "tests" / "golden" / "model"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "bench", *arguments],
        env={**os.environ, "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_it_makes_the_same_clip_both_ways_and_tells_their_times_and_memory() -> None:
    shape = ["--width", "64", "--height", "64", "--frames", "4", "--steps", "2", "--device", "cpu"]
    done = bench("--against", "stock", *shape, "--model", str(MODEL), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    table, last = done.stdout.splitlines()[:-1], done.stdout.splitlines()[-1]
    found = json.loads(last)
    assert found["shape"] == {"width": 64, "height": 64, "num_frames": 4}
    for name in ("stock", "ours", "ours_fast", "ours_exact"):
        assert any(line.startswith(f"{name.replace('_', ' ')} ") for line in table)
        assert found[name]["seconds_per_step"] > 0
        assert found[name]["is_clip_extrapolated"]
        assert found[name]["seconds_per_clip"] > found[name]["seconds_per_step"] * (found[name]["clip_steps"] - 1)
        assert 0.1 < found[name]["peak_gb"] < 4
    assert found["stock"]["dtype"] == "float32"
    assert found["ratio"] == found["stock"]["seconds_per_step"] / found["ours"]["seconds_per_step"]
    # Same weights, same noise, same steps: what differs in float32 is the order of sums alone.
    assert found["relative_difference_exact"] < 1e-5
    assert found["relative_difference"] < 0.2
    assert "flops" not in found["ours"]  # counted on the published widths only


def test_it_helps() -> None:
    done = bench("--help")
    assert done.returncode == 0
    assert "main.py bench" in done.stdout


@pytest.mark.parametrize(
    ("flags", "named"),
    [(["--width", "100"], "--width 100"), (["--steps", "0"], "--steps 0"), (["--against", "x"], "'x'")],
)
def test_what_cannot_be_measured_is_named(flags: list[str], named: str) -> None:
    done = bench(*flags)
    assert done.returncode == 2
    assert named in done.stderr
