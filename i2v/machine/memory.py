"""Main memory: what there is, and the peak of this process, as the system counts them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

GIB = 2**30

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_CONTROL_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MainMemory:
    """Bytes: `available` can be had without swapping, `total` is all."""

    total: int
    available: int


def main_memory(control_group: Path = _CONTROL_GROUP) -> MainMemory:
    """This computer's memory, or a container's share of it where that is less."""
    memory = psutil.virtual_memory()
    total, available = int(memory.total), int(memory.available)
    try:
        limit = int((control_group / "memory.max").read_text())
        used = int((control_group / "memory.current").read_text())
        told = dict(line.split() for line in (control_group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no container, or one without a limit (`max`)
        return MainMemory(total, available)
    # Cached files count as used there, but are given up at once.
    left = limit - used + int(told.get("inactive_file", 0))
    return MainMemory(min(total, limit), max(0, min(available, left)))


def resident_bytes(pid: int) -> int:
    """What a process holds of main memory; 0 for one that is gone. Files that it only maps are not counted."""
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))


def restart_peak_memory() -> None:
    """Begins a new measurement where the system can (Linux); elsewhere the peak is of the process's whole life."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def peak_memory_gb() -> float:
    """Highest resident memory since the last restart of the measurement, in GiB."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / GIB
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / GIB
    except (OSError, StopIteration):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GIB
