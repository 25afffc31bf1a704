"""A new environment built beside the one in use, which takes its place only when a clip was made with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launch import install
from launch.commands import IN_USE, PREPARING, Job, last_error, open_job, pip, run_logged, try_lock
from launch.console import DoesNotLoad, Fault, say
from launch.environment import NAME, NEW, OLD, STAMP, Environment, place_environment, write_stamp
from launch.freeze import freeze
from launch.words import tell

LOCKED_TRIES, LOCKED_SECONDS = 4, 0.5  # virus scanners hold new files for a moment
CLIP_OPTIONS = ["--engine", "camera", "--prompt", "zoom in", "--width", "64", "--height", "64", "--frames", "4"]


def update(root: Path, environment: Environment, key: str) -> dict[str, Any]:
    """Brings an environment that works to what the requirements say; if it cannot, the old one stays.

    Returns:
        The facts of the new environment; its stamp is written.

    Raises:
        Fault: why it could not; what was in use before is in use again.
    """
    with (root / IN_USE).open("a+") as handle:
        if not try_lock(handle.fileno()):
            raise Fault(tell("update.running", folder=environment.folder), tell("update.stop"))
        if environment.is_conda:
            return update_in_place(root, environment, key)
        return update_beside(root, environment, key)


def update_beside(root: Path, environment: Environment, key: str) -> dict[str, Any]:
    """Copies the environment, changes the copy, proves it, and swaps the two."""
    say("update.beside")
    new = place_environment(root / NEW, False, os.name == "nt")
    install.remove_folder(new.folder)
    job = open_job(root, new)
    try:
        copy_environment(environment.folder, new.folder)
        facts = fill_copy(job)
        prove_clip(job)
        correct_paths(new.python.parent)
        write_stamp(new, key, facts)
        swap(root)
    except OSError as error:
        shutil.rmtree(new.folder, ignore_errors=True)
        raise Fault(f"{error.filename}: {error.strerror}", tell("disk")) from None
    except Fault:
        shutil.rmtree(new.folder, ignore_errors=True)
        raise
    return facts


def copy_environment(old: Path, new: Path) -> None:
    """Copies by hard links, which takes no room: what is installed replaces files and never changes them."""

    def link(source: str, target: str) -> str:
        try:
            os.link(source, target)
        except OSError:  # another disk's format
            shutil.copy2(source, target)
        return target

    shutil.copytree(old, new, symlinks=True, copy_function=link)
    (new / STAMP).unlink(missing_ok=True)


def fill_copy(job: Job) -> dict[str, Any]:
    """Installs into the copy; where that does not load, into an environment made from nothing."""
    install.make_environment(job)
    try:
        return install.fill(job)
    except DoesNotLoad as fault:
        say("anew", what=fault.what)
    install.remove_folder(job.environment.folder)
    install.make_environment(job)
    return install.fill(job)


def prove_clip(job: Job) -> None:
    """Makes a small clip on the processor, with folders of its own."""
    say("update.proving")
    with tempfile.TemporaryDirectory(prefix="i2v_update_") as name:
        folder = Path(name)
        clip, picture = folder / "clip.mp4", folder / "picture.bmp"
        picture.write_bytes(small_picture())
        folders = {"I2V_INPUT_DIR": str(folder / "inputs"), "I2V_LOGS_DIR": str(folder / "logs")}
        command = [str(job.environment.python), str(job.root / "main.py"), "generate", "--image", str(picture)]
        command += [*CLIP_OPTIONS, "--cpu", "--output_dir", str(folder / "outputs"), "--output", str(clip)]
        if not run_logged(job, command, folders) or not clip.is_file() or not clip.stat().st_size:
            raise Fault(tell("update.no_clip", error=last_error(job.log)), tell("loads_not.way_out", log=job.log))


def small_picture(side: int = 64) -> bytes:
    """A BMP of side × side pixels, 24 bits each, with stripes for the camera to move over."""
    pixels = b"".join(bytes((4 * x, 4 * y, 255 * (x // 8 % 2))) for y in range(side) for x in range(side))
    numbers = (54 + len(pixels), 0, 54, 40, side, side)
    head = b"BM" + b"".join(number.to_bytes(4, "little") for number in numbers)
    return head + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24) + pixels


def correct_paths(scripts: Path) -> None:
    """Puts the final name into the programs of the new environment, which hold their interpreter's path."""
    for path in scripts.iterdir():
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if NEW.encode() in content:
                mode = path.stat().st_mode
                path.unlink()  # it may be a file that the old environment has too
                path.write_bytes(content.replace(NEW.encode(), NAME.encode()))
                path.chmod(mode)


def rename(source: Path, target: Path) -> None:
    """Renames, and waits a little for whoever holds a file in it."""
    for attempt in range(LOCKED_TRIES):
        try:
            source.rename(target)
            return
        except PermissionError:
            if attempt == LOCKED_TRIES - 1:
                raise Fault(tell("update.running", folder=source), tell("update.stop")) from None
            time.sleep(LOCKED_SECONDS)


def swap(root: Path) -> None:
    """Puts the new environment into the old one's place; `recover` goes on from wherever this is cut short."""
    install.remove_folder(root / OLD)
    rename(root / NAME, root / OLD)
    try:
        rename(root / NEW, root / NAME)
    except (Fault, OSError):
        rename(root / OLD, root / NAME)
        raise
    shutil.rmtree(root / OLD, ignore_errors=True)


def is_cut_short(root: Path) -> bool:
    """Whether a swap was interrupted between its two renames."""
    return (root / OLD).exists() and not (root / NAME).exists()


def recover(root: Path) -> None:
    """Goes back to the old environment after an interrupted swap."""
    if is_cut_short(root):
        rename(root / OLD, root / NAME)
        say("update.back")


def sweep(root: Path) -> None:
    """Removes what an update that was killed has left, unless one is under way."""
    with contextlib.suppress(OSError), (root / PREPARING).open("a") as handle:
        if try_lock(handle.fileno()) and not is_cut_short(root):
            for name in (NEW, OLD):
                shutil.rmtree(root / name, ignore_errors=True)


def update_in_place(root: Path, environment: Environment, key: str) -> dict[str, Any]:
    """The same for an environment of conda's, which cannot be copied: back again is by the list of its packages."""
    before = environment.folder / "i2v_before_update.txt"
    freeze(root, environment, before)
    say("update.in_place", file=before)
    job, stamp = open_job(root, environment), environment.folder / STAMP
    kept = stamp.read_bytes()
    stamp.unlink()
    try:
        facts = install.fill(job)
        prove_clip(job)
    except Fault as fault:
        if not pip(job, "install", "--no-deps", "-r", str(before), *install.local_wheels(root)):
            what = f"{fault.what}; {tell('update.restore_by_hand', error=last_error(job.log))}"
            by_hand = f"{environment.python} -m pip install --no-deps -r {before}"
            raise Fault(what, by_hand) from None
        stamp.write_bytes(kept)
        say("update.restored")
        raise
    write_stamp(environment, key, facts)
    return facts


def refuse(environment: Environment, stamp: Mapping[str, Any], key: str, reason: str) -> dict[str, Any]:
    """Notes in the stamp that these requirements could not be met, so that not every start tries it again."""
    facts = {name: value for name, value in stamp.items() if name not in ("key", "packages")}
    facts |= {"refused": key, "refusal": reason}
    write_stamp(environment, stamp["key"], facts)
    return facts
