"""Who opens an address in a browser and is refused reads a page that says how to get in; programs get data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from i2v.domain.address import Address
from i2v.guard import tokens
from i2v.guard.pages import _style
from i2v.settings import PROJECT

from .server import Answer, CallLog, Served, rest_app, serve

TOKEN = "a-long-s3cret"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a token, on this machine and below a path of a reverse proxy's."""
    calls = CallLog(tmp_path_factory.mktemp("pages") / "calls")
    public = Address("https", "video.example.org", "/i2v")
    with serve(rest_app(calls), calls, token=TOKEN, any_ip=True, public=public) as served:
        yield served


def page(answer: Answer) -> str:
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    return answer.body.decode()


def headings(text: str) -> list[tuple[str, str]]:
    return re.findall(r'<section lang="(.*?)"><h[12]>(.*?)</h', text)


def test_a_browser_without_the_token_reads_in_both_languages_how_to_get_in(locked: Served) -> None:
    for language, first in (("en-GB,en", "en"), ("zh-TW", "zh-CN")):
        answer = locked.ask("/help/any", headers={**BROWSER, "Accept-Language": language})
        assert (answer.status, answer.headers["content-language"]) == (401, first)
        assert "www-authenticate" in answer.headers
        text = page(answer)
        told = dict(headings(text))
        assert told == {"en": "This server asks for its access token.", "zh-CN": "访问本服务需要令牌。"}
        assert next(iter(told)) == first
        assert all(words in text for words in ("the start printed it", "启动时会显示它"))
        assert TOKEN not in text
        assert '<p role="alert">' not in text
        assert not re.search(r'(?:src|href)="(?!data:)', text)  # it would be refused too
    assert locked.calls.names() == []


def test_the_token_entered_there_opens_the_page(locked: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "WRONG_TOKEN_SECONDS", 0)
    for host, front in ((None, "/"), ("video.example.org", "/i2v/")):
        form = re.search(r'<form action="(.*?)" method="get"', page(locked.ask(front, headers=BROWSER, host=host)))
        assert form is not None
        assert form[1] == front
        wrong = locked.ask(f"{form[1]}?token=guess", headers=BROWSER, host=host)
        assert wrong.status == 401
        assert '<p role="alert">That is not this server\'s token.</p>' in page(wrong)
        right = locked.ask(f"{form[1]}?token={TOKEN}", headers=BROWSER, host=host)
        assert (right.status, right.headers["refresh"]) == (200, f"0; url={front}")


def test_programs_and_scripts_get_problem_details(locked: Served) -> None:
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        assert locked.ask("/", headers=accept).problem["code"] == "token_required"
    assert locked.ask("/api/v1/jobs", "POST", headers=BROWSER, body=b"").problem["code"] == "token_required"


def test_other_refusals_are_pages_too_and_repeat_nothing_as_markup(start: Callable[..., Served]) -> None:
    plain = start()
    text = page(plain.ask("/", headers=BROWSER, host="<b>evil</b>.example"))
    assert "&lt;b&gt;evil&lt;/b&gt;.example" in text
    assert "<b>" not in text
    assert f"Open it under one of these: 127.0.0.1:{plain.port}" in text
    assert "<form" not in text
    crossing = {**BROWSER, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = plain.ask("/api/v1/jobs", headers=crossing)
    assert answer.status == 403
    assert headings(page(answer))[0][1] == "A request from another site (cross-site) was turned away."


def test_its_colours_are_those_of_the_room() -> None:
    room = (PROJECT / "i2v" / "ui" / "elements" / "room.css").read_text("utf-8")
    own = re.findall(r":root \{(.*?)\}", _style(), re.S)
    assert len(own) == 2
    for block, selector in zip(own, (":root", ".dark"), strict=True):
        (theirs,) = re.findall(re.escape(selector) + r" \{(.*?)\n\}", room, re.S)
        colours = re.findall(r"(--[a-z-]+): (#\w+)", block)
        assert len(colours) == 10
        assert set(colours) <= set(re.findall(r"(--[a-z-]+): (#\w+)", theirs))
