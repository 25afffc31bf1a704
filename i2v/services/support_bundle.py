"""One zip with all that somebody else needs to see why a run fails, without tokens, names of people or sentences."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from i2v.logs.files import log_files
from i2v.logs.secrets import Secrets, secrets_of
from i2v.settings import SettingInForce, Settings
from i2v.storage.examination import sentences_in

LOGS = 5
LOG_BYTES = 1_000_000
"""The end of each log; an hour of work is some ten thousand bytes."""
SHORTEST_NAME = 3
"""Shorter names of people stand in too many words."""


class Veil:
    """Takes out of a text what is nobody else's business."""

    def __init__(self, sentences: Iterable[str], people: Iterable[str], machines: Iterable[str], home: Path) -> None:
        """Takes what people wrote, their names, the machine's names, and the folder that is theirs."""
        self._secrets = Secrets(secrets_of(os.environ))
        # As typed, and as JSON and Python's `repr` write it; the longest first, as one may hold another.
        forms = {form for text in sentences for form in _forms(text) if form.strip()}
        self._sentences = [(form, _alone(form)) for form in sorted(forms, key=len, reverse=True)]
        self._folders = _forms(str(home)) | {home.as_posix()} if len(home.parts) > 1 else set()
        self._names = [
            (_alone(name), instead)
            for names, instead in ((people, "user"), (machines, "machine"))
            for name in names
            if len(name) >= SHORTEST_NAME
        ]

    def over(self, text: str) -> str:
        """The text without them."""
        for sentence, pattern in self._sentences:
            if sentence in text:  # far quicker than the pattern, and a long history has thousands of them
                text = pattern.sub("…", text)
        for folder in self._folders:
            text = text.replace(folder, "~")
        for name, instead in self._names:
            text = name.sub(instead, text)
        return self._secrets.redact(text)


def veil_of(settings: Settings) -> Veil:
    """The veil for this account on this machine, with every sentence of its history."""
    public = urlsplit(settings.public_url or "").hostname
    machines = [socket.gethostname(), *([public] if public else [])]
    return Veil(sentences_in(settings.state_dir / "jobs.sqlite"), _people(), machines, Path.home())


def write_bundle(
    target: Path, settings: Settings, explained: Sequence[SettingInForce], findings: Sequence[dict[str, Any]]
) -> None:
    """Writes the zip: what the doctor found, settings and where each comes from, packages, the newest logs.

    Args:
        target: the file; one that is there is replaced.
        settings: in force.
        explained: each setting with its source.
        findings: as `Finding.to_json` gives them.

    Raises:
        OSError: the file cannot be written.
    """
    veil = veil_of(settings)
    part = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in _contents(settings, explained, findings):
                bundle.writestr(name, veil.over(text))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _contents(
    settings: Settings, explained: Sequence[SettingInForce], findings: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    yield "doctor.json", json.dumps(list(findings), ensure_ascii=False, indent=1)
    told = [{"key": each.key, "value": each.value, "source": each.source} for each in explained]
    yield "settings.json", json.dumps(told, ensure_ascii=False, indent=1)
    yield "packages.txt", "\n".join(sorted({f"{each.name}=={each.version}" for each in distributions()}, key=str.lower))
    stamp = Path(sys.prefix, "i2v_ready.json")
    if stamp.is_file():
        yield "environment.json", stamp.read_text("utf-8", "replace")
    for path in log_files(settings.logs_dir)[-LOGS:]:
        yield f"logs/{path.name}", path.read_bytes()[-LOG_BYTES:].decode("utf-8", "replace")


def _forms(text: str) -> set[str]:
    """A text as it is, and as JSON and Python's `repr` write it."""
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}


def _alone(text: str) -> re.Pattern[str]:
    """Finds the text where it is no part of a longer word."""
    return re.compile(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])", re.IGNORECASE)


def _people() -> list[str]:
    """What this account is called."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        name = ""
    return [name, Path.home().name]
