"""Which build of PyTorch fits this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from launch.console import Fault

TORCH_WHEELS = "https://download.pytorch.org/whl"


class Gpu(NamedTuple):
    """An NVIDIA card as nvidia-smi names it: driver version and compute capability."""

    name: str
    driver: str
    capability: float


class TorchBuild(NamedTuple):
    """Which build of PyTorch to take: its tag, its index URL ("" for the package index) and why."""

    tag: str
    index_url: str
    reason: str
    warning: bool = False  # an NVIDIA card is there and the CPU had to be taken


def parse_gpus(text: str) -> list[Gpu]:
    """Reads `nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader`."""
    gpus = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.rsplit(",", 2)]
        if len(parts) == 3 and re.fullmatch(r"\d+\.\d+", parts[2]) and re.match(r"\d+", parts[1]):
            gpus.append(Gpu(parts[0], parts[1], float(parts[2])))
    return gpus


def read_gpus() -> tuple[list[Gpu], str]:
    """The NVIDIA cards of this machine; the text says what is wrong where there is a tool but no answer."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return [], ""
    command = [tool, "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"nvidia-smi gave no answer ({error})"
    gpus = parse_gpus(answer.stdout)
    said = (answer.stdout + answer.stderr).strip().splitlines()
    return gpus, "" if gpus else f"nvidia-smi says: {said[0] if said else 'nothing'}"


def choose_torch(system: str, machine: str, gpus: Sequence[Gpu], problem: str, override: str) -> TorchBuild:
    """Chooses the build from system, machine and cards; `override` is I2V_TORCH_INDEX: a URL, a tag, or "pypi".

    PyTorch 2.13 for CUDA 13.0 takes cards from capability 7.5 on and a driver from 580 on; its build for CUDA 12.6
    takes 5.0 to 9.0 and a driver from 525 on. The best card decides where there are several.
    """
    if override:
        index = "" if override == "pypi" else override if "/" in override else f"{TORCH_WHEELS}/{override}"
        return TorchBuild(override.rstrip("/").rsplit("/", 1)[-1], index, f"I2V_TORCH_INDEX={override}")
    if system == "darwin":
        if machine != "arm64":
            raise Fault("PyTorch 2.13 has no build for Macs with an Intel processor", "use a Mac with Apple silicon")
        return TorchBuild("pypi", "", "Apple silicon")
    cpu = TorchBuild("cpu", f"{TORCH_WHEELS}/cpu", "no NVIDIA card found")
    if not gpus:
        return cpu._replace(reason=f"{problem}; repair or update the NVIDIA driver", warning=True) if problem else cpu
    best = max(gpus, key=lambda gpu: gpu.capability)
    driver, card = int(re.split(r"\D", best.driver)[0]), f"{best.name}, driver {best.driver}"
    if best.capability >= 7.5 and driver >= 580:
        return TorchBuild("cu130", f"{TORCH_WHEELS}/cu130", card)
    if best.capability < 5.0:
        return cpu._replace(reason=f"{card}: compute capability {best.capability} is below 5.0", warning=True)
    oldest_driver = 525 if best.capability <= 9.0 else 580
    if driver < oldest_driver:
        return cpu._replace(reason=f"{card}: update the driver to {oldest_driver} or newer", warning=True)
    return TorchBuild("cu126", f"{TORCH_WHEELS}/cu126", card)


def torch_attempts(build: TorchBuild, version: str, local: Sequence[str]) -> list[list[str]]:
    """pip arguments in the order to try: what lies on this machine before any index, a CPU wheel last for a card."""
    exact = build.tag.startswith("cu")
    plain, offline = f"torch=={version}", ["--no-index", *local]
    index = ["--index-url", build.index_url] if build.index_url else []
    attempts = [[*offline, f"{plain}+{build.tag}" if exact else plain], [*index, plain]]
    return [*attempts, [*offline, plain]] if exact else attempts
