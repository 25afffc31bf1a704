"""Errors as `application/problem+json`, the same text as on the page and the command line."""

from __future__ import annotations

import logging
import uuid

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from i2v.errors import AddressUnknown, I2VError, RequestMalformed
from i2v.text import LANGUAGE_COOKIE, negotiate
from i2v.text.problems import PROBLEM_TYPE, problem_details

log = logging.getLogger(__name__)


def language_of(request: Request) -> str:
    """The reader's language: the page's own switch, else the browser's wish."""
    return negotiate(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


def problem(error: I2VError, language: str, status: int | None = None) -> JSONResponse:
    """One error as the client sees it."""
    headers = {"Retry-After": "5"} if error.http_status in (429, 503) else None
    body = problem_details(error, language, status)
    return JSONResponse(body, status or error.http_status, headers, media_type=PROBLEM_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every failure of the app answer with a problem, none with a traceback."""

    @app.exception_handler(I2VError)
    async def known(request: Request, error: I2VError) -> JSONResponse:
        return problem(error, language_of(request))

    # FastAPI's own handler echoes the input and fails on NaN and on bodies that are not UTF-8.
    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(RequestMalformed(reason=f"{where}: {first['msg']}"), language_of(request))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code in (404, 405):
            raised: I2VError = AddressUnknown(method=request.method, path=request.url.path[:200])
        else:
            raised = RequestMalformed(reason=str(error.detail))
        return problem(raised, language_of(request), error.status_code)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> JSONResponse:
        """Nobody reads it, unless the guard has hung up on a body and answers itself: no fault of ours to log."""
        return problem(RequestMalformed(reason="the body ended too early"), language_of(request))

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        reference = uuid.uuid4().hex[:8]
        log.error("error %s at %s %s", reference, request.method, request.url.path, exc_info=error)
        return problem(I2VError(reference=reference), language_of(request))
