"""From drafts to the final clip on the page, with the tiny reference model and real latents."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import violations
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

SMALL = {"width": 64, "height": 64}


@pytest.fixture(scope="module")
def server(model_server: Server) -> Server:
    return model_server


def stand(page: Page, step: str) -> None:
    """The page says at which step one is."""
    expect(page.locator("#clip .way [aria-current='step']")).to_contain_text(step)


def tiles(page: Page) -> Locator:
    return page.locator("#candidates .candidate")


def shown(visitor: Visitor, server: Server) -> dict[str, Any]:
    job: dict[str, Any] = server.get(f"/api/v1/jobs/{visitor.shown_job()}")
    return job


def test_from_drafts_to_the_final_clip_and_back(visitor: Visitor, server: Server, picture: bytes) -> None:
    make_drafts(visitor, server, picture)
    refine_the_picked_one(visitor, server)
    make_the_best_large_after_a_reload(visitor, server)
    go_back_and_forth(visitor, server)


def make_drafts(visitor: Visitor, server: Server, picture: bytes) -> None:
    page = visitor.page
    wide = io.BytesIO()
    Image.open(io.BytesIO(picture)).crop((0, 0, 320, 180)).save(wide, "PNG")
    visitor.bring(wide.getvalue(), "waves")
    drafting = page.locator("#drafting").get_by_role("button")
    expect(drafting).to_have_count(0)
    page.get_by_role("radio", name="2", exact=True).check()
    # The shape of the picture, which leads to the native size; a size set by hand stays.
    expect(drafting).to_have_text("Draft fast: 704 × 384 · 8 frames · 25 steps")
    visitor.set_options("i2vgen-xl", **SMALL)
    expect(drafting).to_have_text("Draft fast: 64 × 64 · 8 frames · 25 steps")
    page.click("#option--i2vgen-xl--sampler label:has(input[value='ddim'])")
    expect(drafting).to_have_text("Draft fast: 64 × 64 · 8 frames · 25 steps · sampler unipc")
    drafting.click()
    expect(drafting).to_have_text("Back to 64 × 64 · 16 frames · 50 steps · sampler ddim")
    visitor.generate()
    stand(page, "Draft")
    expect(tiles(page).locator("video")).to_have_count(2, timeout=60_000)
    tiles(page).nth(1).click()
    draft = shown(visitor, server)
    assert (draft["options"]["num_frames"], draft["options"]["num_inference_steps"]) == (8, 25)


def refine_the_picked_one(visitor: Visitor, server: Server) -> None:
    page, draft = visitor.page, shown(visitor, server)
    following = page.locator("#clip .way .next")
    expect(following).to_contain_text("3 refined clips of this draft")
    expect(following.locator(".result")).to_have_text("64 × 64 px · 16 frames · 2 s · 60 steps")
    expect(following.locator(".cost")).to_contain_text("Fits · takes about")
    assert violations(page) == []
    following.get_by_role("button", name="Refine this one").focus()
    page.keyboard.press("Enter")
    stand(page, "Refine")
    expect(page.locator("#clip .way [aria-current='step']")).to_be_focused()
    expect(tiles(page).locator("video")).to_have_count(3, timeout=90_000)
    expect(tiles(page).locator("small")).to_have_text(["Guidance 8", "Guidance 9", "Guidance 10"])
    tiles(page).nth(2).click()
    refined = shown(visitor, server)
    better = {"num_frames": 16, "num_inference_steps": 60, "guidance_scale": 10.0}
    assert refined["options"] == {**draft["options"], **better}
    assert (refined["parent_id"], refined["strength"]) == (draft["id"], 0.6)


def make_the_best_large_after_a_reload(visitor: Visitor, server: Server) -> None:
    page, refined = visitor.page, shown(visitor, server)
    page.reload()
    wait_until_ready(page)
    stand(page, "Refine")
    tiles(page).nth(2).click()
    expect(page.locator("#clip")).to_have_attribute("data-job", refined["id"])
    following = page.locator("#clip .way .next")
    following.get_by_label("Size").select_option("128 × 128 px")
    expect(following.locator(".result")).to_have_text("128 × 128 px · 16 frames · 2 s · 60 steps")
    following.get_by_label("Size").select_option("96 × 96 px")
    following.get_by_role("button", name="Make the final clip").click()
    stand(page, "Final")
    visitor.expect_status("done", seconds=90)
    expect(following).to_have_text("This is the final clip.")
    final = shown(visitor, server)
    assert final["options"] == {**refined["options"], "width": 96, "height": 96}
    assert (final["parent_id"], final["strength"], final["phase"]) == (refined["id"], 0.6, "final")


def go_back_and_forth(visitor: Visitor, server: Server) -> None:
    page, final = visitor.page, shown(visitor, server)
    page.get_by_role("button", name="Draft").click()
    stand(page, "Draft")
    expect(tiles(page)).to_have_count(2)
    expect(tiles(page).nth(1)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Refine", exact=True).click()
    stand(page, "Refine")
    expect(tiles(page)).to_have_count(3)
    page.goto(f"{server.url}/#/clips/{final['id']}")
    on_clip = page.locator("#on-clip")
    here = on_clip.locator(".way [aria-current='step']")
    expect(here).to_contain_text("Final")
    on_clip.get_by_role("button", name="Refine", exact=True).click()
    expect(here).to_contain_text("Refine")
    expect(on_clip.get_by_role("button", name="Make the final clip")).to_be_visible()
    assert violations(page) == []


def test_one_press_makes_one_clip_and_its_way_is_folded_away(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture, "zoom in")
    page.click("#more > button")
    page.locator("#engine").get_by_text("Camera", exact=True).click()
    visitor.set_options("camera", **SMALL, num_frames=4)
    visitor.generate()
    visitor.expect_status("done")
    steps = page.locator("#clip .way .stops li")
    expect(page.locator("#clip .refine summary")).to_be_visible()
    expect(steps).to_have_count(0)
    page.locator("#clip .refine summary").click()
    expect(steps).to_have_text(["1Draft", "2Final"])
    page.get_by_role("button", name="Make the final clip").click()
    stand(page, "Final")
    visitor.expect_status("done")


def test_what_takes_too_long_is_asked_about_and_what_cannot_be_done_is_told(
    visitor: Visitor, server: Server, picture: bytes
) -> None:
    visitor.expects_refusals = True
    wish = {"engine": "i2vgen-xl", **SMALL, "num_frames": 4, "num_inference_steps": 2, "seed": 3}
    draft = server.wait_for(server.submit(picture, wish)["id"])
    page = visitor.page
    long = '{"code": "job_long", "detail": "It takes 40 minutes.", "fix": "", "values": {}}'
    asked: list[Any] = []

    def answer(route: Any) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(status=422, content_type="application/problem+json", body=long)

    page.route("**/refine", answer)
    page.goto(f"{server.url}/#/clips/{draft['id']}")
    next_step = page.locator("#on-clip .way .next")
    next_step.get_by_role("button", name="Refine this one").click()
    expect(next_step.locator(".asking")).to_contain_text("It takes 40 minutes.")
    next_step.get_by_role("button", name="Make it anyway").click()
    page.wait_for_function("() => document.querySelectorAll('#on-clip .asking .problem').length === 1")
    assert asked == [{}, {"confirmed": True}]

    (server.outputs / ".i2v" / "latents" / f"{draft['id']}.safetensors").unlink()
    page.reload()
    wait_until_ready(page)
    expect(next_step).to_contain_text("It cannot be refined as it is:")
    expect(next_step.get_by_role("alert")).to_contain_text("no longer there")
    expect(next_step.get_by_role("button", name="Refine this one")).to_have_count(0)
