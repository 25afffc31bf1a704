"""What the graphics cards are doing, asked of the driver's own tool, so that the server needs no CUDA library."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from dataclasses import asdict, dataclass

import psutil

_FIELDS = "name,memory.used,memory.total,temperature.gpu,utilization.gpu"
_FRESH_SECONDS = 1.5
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Gpu:
    """One card, now. Memory in bytes, temperature in °C, load in percent; None where the driver does not say."""

    name: str
    memory_used: int
    memory_total: int
    temperature: int | None
    load_percent: int | None


class GpuMonitor:
    """Asks the driver at most every second and a half, however many tabs look."""

    def __init__(self) -> None:
        self._tool = shutil.which("nvidia-smi")
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._gpus: list[Gpu] = []

    def gpus(self) -> list[Gpu]:
        """The cards of this machine, in the driver's order; empty where there is none or the driver is mute."""
        with self._lock:
            if self._tool and time.monotonic() - self._asked_at > _FRESH_SECONDS:
                self._gpus = _ask(self._tool)
                self._asked_at = time.monotonic()
            return self._gpus

    def status(self) -> dict[str, object]:
        """The first card's figures beside those of processor and main memory; bytes throughout."""
        gpus = self.gpus()
        first = gpus[0] if gpus else None
        memory = psutil.virtual_memory()
        return {
            "available": first is not None,
            "name": first.name if first else None,
            "memory_used": first.memory_used if first else None,
            "memory_total": first.memory_total if first else None,
            "temperature": first.temperature if first else None,
            "load_percent": first.load_percent if first else None,
            "gpus": [asdict(gpu) for gpu in gpus],
            "cpu_percent": psutil.cpu_percent(),
            "ram_used": memory.total - memory.available,
            "ram_total": memory.total,
        }


def _ask(tool: str) -> list[Gpu]:
    command = [tool, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
        return [_read(line) for line in told.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _read(line: str) -> Gpu:
    name, used, total, temperature, load = (part.strip() for part in line.rsplit(",", 4))
    return Gpu(name, int(used) * _MIB, int(total) * _MIB, _number(temperature), _number(load))


def _number(text: str) -> int | None:
    """Some cards answer `[N/A]` to some questions."""
    return int(text) if text.isdigit() else None
