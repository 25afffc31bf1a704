"""Finished clips on the page: advice that is one press from the next draft, their course, candidates compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

# Two steps of a model whose weights are noise: whatever it makes trembles and flickers.
SHORT = {"width": 64, "height": 64, "num_frames": 8, "num_inference_steps": 2}
# The film rests, and the line through the courses stands in the middle of the frame that is named below it.
IN_STEP = """() => document.querySelector("#on-clip video").paused &&
  document.querySelector("#on-clip .course .head").x1.baseVal.value + 0.5 ===
  Number(/\\d+/.exec(document.querySelector("#on-clip .frame-number").textContent)[0])"""


@pytest.fixture(scope="module")
def server(model_server: Server) -> Server:
    return model_server


@pytest.fixture(scope="module")
def faulty(server: Server, picture: bytes) -> dict[str, Any]:
    """A clip of the model, and what is known of it."""
    wish = {"engine": "i2vgen-xl", **SHORT, "prompt": "zoom in", "seed": 4}
    job = server.wait_for(server.submit(picture, wish)["id"])
    return {**job, **server.get(f"/api/v1/jobs/{job['id']}/measures")}


def lines_of(clip: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page shows of its advice: two lines, each with a change of its own."""
    by_change = {str(each["remedy"] or each): each for each in reversed(clip["advice"])}
    return [each for each in clip["advice"] if each in by_change.values()][:2]


def test_a_fault_of_a_clip_is_one_press_from_the_next_draft(
    visitor: Visitor, server: Server, picture: bytes, faulty: dict[str, Any]
) -> None:
    page = visitor.page
    read_what_the_camera_did(page, server, picture)
    page.fill("#prompt textarea", "a boat drifts to the left")
    read_the_own_view(page, faulty)
    take_a_remedy_and_go_back(page, faulty)
    want_no_more_advice(page, faulty)


def read_what_the_camera_did(page: Page, server: Server, picture: bytes) -> None:
    wish = {"engine": "camera", "prompt": "pan left", "width": 128, "height": 128, "num_frames": 8}
    job = server.wait_for(server.submit(picture, wish)["id"])
    expect(page.locator("#clip")).to_have_attribute("data-job", job["id"])
    told = server.get(f"/api/v1/jobs/{job['id']}/measures")["measures"]["camera_check"]["message"]
    assert told.startswith("Asked: pan left; got: pan left, ")
    expect(page.locator("#clip .clip-advice .check")).to_have_text(told)


def read_the_own_view(page: Page, clip: dict[str, Any]) -> None:
    page.goto(f"{page.url.split('#')[0]}#/clips/{clip['id']}")
    view = page.locator("#on-clip")
    told = [each["message"] for each in lines_of(clip)]
    assert len(clip["advice"]) > len(told), "it has more faults than lines"
    expect(view.locator(".clip-advice .advice p")).to_have_text(told)
    strips = view.locator(".course svg")
    expect(strips).to_have_count(3)
    for strip, name in zip(strips.all(), ("Motion", "Sharpness", "Flicker"), strict=True):
        expect(strip).to_have_attribute("aria-label", re.compile(rf"^{name} over time: [\d.]+ to [\d.]+ %"))
    begin, end = next(each["where"] for each in clip["advice"] if each["where"])
    expect(view.locator(".course figcaption")).to_contain_text(f"{begin:g}–{end:g} s")
    page.keyboard.press(".")
    page.wait_for_function(IN_STEP)
    page.keyboard.press(",")
    page.wait_for_function(IN_STEP)
    assert violations(page) == []


def take_a_remedy_and_go_back(page: Page, clip: dict[str, Any]) -> None:
    remedy = next(each["remedy"] for each in lines_of(clip) if each["remedy"])
    page.locator("#on-clip .clip-advice").get_by_role("button", name=f"Again: {remedy['label']}").first.click()
    expect(page.locator("#prompt textarea")).to_have_value("zoom in")
    expect(page.locator("#picture figcaption")).to_contain_text("The picture of this clip")
    expect(page.locator("#settings-advice")).to_contain_text(f"with one change: {remedy['label']}.")
    expect(page.locator("#generate")).to_be_focused()
    with page.expect_response("**/api/v1/jobs") as answer:
        page.keyboard.press("Enter")
    made = answer.value.json()
    assert made["options"] == {**clip["options"], **remedy["options"], "seed": made["options"]["seed"]}
    assert (made["options"]["seed"] == 4) == ("seed" not in remedy["options"])
    page.locator("#settings-advice").get_by_role("button", name="Undo").click()
    expect(page.locator("#prompt textarea")).to_have_value("a boat drifts to the left")
    expect(page.locator("#picture figcaption")).to_have_count(0)
    page.click("#cancel")


def want_no_more_advice(page: Page, clip: dict[str, Any]) -> None:
    page.goto(f"{page.url.split('#')[0]}#/clips/{clip['id']}")
    advice = page.locator("#on-clip .clip-advice")
    advice.get_by_role("button", name="No more advice").click()
    expect(advice).to_be_hidden()
    expect(page.locator("#on-clip .course figcaption")).to_have_text("From the first frame to the last.")
    page.reload()
    wait_until_ready(page)
    expect(page.locator("#on-clip .course svg")).to_have_count(3)
    expect(advice).to_be_hidden()


def test_candidates_say_how_they_compare_once_all_are_measured(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    visitor = visit(viewport={"width": 360, "height": 800}, locale="zh-CN", color_scheme="dark")
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if re.search(r"/batches/\w+$", request.url) else None)
    visitor.choose_file("holiday.png", picture)
    expect(page.locator("#picture figcaption")).to_contain_text("320 × 240")
    page.fill("#prompt textarea", "zoom in")
    page.get_by_role("radio", name="2", exact=True).check()
    visitor.set_options("i2vgen-xl", **SHORT)
    visitor.generate()
    tiles = page.locator("#candidates .candidate")
    expect(tiles.locator(".rank:visible")).to_have_count(2, timeout=60_000)
    assert len(asked) == 1
    batch = server.get(asked[0].removeprefix(server.url))
    assert all(job["measures"] for job in batch["jobs"])
    by_job = {each["job_id"]: each["rank"] for each in batch["ranking"]}
    for tile in tiles.all():
        rank = by_job[tile.get_attribute("data-job")]
        expect(tile.locator(".rank")).to_have_text(re.compile(rf"^{rank} · .*[\u4e00-\u9fff]"))
    expect(page.locator("#clip .clip-advice .advice").first).to_be_visible()
    page.locator("#clip .over-time summary").click()
    expect(page.locator("#clip .course svg").first).to_have_attribute("aria-label", re.compile("^动态随时间的变化"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
    page.locator("#clip .clip-advice").get_by_role("button", name="不再提示").click()
    expect(tiles.locator(".rank:visible")).to_have_count(0)
