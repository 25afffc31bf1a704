"""One server per data folder: an operating-system lock, and a note that says who holds it."""

from __future__ import annotations

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
        self._note.unlink(missing_ok=True)

    def announce(self, url: str | None) -> None:
        """Writes down where the owner answers; None for a command that answers nowhere."""
        part = self._note.with_suffix(".part")
        part.write_text(json.dumps({"pid": os.getpid(), "url": url}), "utf-8")
        part.replace(self._note)

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
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
