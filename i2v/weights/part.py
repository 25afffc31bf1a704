"""A file that grows as `<name>.part` over several connections and several lives of the process."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from i2v.weights.hub import HubFile

SUFFIX = ".part"
_CHUNK_BYTES = 4 * 2**20
_HELD_SECONDS = 15.0


class Digest:
    """The hash of bytes as they come: SHA-256, and git's blob SHA-1 where the hub states no other."""

    def __init__(self, file: HubFile) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self._blob = None if file.sha256 else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._sha256.update(data)
        if self._blob is not None:
            self._blob.update(data)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def is_right(self) -> bool:
        """Whether it is the hash that the hub states."""
        if self._blob is not None:
            return self._blob.hexdigest() == self._file.blob_sha1
        return self.sha256 == self._file.sha256


def digest_file(path: Path, file: HubFile, tick: Callable[[], None]) -> Digest:
    """The hash of a whole file; `tick` is called between its pieces and may raise."""
    digest = Digest(file)
    with path.open("rb") as content:
        while data := content.read(_CHUNK_BYTES):
            digest.update(data)
            tick()
    return digest


class Part:
    """The growing file and the hash of what it holds. Opening takes up what an earlier life left."""

    def __init__(self, path: Path, file: HubFile, tick: Callable[[], None]) -> None:
        self.path = path
        self._file = file
        if path.exists() and path.stat().st_size > file.size:
            path.unlink()
        path.touch()
        self.digest = digest_file(path, file, tick)
        self._out = path.open("r+b")
        self.size = self._out.seek(0, os.SEEK_END)

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    @property
    def is_whole(self) -> bool:
        return self.size == self._file.size

    @property
    def room(self) -> int:
        """How many bytes are still to come."""
        return self._file.size - self.size

    def append(self, data: bytes) -> None:
        self._out.write(data)
        self.digest.update(data)
        self.size += len(data)

    def restart(self) -> None:
        """From the first byte again."""
        self._out.seek(0)
        self._out.truncate()
        self.digest = Digest(self._file)
        self.size = 0

    def sync(self) -> None:
        sync(self._out)


def sync(file: IO[Any]) -> None:
    """On the disk when this returns."""
    file.flush()
    if sys.platform == "darwin":  # there, fsync leaves the data in the drive's own cache
        import fcntl

        fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
    else:
        os.fsync(file.fileno())


def settle(part: Path, target: Path) -> None:
    """Gives a synced file its own name, for good."""
    until = time.monotonic() + _HELD_SECONDS
    while True:
        try:
            part.replace(target)
            break
        except PermissionError as cause:
            # Windows: a scanner has the fresh file open and lets go soon.
            if getattr(cause, "winerror", None) not in (5, 32, 33) or time.monotonic() > until:
                raise
            time.sleep(0.2)
    if os.name != "nt":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
