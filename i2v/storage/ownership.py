"""One server per data folder: an operating-system lock, and a note that says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from pathlib import Path

from filelock import FileLock, Timeout

from i2v.errors import FolderBusy, FolderOwned, I2VError

NOTE, END_REQUEST = "server.json", "end"
NOTE_SECONDS = 10.0
"""How long an owner may need from taking the folder to saying where it answers."""
GLANCE_SECONDS = 0.5
"""How often an owner looks whether it is asked to end."""


class Ownership:
    """Held for the life of a server; the system frees it when the process ends, however it ends."""

    def __init__(self, state_dir: Path) -> None:
        """Takes the folder.

        Raises:
            FolderOwned: a server has it; the error says its address.
            FolderBusy: a command has it, which answers nowhere.
        """
        self._note, self._request = state_dir / NOTE, state_dir / END_REQUEST
        self._lock = FileLock(state_dir / "lock", timeout=0)
        until = time.monotonic() + NOTE_SECONDS
        while True:
            try:
                self._lock.acquire()
                break
            except Timeout as cause:
                owner = read_owner(state_dir)
                if owner or time.monotonic() >= until:
                    raise _refusal(state_dir, owner) from cause
            time.sleep(0.02)
        _remove(self._note)

    def announce(self, url: str | None) -> None:
        """Writes down where the owner answers; None for a command that answers nowhere."""
        # In place: on Windows nothing replaces or removes a file that another command is just reading. One that reads
        # half of it looks again.
        note = {"pid": os.getpid(), "url": url, "host": platform.node(), "since": time.time()}
        self._note.write_text(json.dumps(note), "utf-8")

    def wait_for_end_request(self) -> None:
        """Returns when somebody who may write into the folder asks this owner to end.

        A file is the one way to ask that works on every system and before the server answers; Windows has no signal
        that a process could take note of.
        """
        while not _asks_for_end(self._request):
            time.sleep(GLANCE_SECONDS)
        _remove(self._request)

    def release(self) -> None:
        _remove(self._note)
        self._lock.release()


def ask_to_end(state_dir: Path, pid: int) -> None:
    """Asks the owner to end, if it is this process: one that comes after it does not feel meant.

    Raises:
        OSError: the folder takes no file.
    """
    (state_dir / END_REQUEST).write_text(str(pid), "ascii")


def _asks_for_end(request: Path) -> bool:
    try:
        return request.read_text("ascii") == str(os.getpid())
    except (OSError, ValueError):
        return False


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()


def _refusal(state_dir: Path, owner: dict[str, object]) -> I2VError:
    if owner.get("url"):
        return FolderOwned(path=str(state_dir.parent), pid=owner.get("pid"), url=owner["url"])
    return FolderBusy(path=str(state_dir.parent), pid=owner.get("pid", "?"))


def read_owner(state_dir: Path) -> dict[str, object]:
    """The owner's note: `pid`, `url`, `host` and `since`; empty where there is none, or half of one."""
    try:
        note = json.loads((state_dir / NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
