"""The page's language: any Chinese is Simplified Chinese, anything else English, the reader's own choice first.

Gradio looks translations up by the exact `navigator.language`, so `zh`, `zh-HK` or `zh-Hans-CN` would fall to English.
A small script in front of Gradio's own settles it; a script in Gradio's `head` would come too late.
"""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from i2v.guard.fronts import own_path

_SCRIPT = b"<script>" + Path(__file__).with_name("language.js").read_bytes() + b"</script>"
_GRADIO_STARTS = b"<script>window.gradio_config"
# From the host's root, where behind a proxy somebody else may be. We offer no app to install; and where a page names no
# icon, browsers look for one at the root too.
_MANIFEST = b'<link rel="manifest" href="/manifest.json" />'
_ICON = b'<link rel="icon" href="favicon.ico" />'


class PageLanguage:
    """ASGI layer that puts the language script into the HTML of the page and leaves everything else alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope) != "/" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        # Uncompressed, so that there is text to write into.
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, _Page(send, scope["method"]).send)


class _Page:
    """One answer: held back while it is HTML, then sent with the script in it and the length that it has now."""

    def __init__(self, send: Send, method: str) -> None:
        self._send = send
        self._is_head = method == "HEAD"
        self._start: Message | None = None
        self._html = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._html += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_whole(self._start)

    async def _send_whole(self, start: Message) -> None:
        html = bytes(self._html).replace(_GRADIO_STARTS, _SCRIPT + _GRADIO_STARTS, 1).replace(_MANIFEST, _ICON, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        if self._is_head:
            del headers["content-length"]  # nobody made the page, so nobody knows
        else:
            headers["content-length"] = str(len(html))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": html})


def _is_plain_html(start: Message) -> bool:
    headers = Headers(raw=list(start.get("headers", ())))
    is_html = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and is_html and "content-encoding" not in headers
