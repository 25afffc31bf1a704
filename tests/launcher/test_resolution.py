"""Every package has a wheel for each system and Python, and the lock is all they bring along: asked of the index."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from launch.environment import read_pins
from tests.launcher.start_project import ROOT
from tests.launcher.test_requirements import SYSTEMS, locked

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PLATFORMS = {"Linux": "x86_64-unknown-linux-gnu", "Windows": "x86_64-pc-windows-msvc", "macOS": "aarch64-apple-darwin"}
# What stands beside the lock: PyTorch, and on Linux the libraries of CUDA that its metadata pins.
BESIDE = ("torch", "triton", "nvidia-", "cuda-")


def resolve(uv: Path, folder: Path, requirements: str, system: str, python: str) -> dict[str, str]:
    """What a system and Python get, all of it as wheels."""
    file = folder / "requirements.txt"
    file.write_text(requirements, encoding="utf-8")
    asked = ("--python-platform", PLATFORMS[system], "--python-version", python, "--only-binary", ":all:")
    command = [str(uv), "pip", "compile", "--quiet", *asked, "-c", str(ROOT / "requirements.lock"), str(file)]
    environ = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return read_pins(done.stdout)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_is_what_each_system_and_python_gets_as_wheels(
    system: str, python: str, uv: Path, tmp_path: Path
) -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = resolve(uv, tmp_path, requirements, system, python)
    assert found["torch"] == read_pins(requirements)["torch"]
    assert {name: pin for name, pin in found.items() if not name.startswith(BESIDE)} == locked(system, python)


@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_what_stands_beside_a_cuda_build_has_wheels_too(system: str, uv: Path, tmp_path: Path) -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    extras = read_pins(requirements, cuda=True)
    lines = "".join(f"{name}=={version}\n" for name, version in extras.items())
    for python in ("3.11", "3.13"):
        found = resolve(uv, tmp_path, f"torch=={read_pins(requirements)['torch']}\n{lines}", system, python)
        assert {name: found[name] for name in extras} == extras
