"""The project's own guides, `docs/*.md`, as pages at `/docs/<name>`: there without a network, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from i2v.errors import AddressUnknown
from i2v.settings import PROJECT
from i2v.text.addresses import address
from i2v.ui.plain_page import answer_in_language, plain_page

DOCS = PROJECT / "docs"
PICTURES = DOCS / "pictures" / "guide"
GUIDES = ("guide", "advice", "settings", "running", "install", "windows")

_CHECKED = {"Cache-Control": "no-cache"}


def guide_routes() -> APIRouter:
    """`/docs/<name>` for each of the guides, and the pictures in them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs/pictures/guide/{name}")
    def picture(name: str) -> FileResponse:
        files = {path.name: path for path in PICTURES.glob("*.webp")}
        if name not in files:
            raise AddressUnknown(method="GET", path=f"/docs/pictures/guide/{name}"[:200])
        return FileResponse(files[name], media_type="image/webp", headers=_CHECKED)

    @router.api_route("/docs/{name}", methods=["GET", "HEAD"])
    def guide(request: Request, name: str) -> Response:
        if name not in GUIDES or not (DOCS / f"{name}.md").is_file():
            raise AddressUnknown(method="GET", path=f"/docs/{name}"[:200])
        return answer_in_language(request, lambda language: render_guide(name, language))

    return router


def render_guide(name: str, language: str) -> str:
    """A guide as a whole HTML document. Links between guides stay; those to other files of the project become text."""
    title, content = _read(name, language)
    return plain_page(title, [f'<article class="guide">{content}</article>'], language, address(f"/docs/{name}"))


@cache
def _read(name: str, language: str) -> tuple[str, str]:
    from markdown_it import MarkdownIt  # takes memory that a server without readers need not have

    page = DOCS / (f"{name}.md" if language == "en" else f"{name}.{language}.md")
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(re.sub(r"^<!--.*?-->\n", "", page.read_text("utf-8"), flags=re.S))
    title = name
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(inline.content))
            title = inline.content if opening.tag == "h1" else title
        if inline.children:
            inline.children = list(_linked(inline.children, page))
    content = parser.renderer.render(tokens, parser.options, {})
    # Wide ones scroll by themselves on a small screen.
    return title, content.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def _anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def _linked(tokens: list[Any], page: Path) -> Iterator[Any]:
    is_link = False
    for token in tokens:
        if token.type == "link_open":
            target = _target(str(token.attrs["href"]), page)
            is_link = bool(target)
            token.attrs["href"] = target
        if is_link or not token.type.startswith("link_"):
            yield token


def _target(href: str, page: Path) -> str:
    """Where a link of a guide leads on the page; empty where only the project's folder has it."""
    name, _, anchor = href.partition("#")
    if not name or re.match(r"\w+:", href):
        return href
    if name.startswith("errors/"):
        return "../help"
    stem, _, language = Path(name).stem.partition(".")
    if stem == "README":  # how it is started, which on this page has happened already
        return "install"
    if stem not in GUIDES or Path(name).parent != Path():
        return ""
    other = "" if bool(language) == ("." in page.stem) else f"?lang={language or 'en'}"
    return f"{stem}{other}{f'#{anchor}' if anchor else ''}"
