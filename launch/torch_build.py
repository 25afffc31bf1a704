"""Which build of PyTorch fits this machine, and where it is to be had."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from launch.cards import AMD, INTEL, Computer, Gpu
from launch.console import Fault
from launch.words import tell

TORCH_WHEELS = "https://download.pytorch.org/whl"
OLDEST_MACOS, OLDEST_GLIBC = (14, 0), (2, 28)


class CudaBuild(NamedTuple):
    """A build for CUDA: the compute capabilities that it holds kernels for, and the first driver that runs it."""

    tag: str
    oldest: float
    newest: float
    driver: int

    def runs(self, gpu: Gpu) -> bool:
        """Whether it has kernels for this card."""
        return self.oldest <= gpu.capability <= self.newest


# PyTorch 2.13. CUDA 13 begins at Turing and at driver 580; CUDA 12 reaches from Maxwell to Hopper and begins at 525.
CUDA_BUILDS = (CudaBuild("cu130", 7.5, 99.0, 580), CudaBuild("cu126", 5.0, 9.0, 525))


class TorchBuild(NamedTuple):
    """Which build of PyTorch to take: its tag, its index URL ("" for the package index) and why."""

    tag: str
    index_url: str
    reason: str
    warning: bool = False  # an NVIDIA card is there and the CPU had to be taken


class Attempt(NamedTuple):
    """One way to the build: pip's arguments and the index asked, "" for the package index, None for this machine."""

    arguments: list[str]
    index_url: str | None


def choose_torch(computer: Computer, override: str = "", wheels: str = "") -> TorchBuild:
    """Chooses the build for a machine.

    Args:
        override: I2V_TORCH_INDEX: an index' URL, a tag such as "cu126" or "cpu", or "pypi" for the package index.
        wheels: I2V_TORCH_MIRROR: where the folders of all builds lie, if not at PyTorch's own address.
    """
    wheels = (wheels or TORCH_WHEELS).rstrip("/")
    if override:
        index = "" if override == "pypi" else override if "/" in override else f"{wheels}/{override}"
        return TorchBuild(override.rstrip("/").rsplit("/", 1)[-1], index, tell("chosen", override=override))
    need_wheels(computer)
    if computer.system == "darwin":
        return TorchBuild("pypi", "", tell("card.apple"))
    if computer.gpus:
        return choose_cuda(computer.gpus, wheels)
    cpu = TorchBuild("cpu", f"{wheels}/cpu", without_nvidia(computer))
    return (
        cpu._replace(reason=tell("card.problem", problem=computer.problem), warning=True) if computer.problem else cpu
    )


def need_wheels(computer: Computer) -> None:
    """Refuses the systems that PyTorch 2.13 has no build for, with what their owners can do.

    The wheels' own names say what they need: macosx_14_0_arm64, manylinux_2_28 (x86_64, aarch64), win_amd64.
    """
    version = tuple(int(part) for part in re.findall(r"\d+", computer.version)[:2])
    if computer.system == "darwin" and computer.processor != "arm64":
        raise Fault(tell("torch.intel_mac"), tell("torch.apple"))
    if computer.system == "darwin" and version < OLDEST_MACOS:
        raise Fault(tell("torch.macos", version=computer.version), tell("torch.macos.way_out"))
    if computer.system == "linux" and version < OLDEST_GLIBC:
        raise Fault(tell("torch.glibc", version=computer.version), tell("torch.glibc.way_out"))
    if computer.system == "win32" and computer.processor.upper() == "ARM64":
        raise Fault(tell("torch.windows_arm"), tell("torch.windows_arm.way_out"))


def choose_cuda(gpus: Sequence[Gpu], wheels: str) -> TorchBuild:
    """The newest build for the best card; the CPU's, and what to do about it, where none runs it."""
    best = max(gpus, key=lambda gpu: gpu.capability)
    driver, card = int(re.split(r"\D", best.driver)[0]), tell("card", name=best.name, driver=best.driver)
    fitting = [build for build in CUDA_BUILDS if build.runs(best)]
    for build in fitting:
        if driver >= build.driver:
            unused = sorted({f"{gpu.name} ({gpu.capability})" for gpu in gpus if not build.runs(gpu)})
            reason = card + (tell("card.unused", names=", ".join(unused)) if unused else "")
            return TorchBuild(build.tag, f"{wheels}/{build.tag}", reason)
    if fitting:
        reason = tell("card.driver", card=card, oldest=fitting[-1].driver)
    else:
        reason = tell("card.too_old", card=card, capability=best.capability)
    return TorchBuild("cpu", f"{wheels}/cpu", reason, warning=True)


def without_nvidia(computer: Computer) -> str:
    """Why the CPU's build: what graphics there are, and what their owners can do."""
    if AMD in computer.vendors:
        return tell("card.amd_linux" if computer.system == "linux" else "card.amd")
    return tell("card.intel" if INTEL in computer.vendors else "card.none")


def tag_of(version: str, system: str) -> str:
    """The build of an installed version: its local tag, else what the package index has for this system."""
    _, _, tag = version.partition("+")
    return tag or {"linux": "cu130", "darwin": "pypi"}.get(system, "cpu")


def origin_of(version: str, build: TorchBuild, system: str) -> tuple[str, str]:
    """Tag and index of an installed version, which may be another build than the one that was chosen."""
    _, _, tag = version.partition("+")
    if not tag:
        return tag_of(version, system), ""
    return tag, build.index_url if tag == build.tag else f"{build.index_url.rpartition('/')[0] or TORCH_WHEELS}/{tag}"


def torch_attempts(build: TorchBuild, version: str, system: str, local: Sequence[str]) -> list[Attempt]:
    """The ways to the build in the order to try: what lies on this machine before any index.

    The package index has the CUDA 13.0 build for Linux and the CPU's for Windows: a mirror of it, where PyTorch's own
    index is out of reach. A card gets a CPU wheel last of all.
    """
    plain, package_index = f"torch=={version}", Attempt([f"torch=={version}"], "")
    exact = [] if build.tag == "pypi" else [Attempt(["--no-index", *local, f"{plain}+{build.tag}"], None)]
    any_local = Attempt(["--no-index", *local, plain], None)
    if not build.index_url:
        return [any_local, package_index]
    index = Attempt(["--index-url", build.index_url, plain], build.index_url)
    if build.tag == "cpu":
        return [*exact, any_local, index, *([package_index] if system == "win32" else [])]
    if build.tag == "cu130" and system == "linux":
        return [*exact, index, package_index, any_local]
    return [*exact, index, any_local, *([package_index] if system == "win32" else [])]
