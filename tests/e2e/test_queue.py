"""The queue on the page, while the job at work is held where it is: its worker process is stopped in the midst."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.visitor import LONG, Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser


def line(server: Server) -> list[str]:
    return [job["options"]["prompt"] for job in server.get("/api/v1/queue")["jobs"]]


def row(page: Page, sentence: str) -> Locator:
    return page.locator("#queue li").filter(has_text=sentence)


def expect_line(page: Page, *sentences: str) -> None:
    expect(page.locator("#queue li .sentence span")).to_have_text(list(sentences))


def hold(server: Server) -> None:
    """Stops the worker in the middle of the first job in line."""
    while not ((first := server.get("/api/v1/queue")["jobs"][0])["progress"] or {}).get("step"):
        assert first["status"] in ("queued", "running")
    for worker in server.workers():
        worker.suspend()


def hold_one_and_queue(visitor: Visitor, server: Server, picture: bytes, *sentences: str) -> None:
    """The first sentence's job is at work and goes no further; the others wait."""
    first, *others = sentences
    visitor.bring(picture, first)
    visitor.set_options(**LONG)
    visitor.generate()
    hold(server)
    visitor.page.click("#more > button")
    for sentence in others:
        visitor.page.fill("#prompt textarea", sentence)
        visitor.generate()


