"""Reading one cookie by name, as sent; a jar parser would stumble over other programs' odd cookies on this host."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.datastructures import Headers


def cookie_values(headers: Headers, name: str) -> list[str]:
    """Every value sent under this name; several servers on one host share a browser's cookies."""
    return [value for line in headers.getlist("cookie") for found, value in _pairs(line) if found == name]


def without_cookie(line: str, name: str) -> str:
    """The Cookie header without one name; empty if nothing is left."""
    return "; ".join(f"{found}={value}" for found, value in _pairs(line) if found != name)


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for part in line.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            yield name, value
