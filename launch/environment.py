"""Where the packages live, which belong there, and the stamp that vouches for them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from launch.conda import Conda, named_environments

CUDA_EXTRA = 'extra == "cuda"'
# In the project: the environment, and during an update the new one and the old one. The names are equally long, so that
# what programs in the environment hold of its path can be put right in place.
NAME, NEW, OLD = ".venv", ".vnew", ".vold"
STAMP = "i2v_ready.json"
HASHES = "i2v_hashes.json"


class Environment(NamedTuple):
    """The folder the packages live in and its interpreter."""

    folder: Path
    python: Path
    is_conda: bool


def is_there(path: Path) -> bool:
    """Whether it is there for this account: what lies in another user's home may not even be looked at."""
    try:
        return path.exists()
    except OSError:
        return False


def place_environment(folder: Path, is_conda: bool, windows: bool) -> Environment:
    """The environment in a folder: where its interpreter lies depends on who made it."""
    inside = ("python.exe" if is_conda else "Scripts/python.exe") if windows else "bin/python"
    return Environment(folder, folder / inside, is_conda)


def find_environment(
    root: Path, environ: Mapping[str, str], windows: bool, conda: Conda | None = None, home: Path | None = None
) -> Environment:
    """The activated conda environment of any name, else what the project has, else what it is to get.

    conda's "base" is left alone: it is active on many machines without being meant, and belongs to conda itself. Who
    starts from conda gets the environment that environment_i2v.yaml names, or else one of conda's in the project.
    """
    prefix = environ.get("CONDA_PREFIX", "")
    if prefix and environ.get("CONDA_DEFAULT_ENV") != "base":
        return place_environment(Path(prefix), True, windows)
    own, plain = place_environment(root / ".conda", True, windows), place_environment(root / NAME, False, windows)
    if own.folder.exists():
        return own
    if plain.folder.exists() or conda is None:
        return plain
    named = [place_environment(folder, True, windows) for folder in named_environments(conda, home or Path.home())]
    return next((environment for environment in named if is_there(environment.python)), own)


def venv_package(version: tuple[int, int], system_python: str) -> str:
    """Debian's package with venv for this Python; system_python is where /usr/bin/python3 leads."""
    name = f"python{version[0]}.{version[1]}"
    return "python3-venv" if Path(system_python).name == name else f"{name}-venv"


def read_pins(text: str, cuda: bool = False) -> dict[str, str]:
    """Name → version of the pinned lines: those for every machine, or those for CUDA alone."""
    pins = {}
    for line in text.splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)\s*(?:;(.*))?", line)
        if found and (CUDA_EXTRA in (found[3] or "")) == cuda:
            pins[re.sub(r"[-_.]+", "-", found[1]).lower()] = found[2]
    return pins


def read_text(path: Path) -> str:
    """The file's text, "" where there is none."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def package_folders(environment: Environment) -> list[Path]:
    """The .dist-info folders, each of which stands for one package with its version."""
    sites = [*environment.folder.glob("lib/python3*/site-packages"), environment.folder / "Lib" / "site-packages"]
    return [entry for site in sites if site.is_dir() for entry in site.iterdir() if entry.suffix == ".dist-info"]


def installed(environment: Environment) -> set[str]:
    """The names of the packages' folders."""
    return {folder.name for folder in package_folders(environment)}


def half_installed(environment: Environment) -> list[Path]:
    """Packages whose installation was cut short: pip and uv write these two files when all others are there."""
    last = ("INSTALLER", "RECORD")
    return [folder for folder in package_folders(environment) if not all((folder / name).is_file() for name in last)]


def installed_torch(environment: Environment, version: str) -> str:
    """The installed PyTorch of this version with its local tag, such as 2.13.0+cu130; "" if there is none."""
    names = [name[len("torch-") : -len(".dist-info")] for name in installed(environment) if name.startswith("torch-")]
    return next((name for name in names if name.partition("+")[0] == version), "")


def made_with(environment: Environment) -> str:
    """The Python that an environment was made with, and its version; the same wherever the environment lies."""
    config = [
        line for line in read_text(environment.folder / "pyvenv.cfg").splitlines() if re.match(r"home|version", line)
    ]
    if environment.python.is_symlink() or not config:
        return str(environment.python.resolve())
    return "|".join(config)


def has_python(environment: Environment) -> bool:
    """Whether its interpreter is there, and on Windows, where that is a copy, the one it was made with too."""
    found = re.search(r"^home\s*=\s*(.+?)\s*$", read_text(environment.folder / "pyvenv.cfg"), re.MULTILINE)
    return is_there(environment.python) and (found is None or is_there(Path(found[1])))


def stamp_key(environment: Environment, files: Sequence[Path], hint: str) -> str:
    """What an environment was made for: requirements, interpreter, and what decided on the PyTorch build."""
    digest = hashlib.sha256()
    for part in (*(f"{path.name}\n{read_text(path)}" for path in files), made_with(environment), hint):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def read_stamp(environment: Environment, name: str = STAMP) -> dict[str, Any] | None:
    """The stamp, if all that it vouches for is still there."""
    try:
        stamp: dict[str, Any] = json.loads(read_text(environment.folder / name))
        whole = bool(stamp["key"]) and set(stamp["packages"]) <= installed(environment) and has_python(environment)
    except (ValueError, KeyError, TypeError):
        return None
    return stamp if whole else None


def write_stamp(environment: Environment, key: str, facts: Mapping[str, Any], name: str = STAMP) -> None:
    """Vouches for the environment as it is now. Comes last: whatever breaks before leaves no stamp."""
    write_json(environment.folder / name, {"key": key, **facts, "packages": sorted(installed(environment))})


def write_json(path: Path, value: object) -> None:
    """Writes a file whole or not at all; never into one that is there, which may be shared with another environment."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.write_text(json.dumps(value), encoding="utf-8")
    part.replace(path)
