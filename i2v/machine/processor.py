"""What the processor is called and can do."""

from __future__ import annotations

import platform
import sys
from functools import cache
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


@cache
def processor_name() -> str:
    """As its maker calls it; where the system hides that, its family."""
    told = _told()
    return told.get("model name") or told.get("Model") or platform.processor() or platform.machine()


@cache
def computes_in_bf16() -> bool | None:
    """Whether it multiplies bf16 in hardware, so that models run in 16 bits on it; None where nobody tells."""
    if sys.platform != "linux":
        return None
    told = _told()
    return bool(_BF16_FLAGS & set((told.get("flags") or told.get("Features") or "").split()))


def _told() -> dict[str, str]:
    """The first processor's lines in the system's own list."""
    try:
        first = _CPU_INFO.read_text("utf-8", "replace").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
