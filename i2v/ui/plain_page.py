"""The frame of pages that are read: plain HTML without a script, so that they are there when little else works."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable

from fastapi import Request
from fastapi.responses import HTMLResponse

from i2v.text import LANGUAGE_COOKIE, LANGUAGES, negotiate, sentences
from i2v.text.addresses import address

_YEAR_SECONDS = 31_536_000


def answer_in_language(request: Request, render: Callable[[str], str], status: int = 200) -> HTMLResponse:
    """What is rendered for the language that the reader chose (`?lang=`, kept), or else for the browser's."""
    chosen = request.query_params.get("lang")
    cookie = chosen if chosen in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
    language = negotiate(cookie, request.headers.get("accept-language"))
    headers = {"Content-Language": language, "Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    answer = HTMLResponse(render(language), status, headers)
    if chosen and chosen in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, path=address("/"), samesite="strict")
    return answer


def plain_page(title: str, parts: Iterable[str], language: str, path: str) -> str:
    """A whole document: the way to the app, to all help and to the other languages, then the parts."""
    words = sentences("help", language)
    others = (
        f'<a href="{path}?lang={other}" lang="{other}" hreflang="{other}">{name}</a>'
        for other, name in LANGUAGES.items()
        if other != language
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>"
        f'<link rel="icon" href="{address("/elements/icon.svg")}">'
        f'<link rel="stylesheet" href="{address("/elements/room.css")}">'
        f'<link rel="stylesheet" href="{address("/elements/help.css")}"></head>'
        f'<body class="help"><nav><a href="{address("/")}">{words["app"]}</a>'
        f'<a href="{address("/help")}">{words["home"]}</a>{"".join(others)}'
        f"</nav><main>{''.join(parts)}</main></body></html>"
    )


def section(title: str, content: str) -> str:
    """Some HTML under a title."""
    return f"<section><h2>{title}</h2>{content}</section>"


def listing(kind: str, items: Iterable[str], name: str = "") -> str:
    """A list of HTML, `ol` or `ul`."""
    marked = f' class="{name}"' if name else ""
    return f"<{kind}{marked}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"
