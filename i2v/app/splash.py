"""Answers the port from the first moment: a small page that reloads itself when the app is ready.

It accepts on the listening socket that the real server later takes over, so that no connection is ever refused.
Standard library only, and nothing slow at import.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Picture to clip</title><style>
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px system-ui,sans-serif;
background:#14161a;color:#e8e6e1}
@media(prefers-color-scheme:light){body{background:#f6f4f0;color:#23252a}}
</style><main role="status">Starting… / 正在启动…</main><script>
setInterval(async()=>{try{const{ok,status}=await fetch("health",{cache:"no-store"});
if(ok||status===401)location.reload()}catch{}},200)
</script></html>"""

_TYPE = "Content-Type: text/html; charset=utf-8"


def _answer(status: str, body: str) -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\n{_TYPE}\r\nContent-Length: {len(data)}\r\nCache-Control: no-store\r\n"
    return f"{head}Retry-After: 1\r\nConnection: close\r\n\r\n".encode() + data


_READY_SOON = _answer("200 OK", _PAGE)
_NOT_YET = _answer("503 Service Unavailable", "starting\n")


class Splash:
    """Serves until `stop`; then the listener is free for its owner, still open, its backlog intact."""

    def __init__(self, listener: socket.socket, front: str = "") -> None:
        """Serves the page at `/`, and below the front of a reverse proxy that does not take it off."""
        self._listener = listener
        self._pages = tuple(f"GET {page}{end}".encode() for page in ("/", f"{front}/") for end in (" ", "?"))
        self._stop_reading, self._stop_writing = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="splash", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it; once more does nothing."""
        if not self._thread.is_alive():
            return
        self._stop_writing.send(b"x")
        self._thread.join()
        self._stop_reading.close()
        self._stop_writing.close()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._stop_reading], [], [])
            if self._stop_reading in ready:
                return
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                # Each in its own thread: one that says nothing must not keep the others waiting.
                threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(2)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 65536:
                piece = connection.recv(8192)
                if not piece:
                    return
                head += piece
            connection.sendall(_READY_SOON if head.startswith(self._pages) else _NOT_YET)
            connection.shutdown(socket.SHUT_WR)
            # Reading on until the client closes keeps the kernel from cutting the answer off beside an unread body.
            while connection.recv(65536):
                pass
