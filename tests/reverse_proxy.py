"""A reverse proxy of the standard library: shows a local server under a path, and writes down who asked for what.

As nginx with `proxy_set_header Host $http_host` and `proxy_buffering off`: bodies go through as they come.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
_PIECE = 1 << 16


class Asked(NamedTuple):
    """One request that reached the proxy, and what became of it; 0 where the client went away."""

    method: str
    path: str
    status: int


class ReverseProxy(ThreadingHTTPServer):
    """Listens on a free port of this machine, on threads, until it is left.

    Args:
        front: the path under which it shows the server on `target_port`; whatever else is asked for gets 404.
        strips: whether it takes that path off before it asks the server.

    `added` headers take the place of the client's own; bodies above `most_bytes` are refused, as nginx does.
    """

    daemon_threads = True

    def __init__(self, front: str = "/i2v", *, strips: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.front, self.strips = front, strips
        self.target_port = 0
        self.added: dict[str, str] = {}
        self.most_bytes = 64 << 20
        self.log: list[Asked] = []
        self.url = f"http://localhost:{self.server_port}{front}"

    def __enter__(self) -> ReverseProxy:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def strays(self) -> list[Asked]:
        """What was asked for outside of its path."""
        return [asked for asked in self.log if not asked.path.startswith(f"{self.front}/")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReverseProxy

    def _pass_on(self) -> None:
        status = 0
        try:
            status = self._relay()
        except OSError:
            self.close_connection = True  # the client has gone, or the server
        finally:
            self.server.log.append(Asked(self.command, self.path, status))

    def _relay(self) -> int:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        refusal = 413 if len(body) > self.server.most_bytes else 0 if self.path.startswith(self.server.front) else 404
        if refusal:
            self.send_error(refusal)
            return refusal
        path = self.path.removeprefix(self.server.front) if self.server.strips else self.path
        link = http.client.HTTPConnection("127.0.0.1", self.server.target_port, timeout=60)
        try:
            link.putrequest(self.command, path or "/", skip_host=True, skip_accept_encoding=True)
            for name, value in {**self.headers, **self.server.added}.items():
                if name.lower() not in _HOP_BY_HOP:
                    link.putheader(name, value)
            link.putheader("X-Forwarded-For", self.client_address[0])
            link.endheaders(body)
            return self._send_back(link.getresponse())
        finally:
            link.close()

    def _send_back(self, answer: http.client.HTTPResponse) -> int:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        has_body = self.command != "HEAD" and answer.status not in (204, 304)
        is_chunked = has_body and "Content-Length" not in answer.headers
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while has_body and (piece := answer.read1(_PIECE)):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        return answer.status

    def log_message(self, format: str, *arguments: object) -> None:
        """The proxy keeps a log of its own."""

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815
