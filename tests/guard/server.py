"""A real app behind a real Guard on a real server, and a client that can say what no well-behaved client says."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from i2v.guard import Guard

PAGE_LIMIT_BYTES = 2 << 20
FORM_BOUNDARY = "b0undary"
FORM_END = f"--{FORM_BOUNDARY}--\r\n".encode()


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, body as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed


@dataclass(frozen=True)
class CallLog:
    """The names of the handlers that ran, in a file, so that a server in another process can write it."""

    path: Path

    def add(self, name: str) -> None:
        with self.path.open("a") as log:
            log.write(name + "\n")

    def names(self) -> list[str]:
        return self.path.read_text().split()

    def clear(self) -> None:
        self.path.write_text("")


@dataclass(frozen=True)
class Served:
    """A running server: its port, and the handlers that ran."""

    port: int
    calls: CallLog

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def ask(
        self,
        path: str = "/",
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        host: str | None = None,
    ) -> Answer:
        """One request, sent exactly as said: path unchanged, Host as given, no header added but Content-Length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self.host if host is None else host)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def upload(self, data: bytes, path: str = "/api/v1/jobs", **headers: str) -> Answer:
        """A picture sent to a REST route as a form, as a page's form sends it."""
        body = form_part("image", data) + FORM_END
        return self.ask(path, "POST", headers={**form_type(), **headers}, body=body)

    def speak(self, raw: bytes) -> bytes:
        """Bytes straight into the socket, and all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))


def form_type() -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={FORM_BOUNDARY}"}


def form_part(field_name: str, data: bytes, file_name: str = "picture.png") -> bytes:
    """One file of a form; FORM_END follows the last."""
    head = f'--{FORM_BOUNDARY}\r\nContent-Disposition: form-data; name="{field_name}"; filename="{file_name}"\r\n\r\n'
    return head.encode() + data + b"\r\n"


def rest_app(calls: CallLog) -> FastAPI:
    """Routes of the kinds the real API has; every handler that runs leaves its name in `calls`."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/jobs")
    async def list_jobs() -> list[str]:
        calls.add("list")
        return []

    @app.post("/api/v1/jobs")
    async def submit(image: UploadFile) -> int:
        calls.add("submit")
        return len(await image.read())

    @app.post("/api/v1/estimate")
    async def estimate(request: Request) -> int:
        data = await request.body()
        calls.add("estimate")
        return len(data)

    @app.post("/api/v1/linger")
    async def linger(request: Request) -> None:
        async for _ in request.stream():
            await asyncio.sleep(0.1)

    @app.post("/api/v1/slow")
    async def slow(image: UploadFile) -> None:
        calls.add("slow")
        await asyncio.sleep(1)

    @app.get("/api/v1/ticks")
    async def ticks() -> StreamingResponse:
        async def tick() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(0.1)
                yield b"tick "

        return StreamingResponse(tick())

    @app.delete("/api/v1/jobs/{job_id}")
    async def delete(job_id: str) -> str:
        calls.add("delete")
        return job_id

    @app.get("/api/v1/seen")
    async def seen(request: Request) -> dict[str, Any]:
        return {"url": str(request.url), "headers": dict(request.headers)}

    return app


@contextmanager
def serve(app: ASGIApp, calls: CallLog, **guard_options: Any) -> Iterator[Served]:
    """Runs the app behind a Guard on a free port, on a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn_server(app, listener, **guard_options)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield answering(listener, calls)
        finally:
            server.should_exit = True
            thread.join()


def uvicorn_server(app: ASGIApp, listener: socket.socket, **guard_options: Any) -> uvicorn.Server:
    """Uvicorn as it comes, its trust in proxies left on: the guard must not need it off."""
    guard = Guard(app, port=listener.getsockname()[1], **guard_options)
    config = uvicorn.Config(guard, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
    return uvicorn.Server(config)


def run_page_server(listener: socket.socket, calls: CallLog, uploads: Path) -> None:
    """REST routes with a Gradio page at `/`, as the app has them, behind a guard that takes 2 MiB; until terminated."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read once, at import
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    from .sample_page import mount_page

    app = rest_app(calls)
    mount_page(app, calls)
    uvicorn_server(app, listener, max_body_bytes=PAGE_LIMIT_BYTES).run(sockets=[listener])


def answering(listener: socket.socket, calls: CallLog) -> Served:
    """The server once it answers; its socket listens already, so the first request just waits."""
    served = Served(listener.getsockname()[1], calls)
    calls.clear()
    served.ask("/api/v1/seen")
    return served
