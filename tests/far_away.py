"""Somebody who uses a server through a reverse proxy, by HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.serving import Server


class FarAway:
    """A client at the address `url` that a reverse proxy gives a server, with the server's token."""

    def __init__(self, server: Server, url: str) -> None:
        self.server, self.url = server, url
        self.token = server.token or ""

    def open(self, path: str, *, data: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """What the proxy answers at an address of the app, given in full, from the host's root, or below the front."""
        request = urllib.request.Request(urljoin(f"{self.url}/", path), data)
        for name, value in {"Authorization": f"Bearer {self.token}", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=60)
        return answer

    def read(self, path: str, **headers: str) -> bytes:
        with self.open(path, data=None, **headers) as answer:
            return answer.read()

    def submit(self, picture: bytes, wish: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """A job handed in through the proxy, and where its answer says that it is."""
        mark = "5f1c0e9d"
        parts = (
            f'--{mark}\r\nContent-Disposition: form-data; name="request"\r\n\r\n{json.dumps(wish)}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        )
        body = parts.encode() + picture + f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        with self.open("api/v1/jobs", data=body, Content_Type=kind, Origin=origin) as answer:
            assert answer.status == 202
            return json.loads(answer.read()), str(answer.headers["Location"])

    def follow(self, job: dict[str, Any]) -> tuple[list[dict[str, Any]], list[float]]:
        """The job's events as they come, and when each came."""
        views, seconds = [], []
        with self.open(f"api/v1/jobs/{job['id']}/events") as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            for line in answer:
                if line.startswith(b"data: "):
                    views.append(json.loads(line[6:]))
                    seconds.append(time.monotonic())
        return views, seconds
