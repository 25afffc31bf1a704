"""What is installed beside what requirements.txt asks for, without importing any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)\s*(?P<marker>;.*)?$")


@dataclass(frozen=True)
class Package:
    """One package: the version asked for, and the installed one; None where it is not there."""

    name: str
    wanted: str
    installed: str | None

    @property
    def state(self) -> Literal["good", "missing", "other"]:
        """A local build (`2.13.0+cu130`) is the version it is a build of."""
        if self.installed is None:
            return "missing"
        return "good" if self.installed.partition("+")[0] == self.wanted.partition("+")[0] else "other"


def required_packages(requirements: Path) -> list[Package]:
    """The packages of a requirements file that every machine needs: lines with a marker are for some only.

    Raises:
        OSError: the file cannot be read.
    """
    return [Package(name, wanted, installed_version(name)) for name, wanted in _pins(requirements)]


def installed_version(name: str) -> str | None:
    """A package's version; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _pins(requirements: Path) -> Iterator[tuple[str, str]]:
    for line in requirements.read_text("utf-8").splitlines():
        pin = _PIN.match(line.partition("#")[0].strip())
        if pin and not pin["marker"]:
            yield pin["name"], pin["version"]
