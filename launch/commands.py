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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from launch.conda import conda_paths
from launch.console import Fault, say, without_secrets
from launch.environment import Environment, read_text
from launch.place import model_cache
from launch.remedies import LOCKED
from launch.words import tell

LOCKED_SECONDS = (1, 3)
PREPARING, IN_USE = ".venv.lock", ".venv.use"  # files that are locked, in the project's folder


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


def child_environ(root: Path, environment: Environment) -> dict[str, str]:
    """The environment for pip and the app: UTF-8, and free of what would point Python at other packages.

    Proxies, mirrors and tokens are the user's own variables and go through as they are.
    """
    windows = os.name == "nt"
    environ = {**os.environ, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", "PIP_USER": "0"}
    if cache := model_cache(root, environ, windows):
        environ["HF_HOME"] = cache
    if windows and environment.is_conda:
        environ["PATH"] = os.pathsep.join([*conda_paths(environment.folder), environ.get("PATH", "")])
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        environ.pop(name, None)
    return environ


def run_logged(job: Job, command: Sequence[str], extra: Mapping[str, str] | None = None) -> bool:
    """Runs a command with its output in the log; on a terminal the seconds show that it is alive."""
    environ = {**child_environ(job.root, job.environment), "DEBIAN_FRONTEND": "noninteractive", **(extra or {})}
    started, terminal = time.monotonic(), sys.stdout.isatty()
    with job.log.open("ab") as log:
        log.write(without_secrets(f"\n$ {' '.join(command)}\n").encode())
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
    """Runs the environment's pip; again where a virus scanner on Windows held a file, as it does for a moment."""
    command = [str(job.environment.python), "-m", "pip", *arguments]
    for rest in LOCKED_SECONDS:
        begun = job.log.stat().st_size if job.log.exists() else 0
        if run_logged(job, command):
            return True
        if not re.search(LOCKED, job.log.read_bytes()[begun:].decode(errors="replace")):
            return False
        time.sleep(rest)
    return run_logged(job, command)


def last_error(log: Path) -> str:
    """The line of the log that says most about the failure: the last ERROR, else the last line."""
    lines = [line.strip() for line in read_text(log).splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(ERROR|error|E)\b[: ]", line)]
    return tell("line.log", line=without_secrets((errors or lines or ["-"])[-1]), log=log)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds the lock of this project's preparation; a second one waits."""
    try:
        with path.open("a") as handle:
            if not try_lock(handle.fileno()):
                say("waiting")
                while not try_lock(handle.fileno()):
                    time.sleep(0.3)
            yield
    except OSError as error:
        what = tell("unwritable", file=error.filename or path.parent, error=error.strerror)
        raise Fault(what, tell("unwritable.move")) from None


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


def share_lock(handle: int) -> None:
    """Takes a lock that others may share; only try_lock cannot be had beside it."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
