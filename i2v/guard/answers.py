"""What the guard itself says: refusals as problem details, and the security headers of every answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Scope, Send

from i2v.errors import BodyTooSlow, I2VError, MethodRefused, TokenRequired, UploadsBusy
from i2v.guard.cookies import cookie_values
from i2v.guard.pages import opens_page, refusal_page
from i2v.text import LANGUAGE_COOKIE, negotiate
from i2v.text.problems import PROBLEM_TYPE, problem_details

# The page is Gradio's: it starts from inline scripts and styles, compiles its HTML templates, and its video player
# imports its tools from a blob. Nothing may come from or go to another machine, whatever a sentence or file name holds.
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
).encode()

# Not `no-referrer`: with it a browser sends `Origin: null` on the page's own form posts.
SECURITY_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
}


def secured(send: Send) -> Send:
    """Every answer carries the security headers; an answer's own, stricter content policy holds beside ours."""

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in SECURITY_HEADERS]
            ours = [*SECURITY_HEADERS.items(), (b"content-security-policy", _CONTENT_POLICY)]
            message = {**message, "headers": own + ours}
        await send(message)

    return send_secured


def refusal_response(refusal: I2VError, scope: Scope, headers: Headers) -> Response:
    """The refusal in the language of the request: `application/problem+json` (RFC 9457), or a page for a browser."""
    cookies = cookie_values(headers, LANGUAGE_COOKIE)
    language = negotiate(*cookies, headers.get("accept-language"))
    told = {"content-language": language, "cache-control": "no-store", **_extra_headers(refusal)}
    if opens_page(scope, headers):
        return HTMLResponse(refusal_page(refusal, scope, language), refusal.http_status, told)
    content = json.dumps(problem_details(refusal, language), ensure_ascii=False).encode()
    return Response(content, refusal.http_status, told, PROBLEM_TYPE)


def _extra_headers(refusal: I2VError) -> dict[str, str]:
    match refusal:
        case TokenRequired():
            return {"www-authenticate": f'Bearer realm="{refusal.values["realm"]}"'}
        case MethodRefused():
            return {"allow": str(refusal.values["known"])}
        case UploadsBusy():
            return {"retry-after": str(refusal.values["seconds"])}
        case BodyTooSlow():
            return {"connection": "close"}  # or the sender would go on holding it
    return {}
