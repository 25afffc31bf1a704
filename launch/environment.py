"""Where the packages live, which belong there, and the stamp that vouches for them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

CUDA_EXTRA = 'extra == "cuda"'
STAMP = "i2v_ready.json"


class Environment(NamedTuple):
    """The folder the packages live in and its interpreter."""

    folder: Path
    python: Path
    is_conda: bool


def find_environment(root: Path, environ: Mapping[str, str], windows: bool) -> Environment:
    """The activated conda environment, else .venv in the project.

    conda's "base" is left alone: it is active on many machines without being meant, and belongs to conda itself.
    """
    prefix = environ.get("CONDA_PREFIX", "")
    if prefix and environ.get("CONDA_DEFAULT_ENV") != "base":
        folder = Path(prefix)
        return Environment(folder, folder / ("python.exe" if windows else "bin/python"), True)
    folder = root / ".venv"
    return Environment(folder, folder / ("Scripts/python.exe" if windows else "bin/python"), False)


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


def machine_hint(environ: Mapping[str, str]) -> str:
    """What decides on the PyTorch build, as far as it can be had without asking nvidia-smi, which takes long."""
    driver = read_text(Path("/proc/driver/nvidia/version")).partition("\n")[0]
    return "|".join((environ.get("I2V_TORCH_INDEX", ""), shutil.which("nvidia-smi") or "", driver))


def stamp_key(environment: Environment, files: Sequence[Path], hint: str) -> str:
    """What an environment was made for: requirements, interpreter, and what decided on the PyTorch build."""
    digest = hashlib.sha256()
    for part in (*(f"{path.name}\n{read_text(path)}" for path in files), str(environment.python.resolve()), hint):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def read_stamp(path: Path, key: str, present: set[str]) -> dict[str, Any] | None:
    """The stamp, if it was written for this key and all it vouches for is still there."""
    try:
        stamp = json.loads(read_text(path))
        return stamp if stamp["key"] == key and set(stamp["packages"]) <= present else None
    except (ValueError, KeyError, TypeError):
        return None


def write_stamp(path: Path, key: str, environment: Environment, **facts: str) -> None:
    """Vouches for the environment as it is now. Comes last: whatever breaks before leaves no stamp."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"key": key, **facts, "packages": sorted(installed(environment))}), encoding="utf-8")
    part.replace(path)
