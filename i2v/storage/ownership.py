"""One server per data folder: an operating-system lock, and a note that says who holds it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from filelock import FileLock, Timeout

from i2v.errors import FolderOwned


class Ownership:
    """Held for the life of a server; the system frees it when the process ends, however it ends."""

    def __init__(self, state_dir: Path) -> None:
        """Takes the folder.

        Raises:
            FolderOwned: another process has it; the error says its address.
        """
        self._note = state_dir / "server.json"
        self._lock = FileLock(state_dir / "lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout as cause:
            owner = read_owner(state_dir)
            raise FolderOwned(path=str(state_dir.parent), pid=owner.get("pid"), url=owner.get("url")) from cause
        self._note.unlink(missing_ok=True)

    def announce(self, url: str | None) -> None:
        """Writes down where the owner answers; None for a command that answers nowhere."""
        part = self._note.with_suffix(".part")
        part.write_text(json.dumps({"pid": os.getpid(), "url": url}), "utf-8")
        part.replace(self._note)

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.release()


def read_owner(state_dir: Path) -> dict[str, object]:
    """The owner's note: `pid` and `url`; empty where there is none."""
    try:
        note = json.loads((state_dir / "server.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
