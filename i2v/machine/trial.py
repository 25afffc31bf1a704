"""Tries the packages that can take a process down with them in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TRIAL_SECONDS = 120.0

# Prints one JSON object as its last line, whatever the packages print before it.
_SCRIPT = """
import importlib, json, sys
told = {"engines": {}}
try:
    import torch
    told["torch"], told["cuda"] = torch.__version__, torch.version.cuda
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        told["card"], told["capability"] = torch.cuda.get_device_name(0), list(torch.cuda.get_device_capability(0))
    told["device"] = device
    told["sum"] = float(torch.ones(4, 4, device=device).matmul(torch.ones(4, 4, device=device)).sum())
except Exception as fault:
    told["fault"] = f"{type(fault).__name__}: {fault}"
for module in sys.argv[1:]:
    try:
        importlib.import_module(module)
        told["engines"][module] = None
    except Exception as fault:
        told["engines"][module] = f"{type(fault).__name__}: {fault}"
print("\\n" + json.dumps(told))
"""


def try_packages(modules: Sequence[str], folder: Path, seconds: float = TRIAL_SECONDS) -> dict[str, Any]:
    """Loads PyTorch, computes once on the device it finds, and imports `modules`.

    Args:
        modules: by their full names.
        folder: where imports begin.
        seconds: until it is given up.

    Returns:
        `torch`, `cuda` (CUDA's version or None), `device`, `card`, `capability`, `sum` (64.0 where the device
        computes), `fault` where one of these failed, and `engines`: what is wrong with each module, or None.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, *modules],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"no answer within {seconds:.0f} s", "engines": {}}
    lines = done.stdout.strip().splitlines()
    try:
        told = json.loads(lines[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return {"fault": f"exit code {done.returncode} {last}".strip(), "engines": {}}
    return dict(told)
