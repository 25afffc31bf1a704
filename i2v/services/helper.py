"""Work in a process of its own: what needs OpenCV, or much memory, or reads strangers' files."""

from __future__ import annotations

import subprocess
import sys

from i2v.settings import PROJECT


class HelperFailed(Exception):
    """The process could not be started, did not end in time, or ended with a fault; the text is its last word."""


def ask_helper(module: str, *arguments: str, given: bytes, seconds: float) -> bytes:
    """What a module of ours writes to its standard output when it is run.

    Args:
        module: by its full name.
        arguments: of its command line.
        given: its standard input.
        seconds: until it is ended.

    Raises:
        HelperFailed: it made nothing.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            input=given,
            capture_output=True,
            timeout=seconds,
            check=True,
            cwd=PROJECT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError) as cause:
        told = (getattr(cause, "stderr", None) or b"").decode("utf-8", "replace").strip().splitlines()
        raise HelperFailed(told[-1] if told else f"{type(cause).__name__}: {cause}") from cause
    return done.stdout
