"""One SQLite file, one connection, one writer.

Write-ahead log with `synchronous=FULL`: what was committed survives a power cut. A single connection also keeps clear
of the WAL-reset fault that SQLite had until 3.51.3, which needs two.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from i2v.errors import DatabaseNewer, DiskFull, FolderUnusable
from i2v.storage.migrations import MIGRATIONS

log = logging.getLogger(__name__)

_REFUSED_BY_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class Database:
    """The connection and its lock; `transaction` is the only way in."""

    def __init__(self, path: Path) -> None:
        """Opens and migrates the file; a damaged one is set aside under a telling name, never deleted.

        Raises:
            DatabaseNewer: a later version of the app has written it.
            FolderUnusable: the file may be whole, but the disk does not let us use it.
        """
        self.path = path
        self._lock = threading.RLock()
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as cause:
            if not _is_damage(cause):
                raise FolderUnusable(path=str(path), reason=str(cause)) from cause
            log.error("database %s is damaged (%s); kept as %s, a new one begins", path, cause, _set_aside(path))
            self._connection = _open(path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time.

        Raises:
            DiskFull: the disk did not take it; nothing has changed.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.commit()
            except BaseException as cause:
                self._connection.rollback()
                if isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF in _REFUSED_BY_DISK:
                    free_mb = shutil.disk_usage(self.path.parent).free // 1_000_000
                    raise DiskFull(path=str(self.path), free_mb=free_mb, needed_mb=1) from cause
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Reads only; sees everything committed."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def plain(text: str) -> str:
    """Text as it is searched, in SQL too: large and small, wide and narrow signs are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


class _Damaged(sqlite3.DatabaseError):
    """A look at the whole file found it broken."""


def _is_damage(cause: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken. A full disk or a lock says nothing about it, and it must stay where it is."""
    if isinstance(cause, _Damaged):
        return True
    return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _set_aside(path: Path) -> Path:
    """Renames the database and its companions; an earlier one set aside is never overwritten."""
    stem = f"{path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}"
    aside, number = path.with_name(stem), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.replace(aside.with_name(aside.name + suffix))
    return aside


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        connection.create_function("plain", 1, plain, deterministic=True)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise _Damaged("quick_check found damage")
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
