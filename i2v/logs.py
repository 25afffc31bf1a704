"""The log: one readable file per start, the newest ten kept, nothing secret in it."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

KEEP_FILES = 10
_SECRET = re.compile(r"(hf_|Bearer\s+|token=)[A-Za-z0-9_\-.]{6,}")


class _Formatter(logging.Formatter):
    """One record, one entry: line breaks are indented so that nobody can forge a line, tokens are blanked."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET.sub(r"\1…", super().format(record)).replace("\n", "\n    ")


def start_log(logs_dir: Path) -> Path | None:
    """Starts `logs/app_YYYYMMDD_HHMMSS.log`; None where the folder takes no file: warnings go to the console then."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    path = logs_dir / time.strftime("app_%Y%m%d_%H%M%S.log")
    try:
        logs_dir.mkdir(parents=True, exist_ok=True)
        for old in sorted(logs_dir.glob("app_*.log"))[: -KEEP_FILES + 1]:
            old.unlink(missing_ok=True)
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as cause:
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
        root.warning("no log file in %s (%s)", logs_dir, cause)
        return None
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root.addHandler(handler)
    # These two tell of each request; a log that people read tells of jobs.
    for noisy in ("httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return path
