"""What a Hugging Face hub, or a mirror of one, says and sends: two requests, and every refusal under its own name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from i2v.domain.weight_source import WeightSource
from i2v.errors import (
    HubAnswerOdd,
    HubBusy,
    HubMissing,
    HubOffline,
    HubRefused,
    HubSilent,
    HubUnreachable,
    SettingInvalid,
)

PUBLIC_HUB = "https://huggingface.co"
CONNECT_SECONDS = 4.0
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@dataclass(frozen=True)
class HubFile:
    """One file of a revision. Large ones have a SHA-256; of small ones the hub states git's blob SHA-1 only."""

    name: str
    size: int
    sha256: str | None
    blob_sha1: str


@dataclass(frozen=True)
class Answer:
    """A file on its way: where its first byte belongs, and the bytes as they come."""

    start: int
    pieces: Iterator[bytes]


class Hub:
    """One revision of one repository at one address. For one thread."""

    def __init__(self, source: WeightSource, url: str, token: str | None, silence_seconds: float) -> None:
        """Connects to nothing yet.

        Args:
            source: repository and revision.
            url: the address, without a slash at its end.
            token: sent to this address only, never along a redirect.
            silence_seconds: how long a connection may send nothing.

        Raises:
            HubUnreachable: the proxy that the environment names is none.
        """
        self.url = url
        self._source = source
        self._silence_seconds = silence_seconds
        # Bytes as they are stored: hashes and ranges are of those.
        headers = {"Accept-Encoding": "identity", "User-Agent": "i2v"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        timeout = httpx.Timeout(silence_seconds, connect=CONNECT_SECONDS)
        try:
            self._http = httpx.Client(headers=headers, timeout=timeout, follow_redirects=True)
        except (ImportError, ValueError, httpx.InvalidURL) as cause:
            raise HubUnreachable(url=url, reason=str(cause)) from cause

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def list_files(self) -> dict[str, HubFile]:
        """All files of the revision, by name.

        Raises:
            WeightsFault: the hub does not say.
        """
        what = f"{self._source.repo} ({self._source.revision[:8]})"
        address = f"/api/models/{self._source.repo}/tree/{self._source.revision}"
        with self._faults_named():
            answer = self._http.get(self.url + address, params={"recursive": "true"})
        self._refuse(answer, what)
        try:
            return {entry["path"]: _file(entry) for entry in answer.json() if entry["type"] == "file"}
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise HubAnswerOdd(url=self.url, what=what, found=_kind(answer)) from cause

    @contextmanager
    def open_file(self, file: HubFile, start: int) -> Iterator[Answer]:
        """The bytes of a file from `start` on, or from its beginning where the hub knows no ranges.

        Raises:
            WeightsFault: the hub does not send it, breaks off, or sends something else.
        """
        address = f"/{self._source.repo}/resolve/{self._source.revision}/{quote(file.name)}"
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._faults_named(), self._http.stream("GET", self.url + address, headers=headers) as answer:
            self._refuse(answer, file.name)
            begins = start if answer.status_code == 206 else 0
            if not _is_of(answer, file, begins):
                raise HubAnswerOdd(url=self.url, what=file.name, found=_kind(answer))
            yield Answer(begins, answer.iter_raw())

    def _refuse(self, answer: httpx.Response, what: str) -> None:
        status = answer.status_code
        if status in (401, 403):
            raise HubRefused(url=self.url, status=status, page=self._source.page)
        if status in (404, 410):
            raise HubMissing(url=self.url, what=what)
        if status in (408, 429) or status >= 500:
            after = answer.headers.get("Retry-After", "")
            raise HubBusy(url=self.url, status=status, seconds=int(after) if after.isdecimal() else 0)
        if status not in (200, 206):
            raise HubAnswerOdd(url=self.url, what=what, found=str(status))

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except httpx.ReadTimeout as cause:
            raise HubSilent(url=self.url, seconds=round(self._silence_seconds)) from cause
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            reason = re.sub(r"^\[Errno -?\d+\] ", "", str(cause)) or type(cause).__name__
            raise HubUnreachable(url=self.url, reason=reason) from cause


def open_hub(source: WeightSource, silence_seconds: float, environment: Mapping[str, str] | None = None) -> Hub:
    """The hub that the environment names: `HF_ENDPOINT`, else the public one.

    A token goes to the public hub alone; a mirror is a stranger.

    Raises:
        HubOffline: the environment forbids downloads.
        SettingInvalid: `HF_ENDPOINT` is no address.
    """
    variables = os.environ if environment is None else environment
    for name in _OFFLINE:
        if variables.get(name, "").lower() in ("1", "true", "yes", "on"):
            raise HubOffline(variable=name)
    url = (variables.get("HF_ENDPOINT") or PUBLIC_HUB).rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingInvalid(key="HF_ENDPOINT", value=url, allowed="https://…", source="HF_ENDPOINT")
    return Hub(source, url, _token(variables) if url == PUBLIC_HUB else None, silence_seconds)


def _token(variables: Mapping[str, str]) -> str | None:
    """The user's own, from where the hub's library keeps it."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if token := variables.get(name, "").strip():
            return token
    home = variables.get("HF_HOME") or "~/.cache/huggingface"
    path = Path(variables.get("HF_TOKEN_PATH") or f"{home}/token").expanduser()
    try:
        return path.read_text("utf-8").strip() or None
    except (OSError, ValueError):
        return None


def _file(entry: Mapping[str, object]) -> HubFile:
    large = entry.get("lfs")
    sha256 = str(large["oid"]) if isinstance(large, Mapping) else None
    return HubFile(str(entry["path"]), int(str(entry["size"])), sha256, str(entry["oid"]))


def _is_of(answer: httpx.Response, file: HubFile, begins: int) -> bool:
    """Whether an answer can be that part of that file, by its headers."""
    if "text/html" in answer.headers.get("Content-Type", ""):
        return False
    if (
        answer.status_code == 206
        and answer.headers.get("Content-Range") != f"bytes {begins}-{file.size - 1}/{file.size}"
    ):
        return False
    length = answer.headers.get("Content-Length")
    return length is None or length == str(file.size - begins)


def _kind(answer: httpx.Response) -> str:
    kind = answer.headers.get("Content-Type", "").partition(";")[0] or str(answer.status_code)
    length = answer.headers.get("Content-Length")
    return f"{kind}, {length} bytes" if length else kind
