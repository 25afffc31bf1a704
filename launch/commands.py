"""Commands of a preparation: their output goes to its log, a lock keeps a second preparation waiting."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from launch.console import Fault, say
from launch.environment import Environment, read_text


class Job(NamedTuple):
    """What every stage of a preparation needs."""

    root: Path
    environment: Environment
    log: Path
    uv: str


def open_job(root: Path, environment: Environment) -> Job:
    """Opens the log of a preparation; the ten newest are kept."""
    logs = root / "logs"
    logs.mkdir(exist_ok=True)
    for old in sorted(logs.glob("install_*.log"))[:-9]:
        old.unlink(missing_ok=True)
    return Job(root, environment, logs / time.strftime("install_%Y%m%d_%H%M%S.log"), shutil.which("uv") or "")


def die_with_parent() -> None:
    """Has Linux' kernel end the new process if this one is killed, so that nothing is left behind."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))


# What a new process runs first; only Linux has the means.
ON_START = die_with_parent if sys.platform == "linux" else None


def child_environ() -> dict[str, str]:
    """The environment for pip and the app: UTF-8, and free of what would point Python at other packages."""
    environ = {**os.environ, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", "PIP_USER": "0"}
    if "PIP_INDEX_URL" in environ:
        environ.setdefault("UV_DEFAULT_INDEX", environ["PIP_INDEX_URL"])
    environ.pop("PYTHONHOME", None)
    environ.pop("PYTHONPATH", None)
    return environ


def run_logged(job: Job, command: Sequence[str]) -> bool:
    """Runs a command with its output in the log; on a terminal the seconds show that it is alive."""
    environ = {**child_environ(), "DEBIAN_FRONTEND": "noninteractive"}
    started, terminal = time.monotonic(), sys.stdout.isatty()
    with job.log.open("ab") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        with subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environ, preexec_fn=ON_START
        ) as child:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(1)
                    break
                if terminal:
                    print(f"\r  {time.monotonic() - started:.0f} s ", end="", flush=True)
    if terminal:
        print("\r", end="")
    return code == 0


def pip(job: Job, *arguments: str) -> bool:
    """Runs the environment's pip."""
    return run_logged(job, [str(job.environment.python), "-m", "pip", *arguments])


def last_error(log: Path) -> str:
    """The line of the log that says most about the failure: the last ERROR, else the last line."""
    lines = [line.strip() for line in read_text(log).splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(ERROR|error|E)\b[: ]", line)]
    return f"{(errors or lines or ['no output'])[-1]} (all of it: {log})"


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds the lock of this project's preparation; a second one waits."""
    try:
        with path.open("a") as handle:
            if not try_lock(handle.fileno()):
                say("another start is preparing it, waiting")
                while not try_lock(handle.fileno()):
                    time.sleep(0.3)
            yield
    except OSError as error:
        way_out = "move the project to a folder that you can write to, on a disk with free space"
        raise Fault(f"cannot write to {error.filename or path.parent}: {error.strerror}", way_out) from None


def try_lock(handle: int) -> bool:
    """Takes the operating system's lock on an open file, which ends with the process; False if another holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
