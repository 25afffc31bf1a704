"""Help at `/help` and `/help/<code>`: plain HTML without a script, so that it is there when little else works."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from i2v.text import LANGUAGE_COOKIE, LANGUAGES, negotiate, sentences
from i2v.text.addresses import address
from i2v.text.help import HelpPage, find_help, help_codes, help_page

_LONGEST_QUERY = 4000
_YEAR_SECONDS = 31_536_000


def help_routes() -> APIRouter:
    """`/help` with all subjects, or those that fit `?q=`; `/help/<code>` with one. `?lang=` switches the language."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/help", methods=["GET", "HEAD"])
    def home(request: Request, q: str = "") -> Response:
        found = find_help(q[:_LONGEST_QUERY]) if q.strip() else []
        if len(found) == 1:
            return RedirectResponse(address(f"/help/{found[0]}"), 303)
        return _answer(request, lambda language: render_home(language, q, found))

    @router.api_route("/help/{code:path}", methods=["GET", "HEAD"])
    def one(request: Request, code: str) -> Response:
        if any(code in codes for codes in help_codes().values()):
            return _answer(request, lambda language: render_page(help_page(code, language), language))
        return _answer(request, lambda language: render_home(language, code, find_help(code)), 404)

    return router


def _answer(request: Request, render: Callable[[str], str], status: int = 200) -> HTMLResponse:
    chosen = request.query_params.get("lang")
    cookie = chosen if chosen in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
    language = negotiate(cookie, request.headers.get("accept-language"))
    headers = {"Content-Language": language, "Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    answer = HTMLResponse(render(language), status, headers)
    if chosen and chosen in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, path=address("/"), samesite="strict")
    return answer


def render_page(page: HelpPage, language: str) -> str:
    """One subject as a whole HTML document."""
    words = sentences("help", language)
    parts = [f"<h1>{_inline(page.title)}</h1>"]
    if page.what:
        parts.append(f'<p class="seen">{html.escape(page.what)}</p>')
    parts.append(f'<p class="code">{words["code"]} <code>{html.escape(page.code)}</code></p>')
    parts.append(_section(words["why"], f"<p>{_inline(page.why)}</p>"))
    parts.append(_section(words["steps"], _list("ol", map(_inline, page.steps))))
    if page.log:
        parts.append(_section(words["log"], f"<p>{_inline(words[f'log.{page.log}'])}</p>"))
    if page.messages:
        messages = (f"<code>{html.escape(message)}</code>" for message in page.messages)
        parts.append(_section(words["messages"], _list("ul", messages, "messages")))
    if page.related:
        parts.append(_section(words["related"], _list("ul", (_link(code, language) for code in page.related))))
    return _document(page.title, parts, language, address(f"/help/{page.code}"))


def render_home(language: str, query: str, found: Iterable[str]) -> str:
    """The search field, what it found, and all subjects."""
    words = sentences("help", language)
    parts = [
        f"<h1>{words['home']}</h1>",
        f"<p>{words['home.lead']}</p>",
        _search_form(words["search"], query, language),
    ]
    if query.strip():
        links = [_link(code, language) for code in found]
        title = words["search.found"].format(query=html.escape(_shortened(query)))
        parts.append(_section(title, _list("ul", links) if links else f"<p>{words['search.none']}</p>"))
    for group, codes in help_codes().items():
        parts.append(_section(words[f"group.{group}"], _list("ul", (_link(code, language) for code in codes))))
    return _document(words["home"], parts, language, address("/help"))


def _document(title: str, parts: Iterable[str], language: str, path: str) -> str:
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


def _search_form(label: str, query: str, language: str) -> str:
    told = sentences("help", language)["search.label"]
    return (
        f'<form action="{address("/help")}" method="get" role="search">'
        f'<label for="q">{told}</label><textarea id="q" name="q" rows="3">{html.escape(query)}</textarea>'
        f"<button>{label}</button></form>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _list(kind: str, items: Iterable[str], name: str = "") -> str:
    marked = f' class="{name}"' if name else ""
    return f"<{kind}{marked}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"


def _link(code: str, language: str) -> str:
    return f'<a href="{address("/help/" + html.escape(code))}">{_inline(help_page(code, language).title)}</a>'


def _inline(text: str) -> str:
    """Text with `code` between backticks; everything else is escaped."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
