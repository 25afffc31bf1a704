"""What the folder that the project lies in will do to it: warnings before it hurts, each with the way out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from launch.words import tell

WINDOWS_LIMIT = 260
LONGEST_INSIDE = 200  # .venv\Lib\site-packages\ and the longest path below it: a licence that PyTorch brings


class Place(NamedTuple):
    """The project's folder and what decides whether it can stay there."""

    folder: str
    system: str  # sys.platform
    is_writable: bool = True
    is_wsl: bool = False
    long_paths: bool = False  # Windows was told to take paths of more than 260 characters


class Caution(NamedTuple):
    """What is wrong with a place, and the way out."""

    name: str
    what: str
    way_out: str


LASTING = {"wsl", "onedrive", "read_only"}  # goes on hurting after the installation


def is_inside(folder: str, parent: str) -> bool:
    """Whether a folder of Windows lies in another, which is "" where there is none."""
    inner, outer = (re.sub(r"[\\/]+", r"\\", text).rstrip("\\").lower() + "\\" for text in (folder, parent))
    return bool(parent) and inner.startswith(outer)


def windows_warnings(place: Place, environ: Mapping[str, str]) -> list[Caution]:
    """What Windows has in store for this folder."""
    found, folder, short = [], place.folder, tell("place.short")
    if len(folder) + LONGEST_INSIDE > WINDOWS_LIMIT and not place.long_paths:
        found.append(Caution("long", tell("place.long", length=len(folder)), tell("place.long.way_out")))
    clouds = [environ.get(name, "") for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")]
    if any(is_inside(folder, cloud) for cloud in clouds) or re.search(r"[\\/]OneDrive\b", folder, re.IGNORECASE):
        found.append(Caution("onedrive", tell("place.onedrive"), short))
    programs = [environ.get(name, "") for name in ("ProgramFiles", "ProgramFiles(x86)", "ProgramW6432")]
    if parent := next((program for program in programs if is_inside(folder, program)), ""):
        found.append(Caution("program_files", tell("place.program_files", folder=parent), short))
    if not folder.isascii():
        found.append(Caution("non_ascii", tell("place.non_ascii"), tell("place.non_ascii.way_out")))
    return found


def place_warnings(place: Place, environ: Mapping[str, str]) -> list[Caution]:
    """All that is to be said of a place."""
    found = windows_warnings(place, environ) if place.system == "win32" else []
    if place.is_wsl and re.match(r"/mnt/[a-z](/|$)", place.folder):
        found.append(Caution("wsl", tell("place.wsl", folder=place.folder), tell("place.wsl.way_out")))
    if not place.is_writable:
        found.append(Caution("read_only", tell("place.read_only", folder=place.folder), tell("unwritable.move")))
    return found


def read_place(root: Path) -> Place:
    """Looks at the project's folder."""
    try:
        kernel = Path("/proc/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        kernel = ""
    is_wsl = "microsoft" in kernel.lower()
    return Place(str(root), sys.platform, os.access(root, os.W_OK), is_wsl, has_long_paths())


def has_long_paths() -> bool:
    """Whether this Windows takes long paths."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
                return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
        except OSError:
            return False
    return False


def model_cache(root: Path, environ: Mapping[str, str], windows: bool) -> str:
    """The model hub's cache inside the project, where the user's own folder has a name that programs trip over."""
    chosen = any(environ.get(name) for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"))
    if not windows or chosen or environ.get("USERPROFILE", "").isascii():
        return ""
    return str(root / "models" / "hub")
