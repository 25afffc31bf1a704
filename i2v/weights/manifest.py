"""`manifest.json` beside downloaded weights: which revision, which files, and the hash each was proven to have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from i2v.weights.part import settle, sync

NAME = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One proven file. `fetched` is false for one that lay there already and had the right hash."""

    size: int
    sha256: str
    fetched: bool


@dataclass(frozen=True)
class Manifest:
    """What was proven so far; a file enters once it lies under its own name."""

    repo: str
    revision: str
    files: Mapping[str, Entry]

    def write(self, folder: Path) -> None:
        part = folder / f"{NAME}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            sync(file)
        settle(part, folder / NAME)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none, or one that this app did not write."""
    try:
        told = json.loads((folder / NAME).read_text("utf-8"))
        files = {name: Entry(int(e["size"]), str(e["sha256"]), bool(e["fetched"])) for name, e in told["files"].items()}
        manifest = Manifest(str(told["repo"]), str(told["revision"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if all(is_plain_name(name) for name in files) else None


def is_plain_name(name: str) -> bool:
    """Whether a name from outside stays in its folder: at most one folder deep, nothing hidden, no way up."""
    return re.fullmatch(r"(?:\w[\w.-]*/)?\w[\w.-]*", name, re.ASCII) is not None
