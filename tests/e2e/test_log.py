"""The log on the page: live while it is looked at, still while it is read, and where a failure leads."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.test_queue import hold
from tests.e2e.visitor import LONG, Visitor
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_failed_job_leads_to_the_log_which_is_live_filtered_paused_and_copied(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    """The second job's picture is taken away while it waits."""
    visitor = visit(viewport={"width": 360, "height": 480})
    page = visitor.page
    small = {"prompt": "tilt up", "width": 128, "height": 128, "num_frames": 4}
    for _ in range(8):  # a log that is long enough to scroll
        server.wait_for(server.submit(picture, small)["id"])
    running = server.submit(picture, {"prompt": "pan left", **LONG})["id"]
    hold(server)
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (9, 99, 199)).save(buffer, "PNG")
    failing = server.submit(buffer.getvalue(), {"prompt": "roll", "width": 128, "height": 128})
    (server.home / "inputs" / f"{failing['picture']['sha256']}.png").unlink()
    visitor.expects_refusals = True  # its picture, that is
    row = page.locator("#queue li").filter(has_text="roll")
    row.locator(".sentence").click()
    server.cancel(running)
    visitor.expect_status("failed")

    entries = page.locator("#log .entries")
    expect(entries).to_be_hidden()
    page.click("#show-log")
    expect(page.locator("#log summary")).to_be_focused()
    expect(page.locator("#log summary")).to_have_text("Hide log")
    expect(entries).to_contain_text(f"job {running}: cancelled")
    error = entries.locator(".error").filter(has_text=failing["id"]).first
    expect(error).to_contain_text("failed: picture_missing")
    assert entries.evaluate("list => list.scrollTop + list.clientHeight >= list.scrollHeight - 1")

    page.click("#log-only")
    expect(entries.get_by_text(f"job {running}: cancelled")).to_be_hidden()
    expect(error).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#log-copy")
    expect(page.locator("#log .bar p")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "failed: picture_missing" in copied
    assert f"job {running}: cancelled" not in copied
    page.click("#log-only")

    entries.evaluate("list => list.scrollTop = 0")
    expect(page.locator("#log .bar p")).to_have_text("Paused while you read.")
    later = server.submit(picture, small)["id"]
    server.wait_for(later)
    expect(page.locator("#clip .actions")).to_be_visible()
    assert later not in entries.inner_text()
    page.click("#log-newest")
    expect(entries).to_contain_text(f"job {later}: done")
    expect(page.locator("#log-newest")).to_be_hidden()


def test_whoever_scrolls_up_reads_even_before_the_browser_tells_of_it(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    """A browser tells of a scroll with the next frame; lines that come sooner must not move what is read."""
    page = visit(viewport={"width": 360, "height": 480}).page
    small = {"prompt": "tilt up", "width": 128, "height": 128, "num_frames": 4}
    page.click("#log summary")
    entries = page.locator("#log .entries")
    while not entries.evaluate("list => list.scrollTop > 100"):
        server.wait_for(server.submit(picture, small)["id"])
    page.evaluate("addEventListener('scroll', (event) => event.stopImmediatePropagation(), true)")
    entries.evaluate("list => list.scrollTop = 0")
    server.wait_for(server.submit(picture, small)["id"])
    expect(page.locator("#log .bar p")).to_have_text("Paused while you read.")
    assert entries.evaluate("list => list.scrollTop") == 0


def test_the_log_goes_on_over_a_restart(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    visitor.expects_refusals = True
    page.click("#log summary")
    started = page.locator("#log .entries").get_by_text("is ready (Python")
    expect(started).to_have_count(1)
    server.stop()
    expect(page.locator("#log .bar p")).to_have_text("The app does not answer.")
    server.start()
    expect(started).to_have_count(2, timeout=20_000)
    expect(page.locator("#log .bar p")).to_have_text("")
    expect(page.locator("#log .gap")).to_have_count(0)
    page.reload()
    page.click("#log summary")
    expect(started).to_have_count(2)