def test_many_cancelled_jobs_do_not_hide_the_clips_before_them(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    clip = next(job["id"] for job in server.jobs() if job["video_url"])
    first = server.submit(picture, {"engine": "camera", "prompt": "pan left", **LONG})["id"]
    for _ in range(25):
        server.submit(picture, {"engine": "camera", "prompt": "pan left", **LONG})
    assert httpx.post(f"{server.url}/api/v1/queue/cancel").status_code == 200
    server.cancel(first)
    server.wait_for(first)
    page = visit().page
    expect(page.locator("#shelf .clip").first).to_be_visible()
    shown = page.locator("#shelf .clip").evaluate_all("clips => clips.map((clip) => clip.dataset.job)")
    assert shown == [job["id"] for job in server.jobs() if job["video_url"]][:8]
    assert clip in shown
    expect(page.locator("#clip")).to_have_attribute("data-status", "done")


def test_what_waits_is_seen_moved_and_taken_back_in_every_tab(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    visitor = visit()
    page = visitor.page
    hold_one_and_queue(visitor, server, picture, "pan left", "pan right", "tilt up", "roll")
    tab = visitor.open_tab()
    expect_line(page, "pan left", "pan right", "tilt up", "roll")
    expect(row(page, "pan left")).to_contain_text("At work")
    expect(row(page, "tilt up")).to_contain_text("No. 2 in line")
    expect(row(page, "roll").locator(".sentence")).to_have_attribute("aria-pressed", "true")

    up = row(page, "roll").get_by_role("button", name="Move up")
    up.focus()
    page.keyboard.press("Enter")
    expect_line(page, "pan left", "pan right", "roll", "tilt up")
    expect(up).to_be_focused()
    expect(page.locator("#queue .news")).to_have_text("“roll” is now number 2 of 3 in line.")
    row(page, "pan right").get_by_role("button", name="Move down").click()
    expect_line(page, "pan left", "roll", "pan right", "tilt up")
    page.bring_to_front()  # a tab behind another one draws once a second, and drags what was there before
    row(page, "tilt up").drag_to(row(page, "roll"), target_position={"x": 200, "y": 4})
    expect_line(page, "pan left", "tilt up", "roll", "pan right")
    row(page, "pan right").get_by_role("button", name="Run next").click()
    expect_line(page, "pan left", "pan right", "tilt up", "roll")
    expect_line(tab, "pan left", "pan right", "tilt up", "roll")
    assert line(server) == ["pan left", "pan right", "tilt up", "roll"]

    row(page, "tilt up").get_by_role("button", name="Cancel").click()
    expect_line(page, "pan left", "pan right", "roll")
    page.click("#cancel-all")
    expect(page.locator("#queue .cleaning")).to_contain_text("Cancel all 2 waiting clips?")
    page.click("#cancel-all-no")
    expect(page.locator("#cancel-all")).to_be_focused()
    page.click("#cancel-all")
    page.click("#cancel-all-yes")
    expect(tab.locator("#queue section")).to_be_hidden()
    assert line(server) == ["pan left"]


def test_a_waiting_job_is_changed_in_the_form_which_is_then_as_before(
    visitor: Visitor, server: Server, picture: bytes
) -> None:
    page = visitor.page
    hold_one_and_queue(visitor, server, picture, "pan left", "pan right", "tilt up")
    page.fill("#prompt textarea", "half a thought")
    row(page, "pan right").get_by_role("button", name="Edit").click()
    button, field = page.locator("#generate"), page.locator("#prompt textarea")
    expect(button).to_have_text("Save changes")
    expect(page.locator("#count")).to_be_hidden()
    expect(page.locator("#edit")).to_contain_text("“pan right”")
    expect(field).to_have_value("pan right")
    expect(field).to_be_focused()
    expect(row(page, "pan right")).to_contain_text("Being changed in the form")
    page.fill("#prompt textarea", "push in")
    page.reload()
    wait_until_ready(page)
    expect(button).to_have_text("Save changes")
    visitor.set_options(num_frames=8)
    visitor.expects_refusals = True
    visitor.set_options(width=7)
    button.click()
    expect(page.locator("#option--camera--width .problem")).to_contain_text("width is 7")
    assert line(server) == ["pan left", "pan right", "tilt up"]
    visitor.set_options(width=512)
    button.click()
    expect(button).to_have_text("Generate")
    expect(page.locator("#count")).to_be_visible()
    expect_line(page, "pan left", "push in", "tilt up")
    expect(field).to_have_value("half a thought")
    changed = server.get("/api/v1/queue")["jobs"][1]["options"]
    assert (changed["prompt"], changed["num_frames"], changed["width"]) == ("push in", 8, 512)
    assert changed["height"] == LONG["height"]

    row(page, "tilt up").get_by_role("button", name="Edit").click()
    expect(field).to_have_value("tilt up")
    page.click("#edit-leave")
    expect(field).to_have_value("half a thought")
    expect(page.locator("#edit")).to_be_empty()
    assert line(server) == ["pan left", "push in", "tilt up"]


def test_a_job_that_begins_under_its_editors_hands_keeps_its_settings_and_the_changes_become_another(
    visitor: Visitor, server: Server, picture: bytes
) -> None:
    page = visitor.page
    hold_one_and_queue(visitor, server, picture, "pan left", "pan right", "tilt up")
    row(page, "pan right").get_by_role("button", name="Edit").click()
    expect(page.locator("#prompt textarea")).to_have_value("pan right")
    page.fill("#prompt textarea", "push in")
    # The answer to Save is that it has begun, whatever this tab has seen before.
    visitor.expects_refusals = True
    page.route(re.compile(r"/api/v1/jobs\?"), lambda route: None)
    running = server.get("/api/v1/queue")["jobs"][0]["id"]
    server.cancel(running)
    server.wait_for(running)
    hold(server)
    page.click("#generate")
    expect(page.locator("#edit")).to_contain_text("“pan right” waits no more")
    expect(page.locator("#generate")).to_have_text("Generate")
    page.unroute_all(behavior="ignoreErrors")
    page.click("#edit-add")
    expect(page.locator("#edit")).to_be_empty()
    expect_line(page, "pan right", "tilt up", "push in")
    assert line(server) == ["pan right", "tilt up", "push in"]


def test_a_cancelled_job_is_tried_again_with_all_its_settings(visitor: Visitor, server: Server, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture, "roll")
    visitor.set_options(**LONG, seed=7)
    cancelled = visitor.generate()
    page.click("#cancel")
    visitor.expect_status("cancelled")
    page.fill("#prompt textarea", "something else")
    with page.expect_request(f"**/jobs/{cancelled}/retry"):
        page.click("#again")
    visitor.expect_status("running")
    old, new = (server.get(f"/api/v1/jobs/{job_id}") for job_id in (cancelled, visitor.shown_job()))
    assert new["id"] != old["id"]
    assert new["options"] == old["options"]


def test_a_full_queue_is_shown_in_eight_tabs_and_takes_no_more(
    visitor: Visitor, server: Server, picture: bytes
) -> None:
    page = visitor.page
    visitor.expects_refusals = True
    first = server.submit(picture, {"prompt": "pan left", **LONG})
    hold(server)
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False) as http:
        for number in range(100):
            wish = {"prompt": f"pan right {number}", "picture_sha256": first["picture"]["sha256"]}
            assert http.post("/jobs", files={"request": (None, json.dumps(wish))}).status_code == 202
        tabs = [page, *(visitor.open_tab() for _ in range(7))]
        visitor.bring(picture, "one too many")
        visitor.press()
        expect(page.locator("#plan .problem, #light .problem").first).to_contain_text(
            "100 jobs are waiting, and the queue holds 100."
        )
        row(page, "pan right 99").get_by_role("button", name="Run next").click()
        for tab in tabs:
            expect(tab.locator("#queue li")).to_have_count(101)
            expect(tab.locator("#queue li .sentence span").nth(1)).to_have_text("pan right 99", timeout=15_000)
        assert http.post("/queue/cancel").json() == {"cancelled": 100}
