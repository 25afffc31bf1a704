"""What the graphics cards are doing, asked of the driver's own tool, so that the server needs no CUDA library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from i2v.machine.browser import is_wsl

_CARD = "uuid,name,memory.used,memory.total,temperature.gpu,utilization.gpu"
_PROCESS = "gpu_uuid,pid,process_name,used_memory"
_WSL_TOOL = "/usr/lib/wsl/lib/nvidia-smi"
"""Windows puts it into every Linux of its own, but not on every path."""

DESKTOP_SHARE = 0.1
"""Of a card's memory, left to the desktop on Windows: an estimate."""

_FRESH_SECONDS = 1.5
_MIB = 1024 * 1024


def driver_spills() -> bool:
    """Whether the driver moves what a full card cannot hold into main memory, instead of saying that it is full.

    Windows' does, around a WSL too; clips then take many times as long.
    """
    return sys.platform == "win32" or is_wsl()


def usable_card_bytes(free: int, total: int, *, spills: bool | None = None) -> int:
    """What of a card's free memory a clip may plan with: where the driver spills, the desktop keeps its share.

    Args:
        free: bytes, what is ours already counted as free.
        total: bytes.
        spills: as `driver_spills` unless told.
    """
    spills = driver_spills() if spills is None else spills
    return min(free, int(total * (1 - DESKTOP_SHARE))) if spills else free


@dataclass(frozen=True)
class GpuProcess:
    """A program that computes on a card. `memory` in bytes, None where the driver does not say (most of Windows)."""

    pid: int
    name: str
    memory: int | None


@dataclass(frozen=True)
class Gpu:
    """One card, now. Memory in bytes, temperature in °C, load in percent; None where the driver does not say."""

    uuid: str
    name: str
    memory_used: int | None
    memory_total: int | None
    temperature_c: int | None
    load_percent: int | None
    processes: tuple[GpuProcess, ...] = ()


class GpuMonitor:
    """Asks the driver at most every second and a half, however many tabs look."""

    def __init__(self) -> None:
        self._tool = shutil.which("nvidia-smi") or shutil.which(_WSL_TOOL)
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._gpus: list[Gpu] = []

    def gpus(self) -> list[Gpu]:
        """The cards of this machine, in the driver's order; empty where there is none or the driver is mute."""
        with self._lock:
            if self._tool and time.monotonic() - self._asked_at > _FRESH_SECONDS:
                self._gpus = _look(self._tool)
                self._asked_at = time.monotonic()
            return self._gpus


def card_in_use(gpus: Sequence[Gpu]) -> Gpu | None:
    """The card that models run on: the first, or the first that `CUDA_VISIBLE_DEVICES` leaves visible."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return gpus[0] if gpus else None
    wanted = visible.split(",")[0].strip()
    if wanted.isdigit():
        return gpus[int(wanted)] if int(wanted) < len(gpus) else None
    return next((gpu for gpu in gpus if wanted.startswith("GPU-") and gpu.uuid.startswith(wanted)), None)


def _look(tool: str) -> list[Gpu]:
    cards = [_read_card(row) for row in _ask(tool, "gpu", _CARD)]
    if not cards:
        return []
    running: dict[str, list[GpuProcess]] = {}
    for row in _ask(tool, "compute-apps", _PROCESS):
        uuid, process = _read_process(row)
        if process:
            running.setdefault(uuid, []).append(process)
    return [Gpu(**card, processes=tuple(running.get(card["uuid"], ()))) for card in cards]


def _ask(tool: str, what: str, fields: str) -> list[str]:
    command = [tool, f"--query-{what}={fields}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True, errors="replace").stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [row for row in told.splitlines() if row.count(",") >= fields.count(",")]


def _read_card(row: str) -> dict[str, Any]:
    """One row of `_CARD`; a name may hold commas."""
    uuid, rest = row.split(",", 1)
    name, used, total, temperature, load = (part.strip() for part in rest.rsplit(",", 4))
    return {
        "uuid": uuid.strip(),
        "name": name,
        "memory_used": _bytes(used),
        "memory_total": _bytes(total),
        "temperature_c": _number(temperature),
        "load_percent": _number(load),
    }


def _read_process(row: str) -> tuple[str, GpuProcess | None]:
    """One row of `_PROCESS`: the card's id and the program on it, by its file's name."""
    uuid, pid, rest = (part.strip() for part in row.split(",", 2))
    name, memory = (part.strip() for part in rest.rsplit(",", 1))
    return uuid, GpuProcess(int(pid), re.split(r"[/\\]", name)[-1], _bytes(memory)) if pid.isdigit() else None


def _bytes(mebibytes: str) -> int | None:
    number = _number(mebibytes)
    return None if number is None else number * _MIB


def _number(text: str) -> int | None:
    """Some cards answer `[N/A]` to some questions."""
    return int(text) if text.isdigit() else None
