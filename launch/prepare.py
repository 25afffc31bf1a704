"""Brings the environment to what the requirements say, or finds that it is there already."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from launch.cards import machine_hint
from launch.commands import PREPARING, only_one, open_job
from launch.conda import Conda, find_conda
from launch.console import DoesNotLoad, Fault, say, without_secrets
from launch.environment import (
    NEW,
    OLD,
    STAMP,
    Environment,
    find_environment,
    place_environment,
    read_stamp,
    stamp_key,
    write_stamp,
)
from launch.place import LASTING, place_warnings, read_place
from launch.words import tell


class Wish(NamedTuple):
    """What a start asks for beyond an environment that works."""

    again: bool = False  # try anew where the last preparation had to settle for less, such as the CPU beside a card
    update: bool = False  # the same, and say so where nothing is to be done


def find_here(root: Path) -> tuple[Environment, Conda | None]:
    """The project's environment on this machine, and the conda that the user starts from."""
    windows = os.name == "nt"
    conda = find_conda(os.environ, Path(sys.base_prefix), windows)
    return find_environment(root, os.environ, windows, conda), conda


def prepare(root: Path, wish: Wish) -> Environment:
    """Makes the environment ready; does nothing if the stamp vouches for it."""
    if any((root / name).exists() for name in (NEW, OLD)):
        tidy_update(root)
    environment, _ = find_here(root)
    stamp = read_stamp(environment)
    warn(root, only_lasting=stamp is not None)
    if stamp is None or is_wanting(root, environment, stamp, wish):
        try:
            environment, stamp = work(root, wish)
        except Fault as fault:
            if stamp is None or wish.update:
                raise
            say("update.failed", reason=fault.what)
    elif wish.update:
        say("update.none")
    tell_state(environment, stamp, is_refused=stamp.get("refused") == current_key(root, environment))
    return environment


def work(root: Path, wish: Wish) -> tuple[Environment, dict[str, Any]]:
    """Makes or renews the environment; another start may have done it while this one waited."""
    with only_one(root / PREPARING):
        environment, conda = find_here(root)
        stamp = read_stamp(environment)
        if stamp is None:
            return build(root, environment, conda)
        if is_wanting(root, environment, stamp, wish):
            stamp = renew(root, environment, stamp, wish)
        return environment, stamp


def current_key(root: Path, environment: Environment) -> str:
    """The stamp's key for the requirements and the machine as they are now."""
    files = [root / "requirements.txt", root / "requirements.lock"]
    return stamp_key(environment, files, machine_hint(os.environ))


def is_wanting(root: Path, environment: Environment, stamp: dict[str, Any], wish: Wish) -> bool:
    """Whether there is something to be done for an environment that works."""
    key = current_key(root, environment)
    if wish.again or wish.update:
        return key != stamp["key"] or bool(stamp["note"])
    return key not in (stamp["key"], stamp.get("refused"))


def tidy_update(root: Path) -> None:
    """Goes back after an update that was cut short, and removes what it left; one that is under way is left alone."""
    from launch.update import is_cut_short, recover, sweep

    if is_cut_short(root):
        with only_one(root / PREPARING):
            recover(root)
    sweep(root)


def warn(root: Path, only_lasting: bool) -> None:
    """Says what the project's folder will do to it: all of it before something is installed there."""
    for caution in place_warnings(read_place(root), os.environ):
        if caution.name in LASTING or not only_lasting:
            print(tell("line.warning", what=caution.what, way_out=caution.way_out), file=sys.stderr, flush=True)


def tell_state(environment: Environment, stamp: dict[str, Any], is_refused: bool) -> None:
    """Which environment is used, and what the user must know at every start."""
    say("ready.torch" if stamp["torch"] else "ready", folder=environment.folder, torch=stamp["torch"])
    if stamp["note"]:
        say("note.again", note=stamp["note"])
    if is_refused:
        say("update.old", reason=stamp["refusal"])


def build(root: Path, environment: Environment, conda: Conda | None) -> tuple[Environment, dict[str, Any]]:
    """Makes an environment where none works, and its stamp."""
    from launch import install  # only here: a start that finds everything ready has no use for it

    started, job = time.monotonic(), open_job(root, environment)
    try:
        is_new = install.make_environment(job, conda)
    except Fault as fault:
        if environment.folder != root / ".conda":
            raise
        print(without_secrets(fault.what), file=sys.stderr, flush=True)
        install.remove_folder(environment.folder)
        environment = place_environment(root / ".venv", False, os.name == "nt")
        job = job._replace(environment=environment)
        is_new = install.make_environment(job)
    try:
        facts = install.fill(job)
    except DoesNotLoad as fault:
        if is_new or environment.is_conda:
            raise
        say("anew", what=fault.what)
        install.remove_folder(environment.folder)
        install.make_environment(job)
        facts = install.fill(job)
    write_stamp(environment, current_key(root, environment), facts)
    say("made", seconds=time.monotonic() - started)
    return environment, facts


def renew(root: Path, environment: Environment, stamp: dict[str, Any], wish: Wish) -> dict[str, Any]:
    """Brings an environment that works to new requirements, or leaves it as it is and says why."""
    from launch.update import refuse, update

    key, started = current_key(root, environment), time.monotonic()
    try:
        facts = update(root, environment, key)
    except Fault as fault:
        is_new_set = key != stamp["key"]  # else nothing was asked for but another try
        if is_new_set and not environment.folder.joinpath(STAMP).exists():
            raise  # what was in use could not be brought back
        if is_new_set:
            stamp = refuse(environment, stamp, key, fault.what)
        if wish.update:
            raise Fault(tell("update.failed", reason=fault.what), fault.way_out) from None
        if not is_new_set:
            say("update.failed", reason=fault.what)
        return stamp
    say("made", seconds=time.monotonic() - started)
    return facts


def prepare_tests(root: Path, environment: Environment) -> None:
    """Adds what the tests need."""
    name, file = "tests_i2v_ready.json", root / "tests" / "requirements.txt"
    key = stamp_key(environment, [file], "")
    stamp = read_stamp(environment, name)
    if stamp is None or stamp["key"] != key:
        from launch.install import install_pinned

        with only_one(root / PREPARING):
            say("packages.tests")
            install_pinned(open_job(root, environment), file)
            write_stamp(environment, key, {}, name)
