"""Runs the app in the prepared environment and stands by it until it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from launch.commands import IN_USE, ON_START, child_environ, share_lock
from launch.console import say
from launch.environment import Environment, is_there

RESTART_CODE = 42  # main.py asks for a new start of itself


def at_terminal() -> bool:
    """Whether Ctrl-C reaches the app by itself, as it does every process in a terminal's foreground."""
    try:
        return os.name == "nt" or os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def run_once(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs the app, hands on what this process is told, and returns the exit code as a shell would."""
    child = subprocess.Popen(command, env=environ, preexec_fn=ON_START)

    def hand_on(number: int, _frame: object) -> None:
        if number != signal.SIGINT or not at_terminal():
            with contextlib.suppress(OSError):
                os.kill(child.pid, number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it on purpose
            signal.signal(number, hand_on)
    code = child.wait()
    if code < 0:
        return 128 - code
    return code - 2**32 if code > 2**31 else code  # Windows' crash codes do not fit into an exit code of Python


@contextlib.contextmanager
def in_use(root: Path) -> Iterator[None]:
    """Keeps updates off as long as the app runs. Windows does so by itself: folders of running programs stay."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # where nothing can be written, nothing can be updated either
            share_lock(held.enter_context((root / IN_USE).open("a+")).fileno())
        yield


def run_app(root: Path, environment: Environment, command: Sequence[str]) -> int:
    """Runs the app, again each time it asks for that."""
    environ = {**child_environ(root, environment), "I2V_LAUNCHED": "1"}
    with in_use(root):
        while True:
            code = run_once(command, environ)
            if code != RESTART_CODE:
                return code


def end_app(root: Path, environment: Environment, arguments: Sequence[str]) -> int:
    """Ends the app that runs with these arguments, whichever of --stop and --restart is among them."""
    if not is_there(environment.python):
        say("stop.none")
        return 0
    about = [argument for argument in arguments if argument not in ("--stop", "--restart", "--background")]
    return run_app(root, environment, [str(environment.python), str(root / "main.py"), *about, "--stop"])
