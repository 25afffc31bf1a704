"""The log: lines that people read, bounded in every direction, nothing secret in it.

Jobs are named by their ids. What a user wrote or chose as a picture stays out of it.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path

from i2v.logs.files import RunLog
from i2v.logs.secrets import Secrets, secrets_of

LINE_LIMIT, ENTRY_LIMIT = 2_000, 16_000
"""Characters; of what is longer the beginning and the end are kept."""
_WORD = 400
_LAST_WORD, _FIRST_WORD = re.compile(r"\S*\Z"), re.compile(r"\A\S*")
_LEVELS = {"CRITICAL": "error"}
_COMMANDS_OF_TERMINALS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class LogFormatter(logging.Formatter):
    """One record, one entry: `2026-11-20 15:04:05 info    job 5f…: begins (camera)`.

    Every line after the first is indented, so that nobody can forge an entry. Traces of exceptions pass through here
    as well as what workers wrote, so here everything is looked through for secrets.
    """

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(asctime)s %(word)-7s %(source)s%(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        record.word = _LEVELS.get(record.levelname, record.levelname.lower())
        record.source = "" if record.name.startswith("i2v.") else f"{record.name}: "
        # Far more than is kept, and far less than what would take long to look through.
        text = _shorten(_plain(super().format(record)), ENTRY_LIMIT * 10)
        lines = [_shorten(line, LINE_LIMIT) for line in self._secrets.redact(text).split("\n")]
        return _shorten("\n    ".join(lines), ENTRY_LIMIT)


def start_log(logs_dir: Path, secrets: Iterable[str] = ()) -> Path | None:
    """Starts `logs/app_YYYYMMDD_HHMMSS.log`; None where the folder takes no file: warnings go to the console then.

    Args:
        logs_dir: made if need be.
        secrets: values that must not stand in it, beside those of the environment's tokens and keys.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    formatter = LogFormatter(Secrets([*secrets, *secrets_of(os.environ)]))
    # These tell of requests and of their own inner life; a log that people read tells of jobs.
    for noisy in ("httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        file = RunLog(logs_dir)
    except OSError as cause:
        console = logging.StreamHandler()
        console.setLevel(logging.WARNING)
        console.setFormatter(formatter)
        root.addHandler(console)
        root.warning("no log file in %s (%s)", logs_dir, cause)
        return None
    file.setFormatter(formatter)
    root.addHandler(file)
    return Path(file.baseFilename)


def current_run() -> str | None:
    """The run whose log this process writes, as its files are named; None where it writes none."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RunLog):
            return handler.run
    return None


def _plain(text: str) -> str:
    """Without what would colour, rewrite or forge lines in a terminal."""
    text = _COMMANDS_OF_TERMINALS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _INVISIBLE.sub(" ", text)


def _shorten(text: str, limit: int) -> str:
    """Cut between words where there are any: half a token would not be known for one."""
    if len(text) <= limit:
        return text
    begin, end = limit // 2, len(text) - limit // 3
    begin -= len(_LAST_WORD.search(text[begin - _WORD : begin])[0])  # type: ignore[index]
    end += len(_FIRST_WORD.search(text[end : end + _WORD])[0])  # type: ignore[index]
    return f"{text[:begin]} … {end - begin} characters … {text[end:]}"
