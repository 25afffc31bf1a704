"""conda, for those who start from it: which one that is, and the environment that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

NAME = "i2v"  # what environment_i2v.yaml calls its environment


class Conda(NamedTuple):
    """The program that makes environments and the folder that it is installed in."""

    executable: str
    root: Path


def find_conda(environ: Mapping[str, str], prefix: Path, windows: bool) -> Conda | None:
    """The conda that the user starts from: one is activated, or the Python at `prefix`, which runs this, is its own."""
    runs_this = (prefix / "conda-meta").is_dir()
    if not runs_this and not environ.get("CONDA_PREFIX"):
        return None
    own = [prefix / name for name in (("Scripts/conda.exe",) if windows else ("bin/conda",))] if runs_this else []
    told = [Path(environ[name]) for name in ("CONDA_EXE", "MAMBA_EXE") if environ.get(name)]
    for executable in (*told, *own):
        if executable.is_file():
            return Conda(str(executable), executable.parent.parent)
    return None


def named_environments(conda: Conda, home: Path) -> list[Path]:
    """Where `conda env create -f environment_i2v.yaml` puts its environment."""
    return [conda.root / "envs" / NAME, home / ".conda" / "envs" / NAME]


def read_conda_file(text: str) -> tuple[list[str], list[str]]:
    """Channels and conda's own packages of environment_i2v.yaml, without the section for pip."""
    lists: dict[str, list[str]] = {"channels": [], "dependencies": []}
    current: list[str] = []
    for line in text.splitlines():
        if found := re.match(r"(\w+):\s*$", line):
            current = lists.get(found[1], [])
        elif found := re.match(r"  - ([^\s:#]+)\s*$", line):
            current.append(found[1])
    return lists["channels"], lists["dependencies"]


def create_command(conda: Conda, folder: Path, text: str) -> list[str]:
    """The command that makes the environment with Python and pip; what belongs in it beyond that, the start installs.

    So the build of PyTorch is the one that fits the machine. "nodefaults" means: no channel but the ones named.
    """
    channels, packages = read_conda_file(text)
    named = [part for channel in channels if channel != "nodefaults" for part in ("--channel", channel)]
    return [conda.executable, "create", "--yes", "--prefix", str(folder), "--override-channels", *named, *packages]


def conda_paths(folder: Path) -> list[str]:
    """The folders that activating an environment puts before PATH on Windows, where its libraries lie."""
    inside = ("", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts")
    return [str(folder / name) for name in inside]
