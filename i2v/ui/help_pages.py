"""Help at `/help` and `/help/<code>`: what a message means and what to do, and the way to the guides."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from i2v.text import sentences
from i2v.text.addresses import address
from i2v.text.help import HelpPage, find_help, help_codes, help_page
from i2v.ui.guide_pages import GUIDES
from i2v.ui.plain_page import answer_in_language, listing, plain_page, section

_LONGEST_QUERY = 4000


def help_routes() -> APIRouter:
    """`/help` with all subjects, or those that fit `?q=`; `/help/<code>` with one. `?lang=` switches the language."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/help", methods=["GET", "HEAD"])
    def home(request: Request, q: str = "") -> Response:
        found = find_help(q[:_LONGEST_QUERY]) if q.strip() else []
        if len(found) == 1:
            return RedirectResponse(address(f"/help/{found[0]}"), 303)
        return answer_in_language(request, lambda language: render_home(language, q, found))

    @router.api_route("/help/{code:path}", methods=["GET", "HEAD"])
    def one(request: Request, code: str) -> Response:
        if any(code in codes for codes in help_codes().values()):
            return answer_in_language(request, lambda language: render_page(help_page(code, language), language))
        return answer_in_language(request, lambda language: render_home(language, code, find_help(code)), 404)

    return router


def render_page(page: HelpPage, language: str) -> str:
    """One subject as a whole HTML document."""
    words = sentences("help", language)
    parts = [f"<h1>{_inline(page.title)}</h1>"]
    if page.what:
        parts.append(f'<p class="seen">{html.escape(page.what)}</p>')
    parts.append(f'<p class="code">{words["code"]} <code>{html.escape(page.code)}</code></p>')
    parts.append(section(words["why"], f"<p>{_inline(page.why)}</p>"))
    parts.append(section(words["steps"], listing("ol", map(_inline, page.steps))))
    if page.log:
        parts.append(section(words["log"], f"<p>{_inline(words[f'log.{page.log}'])}</p>"))
    if page.messages:
        messages = (f"<code>{html.escape(message)}</code>" for message in page.messages)
        parts.append(section(words["messages"], listing("ul", messages, "messages")))
    if page.related:
        parts.append(section(words["related"], listing("ul", (_link(code, language) for code in page.related))))
    return plain_page(page.title, parts, language, address(f"/help/{page.code}"))


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
        parts.append(section(title, listing("ul", links) if links else f"<p>{words['search.none']}</p>"))
    guides = (f'<a href="{address(f"/docs/{name}")}">{words[f"guide.{name}"]}</a>' for name in GUIDES)
    parts.append(section(words["guides"], listing("ul", guides)))
    for group, codes in help_codes().items():
        parts.append(section(words[f"group.{group}"], listing("ul", (_link(code, language) for code in codes))))
    return plain_page(words["home"], parts, language, address("/help"))


def _search_form(label: str, query: str, language: str) -> str:
    told = sentences("help", language)["search.label"]
    return (
        f'<form action="{address("/help")}" method="get" role="search">'
        f'<label for="q">{told}</label><textarea id="q" name="q" rows="3">{html.escape(query)}</textarea>'
        f"<button>{label}</button></form>"
    )


def _link(code: str, language: str) -> str:
    return f'<a href="{address("/help/" + html.escape(code))}">{_inline(help_page(code, language).title)}</a>'


def _inline(text: str) -> str:
    """Text with `code` between backticks; everything else is escaped."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
