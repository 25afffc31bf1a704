"""How a file comes to last: whole under its name or not there at all, whatever dies or fills up on the way.

`.part` beside the target → fsync → verify → replace → fsync of the folder. Each step has its reason: without the first
fsync a power loss leaves the name with half the bytes; without the second it takes the name away again after the caller
was told that all is well; and a `.part` elsewhere might lie on another disk, from where no rename is atomic.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from i2v.errors import DiskFull, I2VError, OutputUnwritable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}) if hasattr(errno, "EDQUOT") else frozenset({errno.ENOSPC})
# Windows: access denied, sharing violation, lock violation. A scanner, an indexer or a sync client holds the file open
# and lets go soon; a folder that may not be written was noticed when the part was made.
_HELD_BY_OTHERS = frozenset({5, 32, 33})
_PATIENCE_SECONDS = 15.0


class Disk:
    """The operations that decide whether a file lasts. Tests put failing and forgetful disks in its place."""

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, file: int, data: memoryview) -> int:
        return os.write(file, data)

    def sync(self, file: int) -> None:
        if sys.platform == "darwin":  # there, fsync leaves the data in the drive's own cache
            import fcntl

            fcntl.fcntl(file, fcntl.F_FULLFSYNC)
        else:
            os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def replace(self, part: Path, path: Path) -> None:
        part.replace(path)

    def sync_folder(self, folder: Path) -> None:
        if os.name == "nt":  # Windows opens no folder and keeps renames in its journal
            return
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        except OSError as cause:
            if cause.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems have no such thing
                raise
        finally:
            os.close(file)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


_DISK = Disk()


def write_lasting(path: Path, data: bytes, verify: Callable[[Path], None] | None = None, disk: Disk = _DISK) -> None:
    """Writes a file that is whole and on the disk when this returns, in place of an older one of that name.

    Args:
        path: where it shall lie; its folder exists.
        data: all of its content.
        verify: proves the written file, which still has another name; what it raises undoes the writing.
        disk: the operations to use.

    Raises:
        DiskFull: no space, or over a quota or size limit.
        OutputUnwritable: any other refusal of the system.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            _write_synced(part, data, disk)
            if verify is not None:
                verify(part)
            _replace(part, path, disk)
        except BaseException:
            with contextlib.suppress(OSError):
                disk.remove(part)
            raise
        disk.sync_folder(path.parent)
    except OSError as cause:
        raise disk_fault(cause, path, len(data)) from cause


def move_lasting(source: Path, target: Path, disk: Disk = _DISK) -> None:
    """Moves a file within one disk; it is in its new place for good when this returns.

    Raises:
        FileNotFoundError: there is no such file.
        DiskFull, OutputUnwritable: the system refuses; the file is where it was.
    """
    try:
        _replace(source, target, disk)
        disk.sync_folder(target.parent)
        disk.sync_folder(source.parent)
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise disk_fault(cause, target, 0) from cause


def disk_fault(cause: OSError, path: Path, needed_bytes: int) -> I2VError:
    """What a refusal of the system means to a user."""
    if cause.errno not in _FULL:
        return OutputUnwritable(path=str(path), reason=cause.strerror or str(cause))
    free_bytes = 0
    with contextlib.suppress(OSError):
        free_bytes = shutil.disk_usage(path.parent).free
    needed_mb = -(-needed_bytes // 1_000_000)
    return DiskFull(path=str(path), free_mb=free_bytes // 1_000_000, needed_mb=needed_mb)


def _write_synced(part: Path, data: bytes, disk: Disk) -> None:
    file = disk.create(part)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[disk.write(file, rest) :]
        disk.sync(file)
    finally:
        disk.close(file)


def _replace(part: Path, path: Path, disk: Disk) -> None:
    """Renames, and waits for those who hold the target open."""
    until = disk.now() + _PATIENCE_SECONDS
    pause = 0.05
    while True:
        try:
            return disk.replace(part, path)
        except PermissionError as cause:
            if getattr(cause, "winerror", None) not in _HELD_BY_OTHERS or disk.now() >= until:
                raise
        # Jitter, so that two who wait for each other do not do so in step.
        disk.sleep(min(pause * random.uniform(0.5, 1.5), max(0.0, until - disk.now())))
        pause = min(pause * 2, 1.0)
