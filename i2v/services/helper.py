"""Work in a process of its own: what needs OpenCV, or much memory, or reads strangers' files."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

from i2v.settings import PROJECT

_CALM = 5
"""Niceness of a process that nobody waits for: a third of what others get while they want all there is."""
_LOOK_SECONDS = 0.2


class HelperFailed(Exception):
    """The process could not be started, did not end in time, or ended with a fault; the text is its last word."""


def ask_helper(
    module: str,
    *arguments: str,
    given: bytes,
    seconds: float,
    is_calm: bool = False,
    stopping: threading.Event | None = None,
) -> bytes:
    """What a module of ours writes to its standard output when it is run.

    Args:
        module: by its full name.
        arguments: of its command line.
        given: its standard input.
        seconds: until it is ended.
        is_calm: whether it steps back behind whatever else the machine is at.
        stopping: ends it as soon as this is set.

    Raises:
        HelperFailed: it made nothing.
    """
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if is_calm else 0
    try:
        with subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PROJECT,
            creationflags=flags,
        ) as process:
            if is_calm and sys.platform != "win32":
                with contextlib.suppress(OSError):  # it is over already
                    os.setpriority(os.PRIO_PROCESS, process.pid, _CALM)
            told, words = _end_of(process, given, seconds, stopping or threading.Event())
    except OSError as cause:
        raise HelperFailed(f"{type(cause).__name__}: {cause}") from cause
    if process.returncode != 0:
        lines = words.decode("utf-8", "replace").strip().splitlines()
        raise HelperFailed(lines[-1] if lines else f"{module} ended with {process.returncode}")
    return told


def _end_of(
    process: subprocess.Popen[bytes], given: bytes, seconds: float, stopping: threading.Event
) -> tuple[bytes, bytes]:
    """All that it has said, once it is over or its time is."""
    is_over, ended = threading.Event(), []
    until = time.monotonic() + seconds

    def watch() -> None:
        while not is_over.wait(_LOOK_SECONDS):
            if stopping.is_set() or time.monotonic() > until:
                ended.append("stopped" if stopping.is_set() else f"not done after {seconds:g} s")
                process.kill()
                return

    # `communicate` with a limit of its own would hand over no more than a pipe's fill when it is called again.
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        told = process.communicate(given)
    finally:
        is_over.set()
        watcher.join()
    if ended:
        raise HelperFailed(ended[0])
    return told
