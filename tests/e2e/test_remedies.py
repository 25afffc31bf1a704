"""Where a click can do what a problem asks for, its box has a button that does it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.visitor import LONG, Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def refused(visitor: Visitor, picture: bytes) -> Visitor:
    """Someone with picture and sentence, who will be refused something."""
    visitor.expects_refusals = True
    visitor.bring(picture)
    return visitor


def _refuse(page: Page, path: str, code: str, **values: object) -> None:
    """From now on that is what the server is said to answer; it cannot be brought into every such state."""
    problem = {"code": code, "detail": f"This is {code}.", "fix": "Do something.", "values": values}

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        return route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))

    page.unroute_all()
    page.route(re.compile(rf"/api/v1/{path}$"), answer)


def test_an_option_is_set_to_what_is_allowed(refused: Visitor) -> None:
    page = refused.page
    width = page.locator("#option--camera--width")
    refused.set_options(width=99_999, num_frames=77)
    refused.press()
    width.get_by_role("button", name="Set Width to 4096").click()
    expect(page.locator("#generate")).to_be_focused()
    expect(width.locator("input")).to_have_value("4096")
    page.keyboard.press("Enter")
    width.get_by_role("button", name="Set Width to 1280").click()
    expect(width.locator("input")).to_have_value("1280")
    expect(page.locator(".problem")).to_have_count(0)
    page.keyboard.press("Enter")
    frames = page.locator("#option--camera--num_frames")
    frames.get_by_role("button", name="Set Frames to 32").click()
    expect(frames.locator("input[type=number]")).to_have_value("32")
    refused.set_options(width=509)
    refused.press()
    width.get_by_role("button", name="Set Width to 512").click()

    # A value that is near nothing goes back to what the preset has.
    refused.set_options(seed=4_294_967_295)
    _refuse(page, "jobs", "option_invalid", option="seed")
    refused.press()
    seed = page.locator("#option--camera--seed")
    seed.get_by_role("button", name="Set Seed back").click()
    expect(seed.locator("input")).to_have_value("")
    page.unroute_all()
    page.keyboard.press("Enter")
    refused.expect_status("done")


def test_an_exact_clip_gets_the_sampler_of_the_reference(refused: Visitor) -> None:
    page = refused.page
    page.click("#more > button")
    page.click("#engine label:has(input[value='i2vgen-xl'])")
    page.click("#option--i2vgen-xl--sampler label:has(input[value='euler'])")
    page.locator("#option--i2vgen-xl--exact input").check()
    refused.press()
    exact = page.locator("#option--i2vgen-xl--exact")
    exact.get_by_role("button", name="Set Sampler to ddim").click()
    expect(page.locator("#option--i2vgen-xl--sampler input[value='ddim']")).to_be_checked()
    expect(exact.locator(".problem")).to_have_count(0)
    # Without exact the preset's own sampler is back; the reference's was no choice of the user's.
    page.locator("#option--i2vgen-xl--exact input").uncheck()
    expect(page.locator("#option--i2vgen-xl--sampler input[value='unipc']")).to_be_checked()
    # Its model is not here: that is said under Generate, with the way to it.
    refused.press()
    page.locator("#plan .problem").get_by_role("button", name="Get the model").click()
    expect(page.locator("#model--i2vgen-xl button").first).to_be_focused()


def test_another_file_can_be_chosen_in_the_place_of_a_bad_one(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.expects_refusals = True
    visitor.press()
    with page.expect_file_chooser():
        page.locator("#picture .problem").get_by_role("button", name="Choose a picture").click()
    another = page.locator("#picture .problem").get_by_role("button", name="Choose another file")
    for code in ("recipe_missing", "recipe_foreign", "recipe_newer", "clip_unreadable"):
        _refuse(page, "recipes", code)
        visitor.choose_file("bad.mp4", b"?", "video/mp4")
        expect(page.locator("#picture .problem")).to_contain_text(code)
        expect(another).to_be_visible()
    for code in ("picture_too_small", "picture_truncated", "body_too_large"):
        _refuse(page, "pictures", code)
        visitor.choose_file("bad.png", picture)
        expect(page.locator("#picture .problem")).to_contain_text(code)
        with page.expect_file_chooser() as dialog:
            another.click()
    page.unroute_all()
    dialog.value.set_files({"name": "good.png", "mimeType": "image/png", "buffer": picture})
    expect(page.locator("#picture figcaption")).to_contain_text("good.png")
    expect(page.locator("#picture .problem")).to_have_count(0)


def test_a_full_queue_is_shown(refused: Visitor, server: Server, picture: bytes) -> None:
    page = refused.page
    for _ in range(2):
        server.submit(picture, {"engine": "camera", "prompt": "zoom in", **LONG})
    expect(page.locator("#queue li")).to_have_count(2)
    _refuse(page, "jobs", "queue_full", waiting=100, limit=100)
    refused.press()
    page.locator("#plan .problem").get_by_role("button", name="Show the queue").click()
    expect(page.locator("#queue button:focus")).to_have_count(1)
    expect(page.locator("#queue li").first).to_be_in_viewport()


def test_a_page_older_than_the_app_is_loaded_anew(refused: Visitor) -> None:
    page = refused.page
    for code in ("engine_unknown", "preset_unknown", "option_unknown"):
        _refuse(page, "jobs", code)
        refused.press()
        expect(page.locator("#plan .problem")).to_contain_text(code)
        expect(page.locator("#plan .remedy")).to_have_text("Load the page anew")
    page.evaluate("document.documentElement.dataset.old = ''")
    page.locator("#plan .problem").get_by_role("button", name="Load the page anew").click()
    page.wait_for_selector("html:not([data-old])[data-ready]", state="attached")
    expect(page.locator("#prompt textarea")).to_have_value("zoom in")


def _pretend_failure(page: Page, code: str) -> None:
    """The newest clip is said to have failed."""
    error = {"code": code, "detail": f"This is {code}.", "fix": "Do something.", "values": {}}

    def fail(job: dict[str, Any]) -> dict[str, Any]:
        return {**job, "status": "failed", "video": None, "video_url": None, "error": error, "batch": None}

    def alter(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        if "jobs" in told:
            told = {"jobs": [fail(told["jobs"][0])]}
        route.fulfill(response=answer, json=told)

    page.unroute_all()
    page.route(re.compile(r"/api/v1/jobs\?"), alter)
    page.reload()
    wait_until_ready(page)


def test_a_clip_that_ran_out_of_memory_is_made_smaller(visitor: Visitor, server: Server, picture: bytes) -> None:
    page = visitor.page
    server.wait_for(server.submit(picture, {"engine": "camera", "prompt": "zoom in", "num_frames": 8})["id"])
    for code in ("out_of_memory", "out_of_gpu_memory"):
        _pretend_failure(page, code)
        expect(page.locator("#clip .problem .remedy")).to_have_text("Make it at 384 × 384 px")
    page.unroute_all()
    page.click("#clip .problem .remedy")
    visitor.expect_status("done")
    newest = server.jobs()[0]
    assert (newest["options"]["width"], newest["options"]["height"]) == (384, 384)


def test_a_folder_that_takes_nothing_more_is_opened(visitor: Visitor) -> None:
    page = visitor.page
    visitor.expects_refusals = True
    for code in ("disk_full", "output_unwritable"):
        _pretend_failure(page, code)
        expect(page.locator("#clip .problem .remedy")).to_have_text("Open folder")
    _refuse(page, "folder/open", "folder_unopened")
    page.click("#clip .problem .remedy")
    # The problem stays, and under it stands why the folder could not be opened either.
    expect(page.locator("#clip .trouble > .problem > p").first).to_have_text("This is output_unwritable.")
    expect(page.locator("#clip .trouble > .problem .problem")).to_contain_text("This is folder_unopened.")


def test_a_job_without_its_picture_asks_for_it(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    _pretend_failure(page, "picture_missing")
    page.locator("#clip .problem").get_by_role("button", name="Reuse all settings").click()
    expect(page.locator("#picture figcaption")).to_contain_text("px")
    expect(page.locator("#prompt textarea")).to_have_value(server.jobs()[0]["options"]["prompt"])
