"""One SQLite file, one connection, one writer.

Write-ahead log with `synchronous=FULL`: what was committed survives a power cut. A single connection also keeps clear
of the WAL-reset fault that SQLite had until 3.51.3, which needs two.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from i2v.errors import DatabaseNewer
from i2v.storage.migrations import MIGRATIONS

log = logging.getLogger(__name__)


class Database:
    """The connection and its lock; `transaction` is the only way in."""

    def __init__(self, path: Path) -> None:
        """Opens and migrates the file; a damaged one is set aside under a telling name, never deleted.

        Raises:
            DatabaseNewer: a later version of the app has written it.
        """
        self.path = path
        self._lock = threading.RLock()
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as cause:
            aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}")
            log.error("database %s is damaged (%s); kept as %s, a new one begins", path, cause, aside)
            for suffix in ("", "-wal", "-shm"):
                source = path.with_name(path.name + suffix)
                if source.exists():
                    source.replace(aside.with_name(aside.name + suffix))
            self._connection = _open(path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Reads only; sees everything committed."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check found damage")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the file to today's shape; each migration is one transaction, and a copy is made before the first."""
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > len(MIGRATIONS):
        raise DatabaseNewer(path=str(path), found=found, known=len(MIGRATIONS))
    if 0 < found < len(MIGRATIONS):
        with sqlite3.connect(path.with_name(f"{path.name}.before-v{found + 1}")) as copy:
            connection.backup(copy)
        copy.close()
    for version, statements in enumerate(MIGRATIONS[found:], start=found + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={version}")
        connection.commit()
