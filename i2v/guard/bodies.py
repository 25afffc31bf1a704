"""Request bodies on their way in: how large, how slow, how many at once."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from i2v.errors import BodyTooLarge, BodyTooSlow, I2VError, UploadsBusy
from i2v.guard.answers import refusal_response

UPLOADS_AT_ONCE = 8
UPLOAD_WAIT_SECONDS = 10.0
# A body may keep us waiting this long, and longer the more of it has come.
BODY_GRACE_SECONDS = 20.0
BODY_SLOWEST_BYTES_PER_SECOND = 64 << 10
# A larger body that is not a form counts as an upload too.
_SMALL_BYTES = 1 << 20


class BodyGate:
    """Lets bodies of up to `max_bytes` through, eight uploads at a time; the ninth waits for a place."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._places = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def pass_through(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the app on the request; a body that breaks a rule ends in a refusal instead of the app's answer."""
        headers = Headers(scope=scope)
        length = _declared_bytes(headers)
        if length is not None and length > self._max_bytes:
            refusal: I2VError = BodyTooLarge.of(length, self._max_bytes)
        elif _is_upload(headers, length) and not await self._take_place():
            refusal = UploadsBusy(limit=UPLOADS_AT_ONCE, seconds=round(UPLOAD_WAIT_SECONDS))
        else:
            places = self._places if _is_upload(headers, length) else None
            await _Body(receive, send, self._max_bytes, places).run(app, scope, headers)
            return
        await refusal_response(refusal, scope, headers)(scope, receive, send)

    async def _take_place(self) -> bool:
        try:
            async with asyncio.timeout(UPLOAD_WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            return False
        return True


class _Body:
    """One body: counted and timed while the app reads it, holding its upload place until all of it is here.

    The app learns of a broken rule as if the client had gone away, and what it then says is not passed on.
    """

    def __init__(self, receive: Receive, send: Send, max_bytes: int, places: asyncio.Semaphore | None) -> None:
        self._receive, self._send = receive, send
        self._max_bytes = max_bytes
        self._places = places
        self._received = 0
        self._waited_seconds = 0.0
        self._is_complete = False
        self._is_answered = False
        self._refusal: I2VError | None = None

    async def run(self, app: ASGIApp, scope: Scope, headers: Headers) -> None:
        try:
            await app(scope, self.receive, self.send)
        except Exception:
            if self._refusal is None or self._is_answered:
                raise
        finally:
            self._give_place_back()
        if self._refusal is not None and not self._is_answered:
            await refusal_response(self._refusal, scope, headers)(scope, self._receive, self._send)

    async def send(self, message: Message) -> None:
        if self._refusal is None or self._is_answered:
            self._is_answered = True
            await self._send(message)

    async def receive(self) -> Message:
        if self._is_complete:
            return await self._receive()  # from here on it only tells of a client gone away
        if self._refusal is not None:
            return {"type": "http.disconnect"}
        message = await self._next_part()
        if message is None or message["type"] != "http.request":
            self._give_place_back()
            return message or {"type": "http.disconnect"}
        self._received += len(message.get("body", b""))
        if self._received > self._max_bytes:
            self._refuse(BodyTooLarge.of(self._received, self._max_bytes))
            return {"type": "http.disconnect"}
        if not message.get("more_body", False):
            self._is_complete = True
            self._give_place_back()
        return message

    async def _next_part(self) -> Message | None:
        """The next part, or nothing when it did not come in time. The time the app takes between parts is its own."""
        clock = asyncio.get_running_loop()
        allowed = BODY_GRACE_SECONDS + self._received / BODY_SLOWEST_BYTES_PER_SECOND
        began = clock.time()
        try:
            async with asyncio.timeout(allowed - self._waited_seconds):
                return await self._receive()
        except TimeoutError:
            self._refuse(BodyTooSlow(seconds=round(allowed)))
            return None
        finally:
            self._waited_seconds += clock.time() - began

    def _refuse(self, refusal: I2VError) -> None:
        self._refusal = refusal
        self._give_place_back()

    def _give_place_back(self) -> None:
        if self._places is not None:
            self._places.release()
            self._places = None


def _declared_bytes(headers: Headers) -> int | None:
    """Content-Length, or nothing where it is absent or odd; what comes is counted in any case."""
    text = headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _is_upload(headers: Headers, length: int | None) -> bool:
    if headers.get("content-type", "").lower().startswith("multipart/"):
        return True
    is_chunked = "transfer-encoding" in headers
    return is_chunked or (length is not None and length > _SMALL_BYTES)
