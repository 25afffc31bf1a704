"""The settings of an earlier clip come back onto the page."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from i2v.media.comment import read_comment
from i2v.media.video import encode_mp4
from tests.e2e.test_faults import png
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

REUSE = """async ([id, choices]) => {
  const { reuseJob } = await import("/elements/reuse.js");
  return reuseJob(await (await fetch(`/api/v1/jobs/${id}`)).json(), choices);
}"""


def reuse(page: Page, job_id: str, **choices: bool) -> bool:
    return bool(page.evaluate(REUSE, [job_id, choices]))


def made(server: Server, picture: bytes, **wish: Any) -> dict[str, Any]:
    return server.wait_for(server.submit(picture, wish)["id"])


def sent_wish(visitor: Visitor) -> dict[str, Any]:
    with visitor.page.expect_request("**/api/v1/jobs") as sent:
        visitor.generate()
    body = sent.value.post_data_buffer or b""
    wish: dict[str, Any] = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return wish


def test_all_settings_come_back_without_unfolding_and_survive_a_reload(
    visitor: Visitor, picture: bytes, server: Server
) -> None:
    page = visitor.page
    job = made(server, picture, engine="camera", preset="fast", prompt="推近, roll", fps=12, width=640, seed=77)
    assert reuse(page, job["id"])
    expect(page.locator("#prompt textarea")).to_have_value("推近, roll")
    expect(page.locator("#picture figcaption")).to_have_text("The picture of this clip320 × 240 px")
    expect(page.locator("#plan > p").first).to_have_text("Camera · 640 × 512 px · 8 frames · 0.7 s")
    page.reload()
    wait_until_ready(page)
    page.click("#more > button")
    expect(page.locator("#engine input:checked")).to_have_value("camera")
    for option, value in {"fps": "12", "width": "640", "seed": "77", "num_frames": "8"}.items():
        expect(page.locator(f"#option--camera--{option} input").first).to_have_value(value)
    assert sent_wish(visitor)["picture_sha256"] == job["picture"]["sha256"]
    again = server.wait_for(visitor.shown_job())
    assert (again["engine"], again["options"]) == (job["engine"], job["options"])


def test_a_new_seed_leaves_the_old_one_out(visitor: Visitor, picture: bytes, server: Server) -> None:
    job = made(server, picture, prompt="pan left", preset="fast", seed=5)
    visitor.set_options(seed=9, fps=3)
    assert reuse(visitor.page, job["id"], newSeed=True)
    expect(visitor.page.locator("#option--camera--seed input")).to_have_value("")
    expect(visitor.page.locator("#option--camera--fps input")).to_have_value("8")
    sha256 = job["picture"]["sha256"]
    assert sent_wish(visitor) == {
        "engine": "auto",
        "preset": "fast",
        "prompt": "pan left",
        "picture_sha256": sha256,
    }


def test_a_picture_that_was_swept_away_is_asked_for_and_the_settings_stay(
    visitor: Visitor, picture: bytes, server: Server
) -> None:
    visitor.expects_refusals = True
    page = visitor.page
    job = made(server, picture, prompt="tilt up", preset="fast")
    visitor.bring(picture, "something else")
    kept = server.home / "inputs" / f"{job['picture']['sha256']}.png"
    away = kept.rename(server.home / "away.png")
    try:
        assert not reuse(page, job["id"])
    finally:
        away.rename(kept)
    digits = job["picture"]["sha256"][:12]
    expect(page.locator("#picture .problem")).to_contain_text(
        f"The picture of this clip is not on this computer any more (SHA-256 {digits}…).Drop it here."
    )
    expect(page.locator("#picture .drop")).to_be_visible()
    expect(page.locator("#prompt textarea")).to_have_value("tilt up")
    expect(page.locator("#plan > p").first).to_contain_text("8 frames")
    visitor.choose_file("blue.png", png(100, 100))
    expect(page.locator("#picture .problem")).to_have_count(0)
    expect(page.locator("#picture .notices")).to_contain_text("not the picture of that clip")
    visitor.bring(picture, "tilt up")
    expect(page.locator("#picture .notices")).to_have_count(0)


DROP = """([name, kind, text]) => {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: kind }));
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  document.querySelector("main").dispatchEvent(new DragEvent("drop", options));
}"""


def drop(page: Page, name: str, content: bytes, kind: str = "video/mp4") -> None:
    """As a hand lets a file go over the page."""
    page.evaluate(DROP, [name, kind, base64.b64encode(content).decode()])


def test_a_dropped_clip_brings_back_the_settings_that_made_it(visitor: Visitor, picture: bytes, server: Server) -> None:
    page = visitor.page
    job = made(server, picture, prompt="推近 <b>", engine="camera", preset="fast", fps=5, seed=11)
    clip = (server.outputs / job["video"]).read_bytes()
    drop(page, "from a friend.mp4", clip)
    expect(page.locator("#picture figcaption")).to_have_text("The picture of from a friend.mp4320 × 240 px")
    expect(page.locator("#prompt textarea")).to_have_value("推近 <b>")
    visitor.generate()
    again = server.wait_for(visitor.shown_job())
    assert (again["options"], again["frames_sha256"]) == (job["options"], job["frames_sha256"])
    visitor.expects_refusals = True
    visitor.choose_file("cut.mp4", clip[:1000], "video/mp4")
    expect(page.locator("#picture .problem")).to_contain_text("cut.mp4 cannot be read as an MP4")
    expect(page.locator("#picture figcaption")).to_contain_text("from a friend.mp4")
    encode_mp4([np.full((64, 64, 3), 90, np.uint8)], server.home / "foreign.mp4", 8, "")
    drop(page, "holiday.MP4", (server.home / "foreign.mp4").read_bytes(), "")
    expect(page.locator("#picture .problem")).to_contain_text("holiday.MP4 holds no settings.")


def test_a_refined_clip_says_that_its_settings_alone_make_another(
    visitor: Visitor, picture: bytes, server: Server
) -> None:
    job = made(server, picture, prompt="roll", preset="fast")
    recipe = json.loads(read_comment(server.outputs / job["video"]))
    frames = [np.full((64, 64, 3), 90, np.uint8)]
    changed = {**recipe, "start": {"latents_sha256": "f" * 64}, "options": {**recipe["options"], "wobble": 1}}
    encode_mp4(frames, server.home / "refined.mp4", 8, json.dumps(changed))
    drop(visitor.page, "refined.mp4", (server.home / "refined.mp4").read_bytes())
    notices = visitor.page.locator("#picture .notices")
    expect(notices).to_contain_text("refined from another one")
    expect(notices).to_contain_text("left out: wobble")


def test_a_private_clip_brings_all_but_its_sentence(visitor: Visitor, picture: bytes, server: Server) -> None:
    page = visitor.page
    job = made(server, picture, prompt="secret", preset="fast", private=True, seed=3)
    page.fill("#prompt textarea", "mine")
    drop(page, "private.mp4", (server.outputs / job["video"]).read_bytes())
    expect(page.locator("#picture .notices")).to_contain_text("does not carry its sentence")
    expect(page.locator("#prompt textarea")).to_have_value("mine")
    expect(page.locator("#plan > p").first).to_contain_text("8 frames")
    page.click("#more > button")
    expect(page.locator("#private input")).to_be_checked()
    assert sent_wish(visitor)["private"] is True
    page.locator("#private input").uncheck()
    assert "private" not in sent_wish(visitor)
