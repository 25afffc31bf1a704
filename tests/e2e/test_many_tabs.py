"""Tabs left open all day: eight of them work at once, and one that nobody touches hardly asks for anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.e2e.visitor import LONG, PLAYS, Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

TABS = 8
# A browser grants a host six connections for all its tabs: one that is held open by each would leave two without any.
ANSWERED = "fetch('/health', {signal: AbortSignal.timeout(10000)}).then((answer) => answer.json())"


def test_eight_tabs_of_one_browser_all_work_and_see_the_same(visitor: Visitor, picture: bytes) -> None:
    tabs = [visitor.page, *(visitor.open_tab() for _ in range(TABS - 1))]
    visitor.bring(picture, "pan right")
    visitor.set_options(**LONG)
    job = visitor.generate()
    for tab in tabs:
        expect(tab.locator("#clip")).to_have_attribute("data-job", job)
        assert tab.evaluate(ANSWERED) == {"status": "ok"}
    for number, tab in enumerate(tabs):
        tab.fill("#prompt textarea", f"tilt up {number}")
        tab.click("#machine > button")
        expect(tab.locator("#machine-panel")).to_be_visible()
    tabs[-1].click("#cancel")
    for tab in tabs:
        expect(tab.locator("#clip")).to_have_attribute("data-status", "cancelled", timeout=15_000)
    # The last of them makes a clip, and it plays in all.
    visitor.page = tabs[-1]
    visitor.page.reload()
    wait_until_ready(visitor.page)
    visitor.set_options(width=256, height=256, num_frames=8)
    job = visitor.generate()
    for tab in tabs:
        expect(tab.locator("#clip")).to_have_attribute("data-job", job)
        expect(tab.locator("#clip")).to_have_attribute("data-status", "done", timeout=15_000)
        tab.wait_for_function(PLAYS)


def test_a_tab_that_nobody_touches_hardly_asks_for_anything(visit: Callable[..., Visitor], server: Server) -> None:
    """Ten seconds and more of the page's own clock on each view, and how often the server was asked in ten of them."""
    clip = next(job["id"] for job in server.jobs() if job["video"])
    visitor = visit()
    page = visitor.page
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            asked.append(request.url.removeprefix(server.url))

    page.clock.install()
    page.on("request", note)
    views = {"": 8, "#/clips": 8, f"#/clips/{clip}": 8}
    opened = {"#log summary": 20, "#machine > button": 12}
    for address, most in [*views.items(), *opened.items()]:
        if address in views:
            page.goto(f"{server.url}/{address}")
            wait_until_ready(page)
        else:
            page.goto(f"{server.url}/#/")
            wait_until_ready(page)
            page.click(address)
        _let_pass(visitor, 3)
        asked.clear()
        began = page.evaluate("Date.now()")
        _let_pass(visitor, 10)
        passed = page.evaluate("Date.now()") - began
        assert passed >= 10_000
        assert 2 <= len(asked) * 10_000 / passed <= most, (address, passed, asked)
        if address in opened:
            page.click(address)


def _let_pass(visitor: Visitor, seconds: int) -> None:
    """Each time a little, and time for an answer, without which the page asks for nothing more."""
    for _ in range(4 * seconds):
        visitor.page.clock.run_for(250)
        visitor.page.wait_for_timeout(20)
