"""Which graphics cards this machine has, and what their driver says of them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from launch.words import tell

NVIDIA, AMD, INTEL = "10de", "1002", "8086"
DISPLAY_CLASS = "0x03"
DISPLAY_ADAPTERS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
PCI_DEVICES = Path("/sys/bus/pci/devices")


class Gpu(NamedTuple):
    """An NVIDIA card as nvidia-smi names it: driver version and compute capability."""

    name: str
    driver: str
    capability: float


class Computer(NamedTuple):
    """What decides on the PyTorch build."""

    system: str  # sys.platform
    processor: str
    gpus: tuple[Gpu, ...] = ()
    problem: str = ""  # an NVIDIA card is there, or should be, and does not answer
    vendors: frozenset[str] = frozenset()  # of all display adapters, as PCI has them
    version: str = ""  # of macOS, or of the C library on Linux ("0" where it is not glibc)


def parse_gpus(text: str) -> list[Gpu]:
    """Reads `nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader`."""
    gpus = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.rsplit(",", 2)]
        if len(parts) == 3 and re.fullmatch(r"\d+\.\d+", parts[2]) and re.match(r"\d+", parts[1]):
            gpus.append(Gpu(parts[0], parts[1], float(parts[2])))
    return gpus


def find_nvidia_smi(environ: Mapping[str, str]) -> str:
    """The driver's tool, on PATH or where WSL and old drivers of Windows put it; "" where there is none."""
    usual = [Path("/usr/lib/wsl/lib/nvidia-smi")]
    if "ProgramFiles" in environ:
        usual.append(Path(environ["ProgramFiles"], "NVIDIA Corporation", "NVSMI", "nvidia-smi.exe"))
    on_path = shutil.which("nvidia-smi", path=environ.get("PATH"))
    return on_path or next((str(path) for path in usual if path.is_file()), "")


def read_gpus(tool: str) -> tuple[list[Gpu], str]:
    """The NVIDIA cards of this machine; the text says what is wrong where the tool gives no answer."""
    command = [tool, "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], tell("card.silent", error=error)
    gpus = parse_gpus(answer.stdout)
    said = (answer.stdout + answer.stderr).strip().splitlines()
    return gpus, "" if gpus else tell("card.says", answer=said[0] if said else "-")


def pci_vendors(devices: Path = PCI_DEVICES) -> frozenset[str]:
    """The vendors of Linux' display adapters, whether or not they have a driver."""
    vendors = set()
    for device in devices.iterdir() if devices.is_dir() else ():
        try:
            if (device / "class").read_text(encoding="ascii").startswith(DISPLAY_CLASS):
                vendors.add((device / "vendor").read_text(encoding="ascii").strip()[2:].lower())
        except OSError:
            continue
    return frozenset(vendors)


def registered_adapters() -> list[str]:
    """Windows' display adapters, each as its device identifier and the version of its driver; [] elsewhere."""
    adapters: list[str] = []
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, DISPLAY_ADAPTERS) as drivers:
                for place in range(winreg.QueryInfoKey(drivers)[0]):
                    name = winreg.EnumKey(drivers, place)
                    if not name.isdigit():  # "Properties" is for the system alone
                        continue
                    with winreg.OpenKey(drivers, name) as driver:
                        facts = [
                            winreg.QueryValueEx(driver, value)[0] for value in ("MatchingDeviceId", "DriverVersion")
                        ]
                        adapters.append(" ".join(map(str, facts)))
        except OSError:
            pass
    return adapters


def adapter_vendors(adapters: list[str]) -> frozenset[str]:
    """The vendors in Windows' device identifiers, such as PCI\\VEN_10DE&DEV_2684."""
    return frozenset(found[1] for text in adapters if (found := re.search(r"ven_([0-9a-f]{4})", text.lower())))


def read_computer() -> Computer:
    """Looks at this machine."""
    windows = os.name == "nt"
    processor = os.environ.get("PROCESSOR_ARCHITECTURE", "") if windows else os.uname().machine
    vendors = adapter_vendors(registered_adapters()) if windows else pci_vendors()
    tool = find_nvidia_smi(os.environ)
    if tool:
        gpus, problem = read_gpus(tool)
    else:
        gpus, problem = [], tell("card.no_driver") if NVIDIA in vendors else ""
    version = platform.mac_ver()[0] if sys.platform == "darwin" else platform.libc_ver()[1] or "0"
    return Computer(sys.platform, processor, tuple(gpus), problem, vendors, version)


def machine_hint(environ: Mapping[str, str]) -> str:
    """What decides on the PyTorch build, as far as it can be had without asking nvidia-smi, which takes long."""
    try:
        driver = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:
        driver = "".join(registered_adapters())
    chosen = (environ.get(name, "") for name in ("I2V_TORCH_INDEX", "I2V_TORCH_MIRROR"))
    return "|".join((*chosen, find_nvidia_smi(environ), driver))
