"""Peak memory of this process, as the system counts it."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def restart_peak_memory() -> None:
    """Begins a new measurement where the system can (Linux); elsewhere the peak is of the process's whole life."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def peak_memory_gb() -> float:
    """Highest resident memory since the last restart of the measurement, in GiB."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**30
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 2**30
    except (OSError, StopIteration):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
