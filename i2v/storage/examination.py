"""A look at a database from outside: on a copy, since its owner must stay the only connection."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from i2v.storage.migrations import MIGRATIONS


@dataclass(frozen=True)
class Examination:
    """What a database looks like: how many jobs it holds, and its version where that is a later one than ours."""

    state: Literal["absent", "good", "damaged", "newer"]
    jobs: int = 0
    version: int = 0


def examine_database(path: Path) -> Examination:
    """Whether the file is whole and of a version that this app reads.

    Raises:
        OSError: it cannot be read at all.
    """
    if not path.exists():
        return Examination("absent")
    try:
        with _copied(path) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                return Examination("newer", version=version)
            if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                return Examination("damaged")
            return Examination("good", jobs=connection.execute("SELECT count(*) FROM jobs").fetchone()[0])
    except sqlite3.DatabaseError:
        return Examination("damaged")


def sentences_in(path: Path) -> set[str]:
    """Every sentence that somebody wrote, as far as the file can be read; empty where it cannot."""
    if not path.exists():
        return set()
    try:
        with _copied(path) as connection:
            rows = connection.execute(
                "SELECT json_extract(options, '$.prompt'), json_extract(options, '$.negative_prompt') FROM jobs"
            )
            return {text for row in rows for text in row if text}
    except (sqlite3.DatabaseError, OSError):
        return set()


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the file with what is still in its write-ahead log."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        # The log last: what a checkpoint moves meanwhile is then in both, never in neither.
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
        connection = sqlite3.connect(copy)
        try:
            yield connection
        finally:
            connection.close()
