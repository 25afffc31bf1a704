"""The log's files: `app_<start>.log`, and `app_<start>_002.log` and so on where a run has much to say."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from pathlib import Path

KEEP_FILES = 10
FILE_BYTES = 5 << 20
_NAME = re.compile(r"app_(\d{8}_\d{6})(?:_(\d{3,}))?\.log")


def log_files(folder: Path, run: str | None = None) -> list[Path]:
    """All log files there, or those of one run, the oldest first."""
    found = [(match[1], int(match[2] or 1), path) for path, match in _named(folder) if run in (None, match[1])]
    return [path for _, _, path in sorted(found)]


def run_of(path: Path) -> str:
    """When the run of a log file began, as its name has it."""
    match = _NAME.fullmatch(path.name)
    return match[1] if match else ""


def _named(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    try:
        return [(path, match) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    except OSError:
        return []  # no folder, no files


class RunLog(logging.FileHandler):
    """Writes a run's file, and goes on in another when it is full. Nothing is ever renamed: a reader may hold it open."""

    def __init__(self, folder: Path) -> None:
        """Begins `app_<now>.log`.

        Raises:
            OSError: the folder takes no file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._part = folder, 1
        self.run = time.strftime("%Y%m%d_%H%M%S")
        super().__init__(folder / f"app_{self.run}.log", encoding="utf-8")
        self._sweep()

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.stream and self.stream.tell() >= FILE_BYTES:
                self._begin_next_part()
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """A log that cannot be written stops nothing and says nothing: it would say it with every line."""

    def _begin_next_part(self) -> None:
        """On a full disk there is none, and the old file goes on."""
        path = self._folder / f"app_{self.run}_{self._part + 1:03}.log"
        following = path.open("a", encoding="utf-8")
        if self.stream:
            self.stream.close()
        self.stream, self.baseFilename = following, str(path)
        self._part += 1
        self._sweep()

    def _sweep(self) -> None:
        for old in log_files(self._folder)[:-KEEP_FILES]:
            with contextlib.suppress(OSError):  # on Windows somebody may be reading it
                old.unlink()
