"""From picture and sentence to a clip, by the ways a user's hand has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from playwright.sync_api import Route, expect

from tests.e2e.visitor import LONG, Visitor
from tests.serving import Server

pytestmark = pytest.mark.browser

# Names a file to the page's own script, as a drag or a paste from another program does.
CARRY = """([kind, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], "carried.png", {type: "image/png"}));
  const options = {bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer};
  const event = kind === "paste" ? new ClipboardEvent(kind, options) : new DragEvent(kind, options);
  document.querySelector("main").dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_a_picture_and_a_sentence_become_a_clip_that_plays_in_a_loop(
    visitor: Visitor, picture: bytes, tmp_path: Path
) -> None:
    page = visitor.page
    visitor.bring(picture, "<b>zoom in</b> <img src=x onerror=alert(1)>")
    visitor.generate()
    visitor.expect_status("done")
    visitor.wait_until_playing()
    clip = page.locator("#clip video")
    assert clip.evaluate("clip => [clip.loop, clip.muted, clip.videoWidth, clip.videoHeight]") == [True, True, 512, 512]
    recipe = page.locator("#clip .recipe")
    for text in ("<b>zoom in</b> <img src=x onerror=alert(1)>", "Camera", "Standard", "512 px", "16", "8", "Seed"):
        expect(recipe).to_contain_text(text)
    name = visitor.download(tmp_path / "clip.mp4")
    facts = page.locator("#clip .facts")
    for text in (name, "Made in", " s", "Peak memory", " GB"):
        expect(facts).to_contain_text(text)
    with av.open(tmp_path / "clip.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) == 16


def test_a_dropped_picture_is_taken(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    assert page.evaluate(CARRY, ["dragover", list(picture)])
    expect(page.locator("#picture .whether-over")).to_be_visible()
    assert page.evaluate(CARRY, ["drop", list(picture)])
    expect(page.locator("#picture figcaption")).to_contain_text("carried.png320 × 240 px")
    expect(page.locator("#picture .whether-over")).to_have_count(0)


def test_a_pasted_picture_is_taken(visitor: Visitor, picture: bytes) -> None:
    assert visitor.page.evaluate(CARRY, ["paste", list(picture)])
    expect(visitor.page.locator("#picture figcaption")).to_contain_text("carried.png320 × 240 px")


def test_an_example_brings_picture_sentence_and_settings(visitor: Visitor) -> None:
    page = visitor.page
    visitor.set_options(num_frames=4, seed=7)
    frames, made = page.locator("#option--camera--num_frames input[type='number']"), page.locator("#plan")
    expect(page.locator(".example")).to_have_count(6)
    example = page.get_by_role("button", name="Waves")
    sentence = example.get_attribute("title") or ""
    example.click()
    expect(page.locator("#picture figcaption")).to_contain_text("px")
    expect(page.locator("#prompt textarea")).to_have_value(sentence)
    expect(page.locator("#prompt textarea")).to_be_focused()
    # What the engine at hand does not have is left out; the light says what the rest takes.
    expect(made).to_contain_text("512 × 512 px · 24 frames · 2 s")
    expect(frames).to_have_value("24")
    told = page.locator("#settings-advice")
    expect(told).to_contain_text("Settings taken from the example.")
    told.get_by_role("button", name="Undo").click()
    expect(frames).to_have_value("4")
    expect(page.locator("#option--camera--seed input")).to_have_value("7")
    expect(page.locator("#prompt textarea")).to_have_value(sentence)
    expect(told).to_be_hidden()
    visitor.generate()
    visitor.expect_status("done")
    visitor.wait_until_playing()


def test_an_example_that_replaces_a_sentence_gives_it_back(visitor: Visitor) -> None:
    page, prompt = visitor.page, visitor.page.locator("#prompt textarea")
    prompt.fill("my very own sentence")
    page.locator(".example").filter(has_text="A walk").click()
    expect(prompt).not_to_have_value("my very own sentence")
    told = page.locator("#settings-advice")
    expect(told).to_contain_text("Sentence and settings taken from the example.")
    told.get_by_role("button", name="Undo").click()
    expect(prompt).to_have_value("my very own sentence")
    page.locator("#picture").get_by_role("button", name="Remove").click()
    page.locator(".example").filter(has_text="Waves").click()
    expect(prompt).not_to_have_value("my very own sentence")
    page.keyboard.press("Control+z")
    expect(prompt).to_have_value("my very own sentence")


def test_an_example_sets_the_model_to_what_it_was_made_for(visit: Callable[..., Visitor]) -> None:
    visitor = visit(locale="zh-CN", viewport={"width": 360, "height": 800})
    page = visitor.page
    page.click("#more > button")
    page.click("#engine label:has(input[value='i2vgen-xl'])")
    page.get_by_role("button", name="推近").click()
    for name, value in (("width", 768), ("num_frames", 16), ("num_inference_steps", 80), ("guidance_scale", 11)):
        expect(page.locator(f"#option--i2vgen-xl--{name} input[type='number']")).to_have_value(str(value))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    # The model reads English only, which its advice offers.
    expect(page.locator("#coach .advice")).to_contain_text("换成英文")
    expect(page.locator("#settings-advice .advice")).to_have_count(0)


def test_the_keyboard_alone_makes_a_clip(visitor: Visitor) -> None:
    page = visitor.page
    _tab_to(visitor, ".example")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt textarea")).to_be_focused()
    expect(page.locator("#picture figcaption")).to_contain_text("px")
    page.keyboard.press("End")
    page.keyboard.type(", slowly")
    _tab_to(visitor, "#generate")
    before = visitor.shown_job()
    page.keyboard.press("Space")
    expect(page.locator("#clip")).not_to_have_attribute("data-job", before)
    visitor.expect_status("done")
    _tab_to(visitor, "#download")
    _tab_to(visitor, "#more > button")
    page.keyboard.press("Enter")
    expect(page.locator("#engine")).to_be_visible()


def test_presses_during_the_upload_wait_for_the_picture_and_count_once(
    visitor: Visitor, picture: bytes, server: Server
) -> None:
    """The upload's answer is held back until after the presses."""
    held: list[Route] = []
    visitor.page.route("**/api/v1/pictures", lambda route: held.append(route))
    visitor.choose_file("slow.png", picture)
    expect(visitor.page.locator("#picture figcaption")).to_have_text("Reading slow.png …")
    before, jobs = visitor.shown_job(), len(server.jobs())
    visitor.press()
    expect(visitor.page.locator("#generate")).to_have_attribute("aria-busy", "true")
    visitor.press()
    held[0].continue_()
    expect(visitor.page.locator("#clip")).not_to_have_attribute("data-job", before)
    visitor.expect_status("done")
    assert len(server.jobs()) == jobs + 1


def test_only_what_differs_from_the_preset_is_sent(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture)
    visitor.set_options(fps=12, width=640)
    page.click("#preset--camera label:has-text('High')")
    expect(page.locator("#option--camera--width input")).to_have_value("768")
    expect(page.locator("#plan > p").first).to_have_text("Camera · 768 × 768 px · 24 frames · 2 s")
    visitor.set_options(width=512, height=512, num_frames=8)
    with page.expect_request("**/api/v1/jobs") as sent:
        visitor.generate()
    body = sent.value.post_data_buffer or b""
    wish = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    del wish["picture_sha256"]
    changed = {"fps": 12, "width": 512, "height": 512, "num_frames": 8}
    assert wish == {"engine": "auto", "preset": "high", "prompt": "zoom in", **changed}
    visitor.expect_status("done")


def test_another_engine_brings_its_own_options(visitor: Visitor) -> None:
    page = visitor.page
    page.click("#more > button")
    expect(page.locator("#engine-note")).to_contain_text("Automatic takes Camera, because I2VGen-XL is not ready")
    expect(page.locator("#option--i2vgen-xl--guidance_scale")).not_to_be_visible()
    page.click("#engine label:has(input[value='i2vgen-xl'])")
    expect(page.locator("#option--i2vgen-xl--guidance_scale input")).to_have_value("9")
    expect(page.locator("#option--i2vgen-xl--seed input")).to_have_value("")
    expect(page.locator("#option--camera--width")).not_to_be_visible()
    expect(page.locator("#plan")).to_contain_text("I2VGen-XL")


def test_a_double_click_makes_one_job(visitor: Visitor, picture: bytes, server: Server) -> None:
    visitor.bring(picture)
    expect(visitor.page.locator("#light .verdict")).to_be_visible()  # it stands above the button
    before = len(server.jobs())
    shown = visitor.shown_job()
    # As slow as a double click may be: the first press is answered by then.
    visitor.page.locator("#generate").dblclick(delay=250)
    expect(visitor.page.locator("#clip")).not_to_have_attribute("data-job", shown)
    visitor.expect_status("done")
    assert len(server.jobs()) == before + 1


def test_a_lost_answer_does_not_make_a_second_job(visitor: Visitor, picture: bytes, server: Server) -> None:
    """The server gets the press, its answer gets lost, and the page sends it again."""
    visitor.expects_refusals = True
    visitor.bring(picture)
    before = len(server.jobs())
    presses = []

    def lose_first_answer(route: Route) -> None:
        presses.append(route.request.headers["idempotency-key"])
        if len(presses) > 1:
            return route.continue_()
        route.fetch()
        route.abort()

    visitor.page.route("**/api/v1/jobs", lose_first_answer)
    visitor.generate()
    visitor.expect_status("done")
    assert len(presses) == 2
    assert presses[0] == presses[1]
    assert len(server.jobs()) == before + 1


def test_cancel_ends_a_job_within_two_seconds(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture)
    visitor.set_options(**LONG)
    visitor.generate()
    visitor.expect_steps()
    began = time.monotonic()
    visitor.page.get_by_role("button", name="Cancel").click()
    visitor.expect_status("cancelled", seconds=2)
    assert time.monotonic() - began < 2
    expect(visitor.page.locator("#clip .headline")).to_have_text("Cancelled")


def test_a_clip_of_the_shelf_comes_back_onto_the_stage(visitor: Visitor, picture: bytes) -> None:
    visitor.bring(picture, "tilt up")
    visitor.set_options(num_frames=8)
    newest = visitor.generate()
    visitor.expect_status("done")
    older = visitor.page.locator("#shelf .clip").nth(1)
    older.click()
    expect(older).to_have_attribute("aria-pressed", "true")
    assert visitor.shown_job() != newest
    visitor.wait_until_playing()


def _tab_to(visitor: Visitor, selector: str) -> None:
    for _ in range(40):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"forty tabs do not lead to {selector}")
