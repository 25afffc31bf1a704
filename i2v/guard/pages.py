"""Refusals as people read them, who open an address in a browser: a page instead of problem details.

All that it needs stands in it, since whoever is refused gets no file of ours; and it is said in every language, since
the way to another one is closed too.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

from i2v.errors import I2VError, TokenRequired
from i2v.text import LANGUAGES, describe, sentences
from i2v.text.addresses import address


def opens_page(scope: Scope, headers: Headers) -> bool:
    """Whether a browser asks for this to show it: programs and scripts take anything, or name JSON."""
    return scope.get("method") in ("GET", "HEAD") and "text/html" in headers.get("accept", "")


def refusal_page(refusal: I2VError, scope: Scope, language: str) -> str:
    """The refusal in every language, the reader's first; the token can be entered where it is what lacks."""
    in_order = sorted(LANGUAGES, key=lambda each: each != language)
    parts = [_told(refusal, scope, each, is_first=each == language) for each in in_order]
    title = html.escape(describe(refusal, language).what)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{title}</title><style>{_style()}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _told(refusal: I2VError, scope: Scope, language: str, *, is_first: bool) -> str:
    told, words = describe(refusal, language), sentences("door", language)
    heading = "h1" if is_first else "h2"
    parts = [f"<{heading}>{html.escape(told.what)}</{heading}>"]
    if isinstance(refusal, TokenRequired):
        if "token" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
            parts.append(f'<p role="alert">{words["wrong"]}</p>')
        parts.append(f"<p>{words['way']}</p>")
        if is_first:
            parts.append(_form(words["token"], words["open"]))
    else:
        parts.append(f"<p>{html.escape(told.fix)}</p>")
    return f'<section lang="{language}">{"".join(parts)}</section>'


def _form(label: str, button: str) -> str:
    """Sends what the address with the token in it sends."""
    return (
        f'<form action="{address("/")}" method="get"><label>{label}<input name="token" type="password" required '
        f'autocomplete="off" autocapitalize="none" spellcheck="false"></label><button>{button}</button></form>'
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text("utf-8")
