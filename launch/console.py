"""What the start says: one line per stage, and faults with the way out."""

from __future__ import annotations

import re

from launch.words import tell


class Fault(Exception):
    """An expected failure: what happened, with which value, and the way out."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(what)
        self.what, self.way_out = what, way_out


class DoesNotLoad(Fault):
    """Packages are installed and cannot be imported: the environment itself is in doubt."""


def without_secrets(text: str) -> str:
    """The text without the names and passwords that addresses of proxies and mirrors may carry."""
    return re.sub(r"(://)[^/@\s]+@", r"\1***@", text)


def say(key: str, **values: object) -> None:
    """Prints one stage of the preparation."""
    print(without_secrets(tell("line.stage", text=tell(key, **values))), flush=True)
