"""Brings the environment to what the requirements say, or finds that it is there already."""

from __future__ import annotations

import os
import time
from pathlib import Path

from launch.commands import only_one, open_job
from launch.console import say
from launch.environment import STAMP, Environment, installed, machine_hint, read_stamp, stamp_key, write_stamp


def prepare(root: Path, environment: Environment, again: bool) -> None:
    """Makes the environment ready; does nothing if the stamp vouches for it.

    `again` tries anew where the last preparation had to settle for less, such as the CPU beside a card.
    """
    path, files = environment.folder / STAMP, [root / "requirements.txt", root / "requirements.lock"]
    hint = machine_hint(os.environ)
    stamp = read_stamp(path, stamp_key(environment, files, hint), installed(environment))
    if stamp is None or (again and stamp["note"]):
        with only_one(root / ".venv.lock"):
            # Another start may have made it while this one waited.
            stamp = read_stamp(path, stamp_key(environment, files, hint), installed(environment))
            if stamp is None or (again and stamp["note"]):
                torch, note = build(root, environment, path)
                stamp = {"torch": torch, "note": note}
                write_stamp(path, stamp_key(environment, files, hint), environment, **stamp)
    say(str(environment.folder) + (f", PyTorch {stamp['torch']}" if stamp["torch"] else ""))
    if stamp["note"]:
        say(f"{stamp['note']} (after a change: --prepare)")


def build(root: Path, environment: Environment, stamp: Path) -> tuple[str, str]:
    """Makes the environment and fills it; returns the PyTorch version and what the user must know at every start."""
    from launch import install  # only here: a start that finds everything ready has no use for it
    from launch.console import DoesNotLoad

    started, job = time.monotonic(), open_job(root, environment)
    is_new = install.make_environment(job)
    stamp.unlink(missing_ok=True)
    try:
        result = install.fill(job)
    except DoesNotLoad as fault:
        if is_new or environment.is_conda:
            raise
        say(f"{fault.what}: making the environment anew")
        install.remove_folder(environment.folder)
        install.make_environment(job)
        result = install.fill(job)
    say(f"made in {time.monotonic() - started:.0f} s")
    return result


def prepare_tests(root: Path, environment: Environment) -> None:
    """Adds what the tests need."""
    path, file = environment.folder / f"tests_{STAMP}", root / "tests" / "requirements.txt"
    key = stamp_key(environment, [file], "")
    if read_stamp(path, key, installed(environment)) is None:
        from launch.install import install_pinned

        with only_one(root / ".venv.lock"):
            say("packages of the tests")
            install_pinned(open_job(root, environment), file)
            write_stamp(path, key, environment)
