"""The token that tells friend from stranger once other machines can reach the server."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from secrets import compare_digest
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from i2v.domain.address import Address
from i2v.errors import TokenRequired
from i2v.guard.cookies import cookie_values, without_cookie
from i2v.guard.fronts import own_path
from i2v.guard.pages import opens_page

# Long enough that guessing is hopeless, short enough that a typing error is no punishment.
WRONG_TOKEN_SECONDS = 1.0
_COOKIE_SECONDS = 30 * 24 * 3600
# Without an icon of its own a page has the browser look for one at the host's root, where somebody else may be.
_STEP = b'<!doctype html><title>i2v</title><link rel="icon" href="data:,">'


def realm_of(token: str) -> str:
    """What tells the servers of two tokens apart, and nobody what the tokens are."""
    return sha256(token.encode()).hexdigest()[:12]


class TokenDoor:
    """Opens to the token, as cookie, as `Authorization: Bearer`, or once in the address as `/?token=`."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        self._realm = realm_of(token)
        self._cookie = f"i2v_token_{port}"  # cookies know no ports, and two servers may share this host

    async def check(self, scope: Scope, headers: Headers, asked: Address) -> Response | None:
        """Nothing for a friend; a step to the clean address for a friend with the token in the address.

        Raises:
            TokenRequired: no token or a wrong one, the wrong one only after a pause that holds up nobody else.
        """
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        at_front = scope.get("method") == "GET" and own_path(scope) == "/"
        in_address = [value for name, value in query if name == "token"] if at_front else []
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = cookie_values(headers, self._cookie) + ([bearer.strip()] if scheme.lower() == "bearer" else [])
        if any([self._is_right(token) for token in in_address]):
            rest = [pair for pair in query if pair[0] != "token"]
            return self._step_to_clean_address(rest, asked, is_browser=opens_page(scope, headers))
        if any([self._is_right(token) for token in given]):
            return None
        if given or in_address:
            await asyncio.sleep(WRONG_TOKEN_SECONDS)
        raise TokenRequired(realm=self._realm)

    def without_token(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The request's headers with the token taken out: whatever echoes a header further in cannot leak it."""
        kept: list[tuple[bytes, bytes]] = []
        for name, value in headers:
            if name.lower() == b"cookie":
                value = without_cookie(value.decode("latin-1"), self._cookie).encode("latin-1")
                if not value:
                    continue
            if name.lower() != b"authorization":
                kept.append((name, value))
        return kept

    def _is_right(self, token: str) -> bool:
        return compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    def _step_to_clean_address(self, query: list[tuple[str, str]], asked: Address, *, is_browser: bool) -> Response:
        """Sets the cookie and leads on.

        A browser that came by a link on another site keeps a Strict cookie back for the whole chain of redirects. From
        an answer of ours it starts a new chain, so browsers get a Refresh and programs a plain redirect.
        """
        front = asked.front + "/"
        target = front + (f"?{urlencode(query)}" if query else "")
        onward = {"refresh": f"0; url={target}"} if is_browser else {"location": target}
        response = Response(
            _STEP if is_browser else None,
            status_code=200 if is_browser else 303,
            headers={**onward, "cache-control": "no-store"},
            media_type="text/html",
        )
        response.set_cookie(
            self._cookie,
            self._token.decode(),
            max_age=_COOKIE_SECONDS,
            path=front,  # behind a proxy other programs may stand beside us
            secure=asked.is_encrypted,
            httponly=True,
            samesite="strict",
        )
        return response
