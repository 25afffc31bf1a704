"""Nothing is lost: a reload, another tab, another browser or a restart find the job, the clip and the draft again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.visitor import LONG, Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_reload_finds_the_running_job_again(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture, "pan right")
    visitor.set_options(**LONG)
    job = visitor.generate()
    visitor.expect_steps()
    visitor.page.reload()
    visitor.expect_steps()
    assert visitor.shown_job() == job
    expect(visitor.page.locator("#clip img.preview")).to_be_visible()
    expect(visitor.page).to_have_title(re.compile(r"^\d+ % · Picture to clip$"))
    visitor.page.click("#cancel")
    visitor.expect_status("cancelled")
    expect(visitor.page).to_have_title("Picture to clip")


def test_other_tabs_and_browsers_notice_a_job_by_themselves(visit: Callable[..., Visitor], picture: bytes) -> None:
    one, other = visit(), visit()
    tab = one.open_tab()
    one.bring(picture, "roll")
    one.set_options(**LONG)
    job = one.generate()
    expect(other.page.locator("#clip")).to_have_attribute("data-job", job)
    expect(tab.locator("#clip")).to_have_attribute("data-job", job)
    one.expect_steps()
    other.page.click("#cancel")
    one.expect_status("cancelled")


def test_a_job_goes_on_when_its_browser_is_closed(browser: Browser, server: Server, picture: bytes) -> None:
    first = Visitor(browser, server.url)
    first.bring(picture, "push in")
    job = first.generate()
    first.leave()
    second = Visitor(browser, server.url)
    second.expect_status("done")
    assert second.shown_job() == job
    second.wait_until_playing()
    second.leave()


def test_sentence_and_picture_survive_a_reload(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture, "drift to the left, 然后推近")
    visitor.page.reload()
    wait_until_ready(visitor.page)
    expect(visitor.page.locator("#prompt textarea")).to_have_value("drift to the left, 然后推近")
    expect(visitor.page.locator("#picture figcaption")).to_contain_text("holiday.png320 × 240 px")
    visitor.generate()
    visitor.expect_status("done")


def test_the_page_waits_for_a_server_that_starts_again(
    browser: Browser, picture: bytes, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The job of a killed server goes on at the next start, and the open page with it."""
    server = Server(tmp_path).start()
    request.addfinalizer(server.stop)
    visitor = Visitor(browser, server.url)
    visitor.expects_refusals = True
    visitor.bring(picture, "pan left, 慢一点")
    visitor.page.locator("#picture .frame").press("Home")
    visitor.set_options(**LONG, fps=12)
    job = visitor.generate()
    visitor.expect_steps()
    server.kill()
    expect(visitor.page.locator("#clip .offline")).to_contain_text("Reconnecting")
    server.start()
    expect(visitor.page.locator("#clip .offline")).to_have_text("", timeout=15_000)
    visitor.expect_status("running")
    assert visitor.shown_job() == job
    visitor.page.click("#cancel")
    visitor.expect_status("cancelled")
    visitor.page.reload()
    wait_until_ready(visitor.page)
    for tab in (visitor.page, visitor.open_tab()):
        expect(tab.locator("#prompt textarea")).to_have_value("pan left, 慢一点")
        expect(tab.locator("#picture figcaption")).to_contain_text("holiday.png320 × 240 px")
        expect(tab.locator("#picture .frame")).to_have_attribute("aria-valuenow", "0")
        expect(tab.locator("#plan")).to_contain_text("1280 × 1280 px · 32 frames · 2.7 s")
    visitor.leave()
