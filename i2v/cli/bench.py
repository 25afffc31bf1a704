"""`python main.py bench`: how long a clip takes here, ours beside diffusers' own pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from i2v.settings import PROJECT

# What the libraries say on the way would stand between the lines of the table.
_QUIET = {"TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_VERBOSITY": "error", "TQDM_DISABLE": "1"}


def run_bench(arguments: Sequence[str]) -> int:
    """Hands over to `benchmarks/against_stock.py`: this process, as all of the command line, does without PyTorch."""
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, **_QUIET, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "benchmarks.against_stock", *arguments]
    return subprocess.run(command, env=environ, check=False).returncode
