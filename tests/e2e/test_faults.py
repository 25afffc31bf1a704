"""Errors stand where they belong, and say what to do."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from tests.e2e.visitor import LONG, Visitor
from tests.serving import Server

pytestmark = pytest.mark.browser


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _refused(visitor: Visitor) -> None:
    visitor.expects_refusals = True


def test_a_text_file_is_refused_at_the_picture(visitor: Visitor, picture: bytes) -> None:
    problem = visitor.page.locator("#picture .problem")
    visitor.choose_file("notes.txt", b"buy milk", "text/plain")
    expect(problem).to_contain_text("notes.txt")
    expect(visitor.page.locator("#picture .drop")).to_be_visible()
    visitor.bring(picture)
    expect(problem).to_have_count(0)


def test_a_tiny_picture_is_refused_and_the_one_before_stays(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture)
    visitor.choose_file("dot.png", png(20, 20))
    expect(visitor.page.locator("#picture .problem")).to_contain_text("20 × 20")
    expect(visitor.page.locator("#picture figcaption")).to_contain_text("holiday.png")


def test_without_a_picture_generate_asks_for_one(visitor: Visitor) -> None:
    visitor.press()
    expect(visitor.page.locator("#picture .problem")).to_contain_text("There is no picture yet.")
    expect(visitor.page.locator("#picture .drop")).to_be_focused()


def test_a_refused_option_is_told_beside_it(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture)
    visitor.set_options(width=4000)
    visitor.page.click("#more > button")
    visitor.press()
    problem = visitor.page.locator("#option--camera--width .problem")
    expect(problem).to_contain_text("1280")
    expect(visitor.page.locator("#light")).to_be_hidden()
    expect(visitor.page.locator("#option--camera--width input")).to_be_focused()
    visitor.set_options(width=512)
    expect(problem).to_have_count(0)


def test_an_engine_without_its_files_is_told_under_generate(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture)
    visitor.page.click("#more > button")
    visitor.page.click("#engine label:has(input[value='i2vgen-xl'])")
    visitor.press()
    expect(visitor.page.locator("#plan .problem")).to_contain_text("i2vgen-xl")


def test_a_failed_job_says_why_and_can_be_tried_again(visitor: Visitor, picture: bytes, server: Server) -> None:
    """Its picture is taken away while it waits behind another job, and then put back."""
    ahead = server.submit(picture, {"prompt": "zoom in", **LONG})
    visitor.choose_file("other.png", png(400, 300))
    job = visitor.generate()
    visitor.expect_status("queued")
    kept = server.home / "inputs" / f"{server.get(f'/api/v1/jobs/{job}')['picture']['sha256']}.png"
    away = kept.rename(server.home / "away.png")
    server.cancel(ahead["id"])
    visitor.expect_status("failed")
    expect(visitor.page.locator("#clip .headline")).to_have_text("This did not work")
    expect(visitor.page.locator("#clip .problem .fix")).to_contain_text("picture")
    visitor.page.click("#again")
    refusal = visitor.page.locator("#clip .trouble > .problem")
    expect(refusal).to_have_count(1)
    expect(refusal).to_contain_text("picture")
    away.rename(kept)
    visitor.page.click("#again")
    visitor.expect_status("done")
    assert visitor.shown_job() != job


def test_a_clip_that_cannot_be_saved_is_said_to_be_safe(visitor: Visitor) -> None:
    """The server's answer is altered on its way: a disk is not filled up for a test of the page."""
    problem = {"code": "disk_full", "detail": "The disk is full.", "fix": "Then generate again."}
    _pretend(visitor, {"stage": "blocked", "step": 8, "total_steps": 8, "blocked_by": problem, "preview_url": None})
    visitor.expect_status("running")
    card = visitor.page.locator("#clip")
    expect(card.locator(".headline")).to_have_text("Finished, but not saved yet")
    expect(card).to_contain_text("The disk is full.Free some space there.")
    expect(card).not_to_contain_text("again")
    expect(card).to_contain_text("The clip is finished and kept safe.")


def test_a_stage_this_page_does_not_know_is_just_work(visitor: Visitor) -> None:
    _pretend(visitor, {"stage": "dreaming", "step": 0, "total_steps": 0, "blocked_by": None, "preview_url": None})
    visitor.expect_status("running")
    expect(visitor.page.locator("#clip .headline")).to_have_text("At work")


def test_a_server_that_never_answers_is_told_under_generate(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture)
    visitor.page.clock.install()
    visitor.page.route("**/api/v1/**", lambda route: route.abort())
    visitor.press()
    problem = visitor.page.locator("#plan .problem")
    for _ in range(60):  # each try begins when the one before it has failed
        visitor.page.clock.run_for(500)
        if problem.count():
            break
    expect(problem).to_contain_text("The app does not answer.")


def _pretend(visitor: Visitor, progress: dict[str, Any]) -> None:
    """From now on the newest job is said to be running, and to be that far."""

    def pretend(job: dict[str, Any]) -> dict[str, Any]:
        return {**job, "status": "running", "video": None, "video_url": None, "progress": progress}

    def alter(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        route.fulfill(response=answer, json={"jobs": [pretend(told["jobs"][0])]} if "jobs" in told else pretend(told))

    visitor.page.route(re.compile(r"/api/v1/jobs(\?|/[0-9a-f]+$)"), alter)
