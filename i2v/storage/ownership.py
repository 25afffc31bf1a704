"""One server per data folder: an operating-system lock, and a note that says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from i2v.errors import FolderBusy, FolderOwned, I2VError

NOTE_SECONDS = 1.0
"""How long an owner may need from taking the folder to saying where it answers."""


class Ownership:
    """Held for the life of a server; the system frees it when the process ends, however it ends."""

    def __init__(self, state_dir: Path) -> None:
        """Takes the folder.

        Raises:
            FolderOwned: a server has it; the error says its address.
            FolderBusy: a command has it, which answers nowhere.
        """
        self._note = state_dir / "server.json"
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
        with contextlib.suppress(OSError):
            self._note.unlink()

    def announce(self, url: str | None) -> None:
        """Writes down where the owner answers; None for a command that answers nowhere."""
        # In place: on Windows nothing replaces or removes a file that another command is just reading. One that reads
        # half of it looks again.
        self._note.write_text(json.dumps({"pid": os.getpid(), "url": url}), "utf-8")

    def release(self) -> None:
        with contextlib.suppress(OSError):
            self._note.unlink()
        self._lock.release()


def _refusal(state_dir: Path, owner: dict[str, object]) -> I2VError:
    if owner.get("url"):
        return FolderOwned(path=str(state_dir.parent), pid=owner.get("pid"), url=owner["url"])
    return FolderBusy(path=str(state_dir.parent), pid=owner.get("pid", "?"))


def read_owner(state_dir: Path) -> dict[str, object]:
    """The owner's note: `pid` and `url`; empty where there is none."""
    try:
        note = json.loads((state_dir / "server.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
