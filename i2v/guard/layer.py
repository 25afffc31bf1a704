"""The outermost layer of the server: a request that should not be answered never reaches the page or the API.

A page on this machine is within reach of every web site its user visits. The checks answer the known ways in: DNS
rebinding (Host), cross-site requests (Origin and Fetch Metadata), oversized, slow and crowded uploads, framing.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from i2v.domain.address import Address
from i2v.errors import I2VError, MethodRefused
from i2v.guard.answers import refusal_response, secured
from i2v.guard.bodies import BodyGate
from i2v.guard.fronts import own_path, stand_at_front
from i2v.guard.language import PageLanguage
from i2v.guard.sources import Addresses, check_source
from i2v.guard.tokens import TokenDoor
from i2v.text.addresses import stand_behind

MAX_BODY_BYTES = 64 << 20
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})

# What a reverse proxy says about the caller. Anybody can say it too, so nothing here believes it: where a proxy shows
# the app is a setting.
_HEARSAY = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"x-gradio-server")


class Guard:
    """ASGI layer around the whole app.

    Args:
        app: what is guarded.
        port: the port the browser sees.
        extra_hosts: names the server answers to beside loopback, `name` (same port) or `name:port`.
        any_ip: take any IP address for a good Host too: DNS rebinding needs a name.
        public: where a reverse proxy shows the app; what comes from there may have its path in front or not.
        max_body_bytes: the largest request body, declared or not.
        token: if given, every request must show it: as cookie, as `Authorization: Bearer`, or once as `/?token=`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        port: int,
        extra_hosts: Iterable[str] = (),
        any_ip: bool = False,
        public: Address | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        token: str | None = None,
    ) -> None:
        if token is not None and not token:
            raise ValueError("an empty token lets everybody in; give None for no token")
        if token is None and (any_ip or public):
            raise ValueError("whom strangers can reach, that needs a token")
        self._inner = PageLanguage(app)
        self._addresses = Addresses(port, extra_hosts, any_ip=any_ip, public=public)
        self._public = public
        self._door = None if token is None else TokenDoor(token, port)
        self._gate = BodyGate(max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer_http(scope, receive, secured(send))
        elif scope["type"] == "websocket":
            await self._answer_websocket(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _answer_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            asked = self._addresses.check(scope, headers)
            stand_behind(asked.front)
            scope = stand_at_front(scope, asked.front)
            early = await self._examine(scope, headers, asked)
        except I2VError as refusal:
            early = refusal_response(refusal, scope, headers)
        if early is not None:
            await early(scope, receive, send)
        else:
            await self._gate.pass_through(self._inner, self._trusted(scope, asked), receive, send)

    async def _answer_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            asked = self._addresses.check(scope, headers)
            scope = stand_at_front(scope, asked.front)
            await self._examine(scope, headers, asked)
        except I2VError:
            await receive()  # the `websocket.connect` that a close must follow
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await self._inner(self._trusted(scope, asked), receive, send)

    async def _examine(self, scope: Scope, headers: Headers, asked: Address) -> Response | None:
        """Nothing for a request that may go on, or the answer that ends it here.

        Raises:
            OriginRefused, MethodRefused, TokenRequired: the request must not be answered.
        """
        if scope.get("method", "GET") not in METHODS:
            raise MethodRefused(method=scope["method"][:20], known=", ".join(sorted(METHODS)))
        if asked.front and own_path(scope) == asked.front:
            # Without the slash everything that the page names would be looked for beside it.
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{asked.front}/{'?' if query else ''}{query}", 308)
        check_source(scope, headers, asked)
        return await self._door.check(scope, headers, asked) if self._door else None

    def _trusted(self, scope: Scope, asked: Address) -> Scope:
        """The request as the app may see it: no hearsay about its origin, no token.

        Its scheme is the address's own. Who stands behind a proxy nobody knows, so such a request has no client: it
        must not be taken for one of this machine, whose proxy brought it.
        """
        headers = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(_HEARSAY)]
        if self._door:
            headers = self._door.without_token(headers)
        scheme = {"http": "ws", "https": "wss"}[asked.scheme] if scope["type"] == "websocket" else asked.scheme
        client = None if asked is self._public else scope.get("client")
        return {**scope, "headers": headers, "scheme": scheme, "client": client}
