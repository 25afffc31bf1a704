"""Several seeds in one go, one picked, and refined in both ways: with the tiny reference model, as a user would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 8}
LOOPS = """() => {
  const clips = [...document.querySelectorAll("#candidates video")];
  return clips.length === 4 && clips.every((clip) => clip.muted && clip.loop && !clip.paused && clip.currentTime > 0);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server with the model, warm. One thread: two wait for each other wherever other work runs beside them."""
    environment = {"I2V_MODEL_DIR": str(MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    running = Server(tmp_path_factory.mktemp("candidates"), None, **environment).start()
    job = running.submit(picture, {"engine": "i2vgen-xl", **TINY, "num_inference_steps": 1})
    assert running.wait_for(job["id"])["status"] == "done"
    yield running
    running.stop()


def candidate(page: Page, number: int) -> str:
    return page.locator("#candidates .candidate").nth(number - 1).get_attribute("data-job") or ""


def test_candidates_loop_side_by_side_and_the_picked_one_is_refined_in_both_ways(
    visitor: Visitor, server: Server, picture: bytes
) -> None:
    page = visitor.page
    visitor.bring(picture, "waves")
    visitor.set_options("i2vgen-xl", **TINY)
    page.get_by_role("radio", name="4", exact=True).check()
    visitor.generate()
    tiles = page.locator("#candidates .candidate")
    expect(tiles).to_have_count(4)
    page.wait_for_function(LOOPS, timeout=60_000)
    jobs = [server.get(f"/api/v1/jobs/{candidate(page, number)}") for number in range(1, 5)]
    assert len({job["options"]["seed"] for job in jobs}) == 4

    # Still there after a reload, as is the choice of four; picked with the keyboard.
    page.reload()
    wait_until_ready(page)
    expect(page.get_by_role("radio", name="4", exact=True)).to_be_checked()
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#clip")).to_have_attribute("data-job", candidate(page, 3))
    expect(tiles.nth(2)).to_have_attribute("aria-pressed", "true")
    draft = server.get(f"/api/v1/jobs/{candidate(page, 3)}")

    # More steps: the same noise.
    unfold(page)
    steps = page.locator("#clip [data-way='steps']")
    steps.get_by_label("Steps").fill("12")
    expect(steps.locator(".result")).to_have_text("64 × 64 px · 4 frames · 0.5 s · 12 steps")
    refined = press_in(visitor, steps.get_by_role("button"))
    expect(page.locator("#clip .trouble")).to_contain_text("it begins from the same noise")
    told = server.get(f"/api/v1/jobs/{refined}")
    assert told["options"] == {**draft["options"], "num_inference_steps": 12}
    assert (told["parent_id"], told["strength"]) == (draft["id"], None)
    expect(page.locator("#clip .recipe")).to_contain_text("an earlier clip, with the same noise")

    # Larger: the draft's latents. The candidates are still there to be picked from.
    page.get_by_role("button", name="Draft").click()
    expect(page.locator("#clip")).to_have_attribute("data-job", draft["id"])
    unfold(page)
    larger = page.locator("#clip [data-way='larger']")
    larger.get_by_label("Size").select_option("128 × 128")
    larger.get_by_label("Frames").select_option("8 · 1 s")
    expect(larger.locator(".result")).to_have_text("128 × 128 px · 8 frames · 1 s · 8 steps")
    refined = press_in(visitor, larger.get_by_role("button"))
    expect(page.locator("#clip .trouble")).to_contain_text("it starts from that one's latents")
    told = server.get(f"/api/v1/jobs/{refined}")
    assert (told["parent_id"], told["strength"]) == (draft["id"], 0.6)
    assert [told["options"][name] for name in ("width", "height", "num_frames")] == [128, 128, 8]
    expect(page.locator("#clip .recipe")).to_contain_text("an earlier clip's latents, 60 % of the steps taken anew")

    put_away(page)


def unfold(page: Page) -> None:
    page.locator("#clip .refine summary").click()


def put_away(page: Page) -> None:
    """They do not come back."""
    page.get_by_role("button", name="Put away").click()
    expect(page.locator("#candidates .candidate")).to_have_count(0)
    page.reload()
    wait_until_ready(page)
    expect(page.locator("#clip")).to_have_attribute("data-status", "done")
    expect(page.locator("#candidates .candidate")).to_have_count(0)


def press_in(visitor: Visitor, button: Locator) -> str:
    """Presses, and waits for the clip that comes of it; its id."""
    before = visitor.shown_job()
    button.click()
    expect(visitor.page.locator("#clip")).not_to_have_attribute("data-job", before)
    visitor.expect_status("done", seconds=60)
    return visitor.shown_job()


def test_who_wants_no_motion_gets_stills_that_play_when_looked_at(
    visit: Callable[..., Visitor], server: Server, picture: bytes
) -> None:
    page = visit(reduced_motion="reduce").page
    make_two(server, picture)
    tiles = page.locator("#candidates .candidate")
    expect(tiles.nth(1).locator("video")).to_be_visible(timeout=30_000)
    is_still = "clip => clip.paused"
    assert tiles.nth(1).locator("video").evaluate(is_still)
    tiles.nth(1).focus()
    page.wait_for_function("!document.querySelectorAll('#candidates video')[1].paused")
    tiles.nth(0).focus()
    page.wait_for_function("document.querySelectorAll('#candidates video')[1].paused")


def test_where_the_seed_decides_nothing_there_is_one_clip_and_no_choice(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture, "zoom in")
    page.click("#more > button")
    page.locator("#engine").get_by_text("Camera", exact=True).click()
    page.get_by_role("radio", name="2", exact=True).check()
    visitor.generate()
    visitor.expect_status("done")
    expect(page.locator("#clip .trouble")).to_contain_text("2 candidates would all be the same")
    expect(page.locator("#candidates .candidate")).to_have_count(0)
    larger = page.locator("#clip [data-way]")
    expect(larger).to_have_count(1)
    expect(larger).to_contain_text("The camera goes the way of the same sentence again")


def make_two(server: Server, picture: bytes) -> None:
    """Two candidates, finished."""
    wish = '{"engine": "i2vgen-xl", "width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 1, "count": 2}'
    files = {"image": ("a.png", picture)}
    told = httpx.post(f"{server.url}/api/v1/batches", files=files, data={"request": wish}, trust_env=False).json()
    for job in told["jobs"]:
        assert server.wait_for(job["id"])["status"] == "done"
