"""What the start says: one line per stage, and faults with the way out."""

from __future__ import annotations


class Fault(Exception):
    """An expected failure: what happened, with which value, and the way out."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(what)
        self.what, self.way_out = what, way_out


class DoesNotLoad(Fault):
    """Packages are installed and cannot be imported: the environment itself is in doubt."""


def say(text: str) -> None:
    """Prints one stage of the preparation."""
    print(f"environment: {text}", flush=True)
