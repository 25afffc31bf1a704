"""Errors as problem details (RFC 9457), with the same keys whoever of us answers."""

from __future__ import annotations

from http import HTTPStatus

from i2v.errors import I2VError, plain_values
from i2v.text import describe
from i2v.text.addresses import address

PROBLEM_TYPE = "application/problem+json"


def help_address(code: str) -> str:
    """Where the server explains a code; a reference relative to the server, as RFC 9457 allows."""
    return address(f"/help/{code}")


def problem_details(error: I2VError, language: str, status: int | None = None) -> dict[str, object]:
    """One error as the client sees it; `values` let another process build the error again.

    Args:
        error: what went wrong.
        language: of `detail` and `fix`.
        status: of the answer, where it is not the error's own.
    """
    status = status or error.http_status
    return {
        "type": help_address(error.code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        **describe(error, language).to_json(),
        "values": plain_values(error),
    }
