"""A hub on this machine that serves a model and fails in every way a real one does."""

from __future__ import annotations

import hashlib
import http.server
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from i2v.domain.weight_source import WeightSource

_SURROUNDINGS = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
    "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "XDG_CACHE_HOME",
)  # fmt: skip
PAGE = b"<!doctype html><title>Sign in to the hotel's network</title>"


class StandInHub:
    """Serves one repository at one revision.

    Attributes:
        faults: how each of the next requests for a file goes wrong, first come first served; then all is well.
        fault: how every request for a file goes wrong.
        hurt: only requests for this file count as such; empty: for any.
        listing_fault: the same for the list of files.
        pace: bytes per second of each file; 0: as fast as can be.
        sent: bytes of each file sent so far.
        requests: path and headers of all requests.
    """

    def __init__(self, source: WeightSource, files: dict[str, bytes], port: int = 0) -> None:
        self.source = source
        self.files = files
        self.faults: list[str] = []
        self.fault = ""
        self.hurt = ""
        self.listing_fault = ""
        self.pace = 0
        self.redirect_to = ""
        self.sent: Counter[str] = Counter()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.hub = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked_for(self, name: str) -> int:
        """How many requests for a file came."""
        return sum(path.endswith(f"/{name}") for path, _ in self.requests)

    def next_fault(self, name: str) -> str:
        if self.hurt and name != self.hurt:
            return ""
        return self.faults.pop(0) if self.faults else self.fault

    def listing(self) -> list[dict[str, Any]]:
        """As the hub's API tells it: large files by SHA-256, small ones by git's hash alone."""
        entries: list[dict[str, Any]] = [{"type": "directory", "path": "unet", "oid": "0" * 40, "size": 0}]
        for name, content in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            entry: dict[str, Any] = {"type": "file", "path": name, "size": len(content), "oid": blob}
            if name.endswith((".safetensors", ".bin")):
                entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 135}
            entries.append(entry)
        return entries


def forget_other_hubs(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Neither hub nor proxies, tokens and caches of whoever runs the tests."""
    for name in _SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(home))


@contextmanager
def stand_in_hub(source: WeightSource, files: dict[str, bytes]) -> Iterator[StandInHub]:
    hub = StandInHub(source, files)
    try:
        yield hub
    finally:
        hub.close()


def random_model(source: WeightSource, seed: int, weight_bytes: int = 40_000) -> dict[str, bytes]:
    """A small model of the right names and the wrong everything else, and what else lies in such a repository."""
    draw = random.Random(seed)
    layout = source.layout
    index = {"_class_name": layout.pipeline, **{part: list(kind) for part, kind in layout.parts.items()}}
    files = {"model_index.json": json.dumps(index).encode()}
    for name in layout.plain_files:
        files[name] = json.dumps({"drawn": draw.random()}).encode()
    files["tokenizer/special_tokens_map.json"] = b"{}"
    for name in layout.weight_files:
        for choice in (name, name.replace(".safetensors", ".fp16.safetensors")):
            files[choice] = safetensors(draw.randbytes(draw.randint(1, weight_bytes)))
        files[name.replace(".safetensors", ".bin")] = draw.randbytes(50)
    files["models/original.ckpt"] = draw.randbytes(50)
    files["README.md"] = b"# model"
    files["unet/custom.py"] = b"raise SystemExit"
    return files


def safetensors(data: bytes) -> bytes:
    header = json.dumps({"weight": {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}}).encode()
    return len(header).to_bytes(8, "little") + header + data


def write_model(files: dict[str, bytes], folder: Path, *suffixes: str) -> None:
    """Puts files of a model into a folder, all or those with such an ending."""
    for name, content in files.items():
        if not suffixes or name.endswith(suffixes):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


class _Server(http.server.ThreadingHTTPServer):
    hub: StandInHub
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.server.hub
        path = unquote(urlsplit(self.path).path)  # to a proxy, the whole address comes
        hub.requests.append((path, dict(self.headers)))
        repo, revision = hub.source.repo, hub.source.revision
        if path == f"/api/models/{repo}/tree/{revision}":
            self._list(hub)
        elif path.startswith(f"/{repo}/resolve/{revision}/"):
            name = path.removeprefix(f"/{repo}/resolve/{revision}/")
            if hub.redirect_to:
                self._answer(302, b"", Location=hub.redirect_to + path)
            elif name in hub.files:
                self._send_file(hub, name, hub.next_fault(name))
            else:
                self._answer(404, b"")
        else:
            self._answer(404, b"")

    def _list(self, hub: StandInHub) -> None:
        if not self._refuse(hub, hub.listing_fault):
            self._answer(200, json.dumps(hub.listing()).encode(), Content_Type="application/json")

    def _refuse(self, hub: StandInHub, fault: str) -> bool:
        """Faults that need no file."""
        if fault.isdecimal():
            self._answer(int(fault), b"")
        elif fault == "later":
            self._answer(429, b"", Retry_After="60")
        elif fault == "page":
            self._answer(200, PAGE, Content_Type="text/html; charset=utf-8")
        elif fault == "garbage":
            self._answer(200, b"[1, 2", Content_Type="application/json")
        elif fault == "silent":
            hub.stopping.wait(60)
        elif fault == "hang up":
            self._reset()
        else:
            return False
        return True

    def _send_file(self, hub: StandInHub, name: str, fault: str) -> None:
        if self._refuse(hub, fault):
            return
        content = hub.files[name]
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and fault != "no range" else 0
        body = bytearray(content[start:])
        if fault == "flip" and body:
            body[random.randrange(len(body))] ^= 1 << random.randrange(8)
        if fault == "shorter":
            body = body[: len(body) // 2]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if fault == "unmeasured":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        until = len(body) // 2 if fault == "half" else len(body)
        if fault in ("truncate", "reset", "stall", "unmeasured"):
            until = random.randrange(len(body) + 1)
        self._write(hub, name, bytes(body[:until]))
        if fault == "stall":
            hub.stopping.wait(60)
        if fault == "reset":
            self._reset()
        if fault in ("truncate", "half", "stall"):
            self.close_connection = True

    def _write(self, hub: StandInHub, name: str, data: bytes) -> None:
        step = max(hub.pace // 50, 1) if hub.pace else max(len(data), 1)
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            self.wfile.write(piece)
            hub.sent[name] += len(piece)
            if hub.pace:
                time.sleep(0.02)

    def _reset(self) -> None:
        """The connection dies without a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
