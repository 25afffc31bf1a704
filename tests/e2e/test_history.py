"""All clips and one of them: found, looked at, starred, deleted and brought back, made once more."""

from __future__ import annotations

import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from i2v.domain.recipe import Recipe
from i2v.media.video import encode_mp4
from tests.e2e.conftest import without_models
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

CLIPS = 66
FRAMES = 12
OF_SCREEN = """() => {
  const film = document.querySelector("#on-clip video");
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pencil = canvas.getContext("2d");
  pencil.drawImage(film, 0, 0, 8, 8);
  return pencil.getImageData(4, 4, 1, 1).data[0];
}"""


def _grey(frame: int) -> int:
    """What a frame of the test's clips is filled with."""
    return 30 + 16 * frame


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server that finds a folder of clips, each frame of another grey, and has made the newest clip itself."""
    home = tmp_path_factory.mktemp("archive")
    server = Server(home, None, **without_models(home))
    server.outputs.mkdir()
    frames = [np.full((48, 64, 3), _grey(index), np.uint8) for index in range(FRAMES)]
    options = {"width": 64, "height": 48, "num_frames": FRAMES, "fps": 8, "seed": 7}
    for number in range(CLIPS):
        sentence = f"Pan over the lake 湖 {number}" if number % 30 == 0 else f"zoom in {number}"
        recipe = Recipe(uuid.uuid4().hex, "camera", {**options, "prompt": sentence}, "a" * 64)
        path = server.outputs / f"video_20251120_10{number // 60:02}{number % 60:02}.mp4"
        encode_mp4(frames, path, 8, recipe.to_json())
    # Under a name of ours, but with nothing to tell how it was made.
    encode_mp4(frames, server.outputs / "video_20201120_100000.mp4", 8, "")
    server.start()
    wish = {"prompt": "pan left", "num_frames": 8, "width": 256, "height": 192, "engine": "camera", "seed": 99}
    made = server.submit(picture, wish)
    assert server.wait_for(made["id"])["status"] == "done"
    while server.get("/api/v1/jobs")["unread"] != 0 or len(server.jobs()) < CLIPS + 2:
        time.sleep(0.05)
    yield server
    server.stop()


@pytest.fixture
def come(browser: Browser, archive: Server) -> Iterator[Callable[..., Visitor]]:
    """Sends somebody to the page of the archive."""
    visitors: list[Visitor] = []

    def go(**options: object) -> Visitor:
        visitors.append(Visitor(browser, archive.url, **options))
        # Pictures of clips from another machine are not here.
        visitors[-1].expects_refusals = True
        return visitors[-1]

    yield go
    for visitor in visitors:
        visitor.leave()


def _open_gallery(visitor: Visitor) -> Page:
    visitor.page.get_by_role("link", name="Clips", exact=True).click()
    expect(visitor.page.locator("#gallery .grid > li")).to_have_count(60)
    return visitor.page


def test_the_gallery_is_searched_starred_and_read_page_by_page(come: Callable[..., Visitor], archive: Server) -> None:
    # Two beside each other, so that sixty are longer than what any browser fetches ahead.
    visitor = come(viewport={"width": 700, "height": 700})
    visitor.page.wait_for_load_state("networkidle")  # the first page has the newest clip and a shelf of others
    fetched: list[str] = []
    visitor.page.on("request", lambda request: fetched.append(_kind(request)))
    page = _open_gallery(visitor)
    cards = page.locator("#gallery .grid > li")
    expect(page.locator("#room")).to_be_hidden()
    page.wait_for_function("document.querySelector('#gallery img').naturalWidth > 0")
    page.wait_for_timeout(300)
    assert 0 < fetched.count("thumbnail") < 60, "only what comes into view is fetched"
    assert "video" not in fetched, "no film before somebody looks at it"
    cards.nth(3).hover()
    page.wait_for_function("document.querySelector('#gallery video')?.currentTime > 0")
    assert fetched.count("video") == 1
    page.mouse.move(5, 5)
    expect(page.locator("#gallery video")).to_have_count(0)

    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(cards).to_have_count(CLIPS + 2)
    expect(cards.nth(60).locator("a")).to_be_focused()
    page.wait_for_function("document.querySelector('#gallery video')?.currentTime > 0")
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    names = [job["id"] for job in archive.jobs()]
    assert cards.evaluate_all("cards => cards.map((card) => card.dataset.job)") == names

    page.get_by_role("searchbox").fill("LAKE 湖")
    expect(cards).to_have_count(3)
    expect(page.locator("#gallery [role=status]").first).to_have_text("Found: 3")
    expect(page).to_have_title("Clips · Picture to clip")
    cards.first.hover()
    sentence = cards.first.locator(".sentence").inner_text()
    cards.first.get_by_role("button", name=f"Star “{sentence}”", exact=True).click()
    page.get_by_role("searchbox").fill("no such words")
    expect(page.locator("#gallery .nothing")).to_contain_text("Nothing matches “no such words”")
    page.get_by_role("button", name="Show all clips").click()
    expect(cards).to_have_count(60)
    page.get_by_role("button", name="Starred only").click()
    expect(cards).to_have_count(1)
    cards.first.get_by_role("button", name="Star").click()
    expect(page.locator("#gallery .nothing")).to_contain_text("No starred clips yet")
    page.go_back()
    expect(page.locator("#room")).to_be_visible()
    expect(page.locator("#gallery")).to_be_hidden()
    expect(page).to_have_title("Picture to clip")


def _kind(request: Request) -> str:
    return request.url.rpartition("/")[2]


def test_several_clips_are_saved_deleted_and_brought_back(
    come: Callable[..., Visitor], archive: Server, picture: bytes, tmp_path: Path
) -> None:
    visitor = come()
    page = _open_gallery(visitor)
    page.get_by_role("button", name="Select", exact=True).click()
    cards = page.locator("#gallery .grid > li")
    cards.nth(2).locator("a").click()
    cards.nth(4).get_by_role("checkbox").press("Space")
    expect(page.locator("#gallery .picked")).to_contain_text("Selected: 2")
    chosen = [cards.nth(place).get_attribute("data-job") for place in (2, 4)]
    videos = {job["video"] for job in archive.jobs() if job["id"] in chosen}
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as ZIP").click()
    saved.value.save_as(tmp_path / "clips.zip")
    assert saved.value.suggested_filename.startswith("clips_")
    with zipfile.ZipFile(tmp_path / "clips.zip") as parcel:
        assert set(parcel.namelist()) == videos
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("2 clips deleted.")
    for job_id in chosen:
        expect(page.locator(f"#gallery [data-job='{job_id}']")).to_have_count(0)
    assert not any((archive.outputs / video).exists() for video in videos)
    page.get_by_role("button", name="Undo").click()
    for job_id in chosen:
        expect(page.locator(f"#gallery [data-job='{job_id}']")).to_have_count(1)
    assert all((archive.outputs / video).exists() for video in videos)
    expect(page.locator("#toast")).to_be_hidden()
    new = archive.submit(picture, {"prompt": "roll", "num_frames": 4, "width": 128, "height": 128, "engine": "camera"})
    expect(cards.first).to_have_attribute("data-job", new["id"], timeout=15_000)


def test_a_clip_is_stepped_through_frame_by_frame(come: Callable[..., Visitor], archive: Server) -> None:
    visitor = come()
    page = visitor.page
    job = next(job for job in archive.jobs() if job["options"].get("prompt") == "zoom in 3")
    page.goto(f"{archive.url}/#/clips/{job['id']}")
    page.reload()
    wait_until_ready(page)
    expect(page.locator("#on-clip h2")).to_have_text("zoom in 3")
    expect(page.get_by_role("link", name="Clips", exact=True)).to_have_attribute("aria-current", "true")
    page.wait_for_function("document.querySelector('#on-clip video').readyState >= 2")
    page.wait_for_function("document.querySelector('#on-clip video').currentTime > 0.3")
    page.evaluate("document.querySelector('#on-clip video').pause()")

    def on_screen(frame: int) -> None:
        """The counter says this frame, and the browser shows it and neither of its neighbours."""
        expect(page.locator("#on-clip .frame-number")).to_have_text(f"Frame {frame + 1} of {FRAMES}")
        page.wait_for_function(f"Math.abs(({OF_SCREEN})() - {_grey(frame)}) < 6")

    for _ in range(FRAMES):
        page.keyboard.press(",")
    for frame in range(FRAMES):
        on_screen(frame)
        page.keyboard.press(".")
    on_screen(FRAMES - 1)
    back, on = (page.get_by_role("button", name=name) for name in ("Previous frame", "Next frame"))
    back.click()
    on_screen(FRAMES - 2)
    back.press("ArrowLeft")
    on_screen(FRAMES - 3)
    on.click()
    on_screen(FRAMES - 2)


def test_a_clips_own_view_tells_everything_and_makes_it_again(come: Callable[..., Visitor], archive: Server) -> None:
    visitor = come()
    page = _open_gallery(visitor)
    job = next(job for job in archive.jobs() if job["options"].get("prompt") == "pan left")
    page.locator(f"#gallery [data-job='{job['id']}'] a").click()
    expect(page.locator("#on-clip h2")).to_be_focused()
    table = page.locator("#on-clip .recipe")
    told = ["pan left", "Camera", "256 px", "99", job["video"], job["picture"]["sha256"], job["id"], "numpy"]
    for value in told:
        expect(table).to_contain_text(value)
    command = archive.get(f"/api/v1/jobs/{job['id']}/command")
    expect(page.locator("#on-clip code")).to_have_text(command["here"])
    assert "--prompt 'pan left'" in command["sh"]

    page.get_by_role("button", name="Again with a new seed").click()
    expect(page.locator("#room")).to_be_visible()
    expect(page.locator("#clip")).not_to_have_attribute("data-job", job["id"])
    visitor.expect_status("done")
    again = archive.wait_for(visitor.shown_job())
    assert again["id"] != job["id"]
    assert again["options"]["seed"] != job["options"]["seed"]
    assert {**again["options"], "seed": 0} == {**job["options"], "seed": 0}

    page.go_back()
    expect(page.locator("#on-clip h2")).to_have_text("pan left")
    page.get_by_role("button", name="Reuse all settings").click()
    expect(page.locator("#prompt textarea")).to_have_value("pan left")
    expect(page.locator("#picture figcaption")).to_contain_text("320 × 240 px")
    page.go_back()
    page.locator("#on-clip #star").click()
    expect(page.locator("#on-clip #star")).to_have_attribute("aria-pressed", "true")
    assert archive.get(f"/api/v1/jobs/{job['id']}")["starred"]
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#gallery")).to_be_visible()
    expect(page.locator(f"#gallery [data-job='{job['id']}']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#gallery [data-job='{job['id']}']")).to_have_count(1)
    assert archive.get(f"/api/v1/jobs/{job['id']}")["starred"]


def test_a_clip_that_is_gone_or_nameless_says_so(come: Callable[..., Visitor], archive: Server) -> None:
    visitor = come()
    page = visitor.page
    nameless = archive.jobs()[-1]
    page.goto(f"{archive.url}/#/clips/{nameless['id']}")
    expect(page.locator("#on-clip h2")).to_have_text("video_20201120_100000.mp4")
    expect(page.locator("#on-clip .trouble")).to_contain_text("carries no recipe")
    expect(page.locator("#reuse")).to_have_count(0)
    gone = next(job for job in archive.jobs() if job["options"].get("prompt") == "zoom in 5")
    (archive.outputs / gone["video"]).unlink()
    page.goto(f"{archive.url}/#/clips/{gone['id']}")
    expect(page.locator("#on-clip .problem")).to_contain_text(f"{gone['video']} is no longer in the folder.")
    expect(page.locator("#on-clip video")).to_have_count(0)
    page.get_by_role("button", name="Forget it").click()
    expect(page.locator("#gallery")).to_be_visible()
    expect(page.locator(f"#gallery [data-job='{gone['id']}']")).to_have_count(0)
    page.goto(f"{archive.url}/#/clips/{gone['id']}")
    expect(page.locator("#on-clip .problem")).to_contain_text("There is no job")


def test_a_chinese_phone_has_room_for_all_of_it(come: Callable[..., Visitor], archive: Server) -> None:
    visitor = come(locale="zh-CN", viewport={"width": 360, "height": 740}, has_touch=True, reduced_motion="reduce")
    page = visitor.page
    page.get_by_role("link", name="视频", exact=True).click()
    expect(page.locator("#gallery h2")).to_have_text("全部视频")
    expect(page.locator("#gallery .grid > li")).to_have_count(60)
    _expect_room(page)
    page.get_by_role("button", name="选择", exact=True).click()
    _expect_room(page)
    page.get_by_role("button", name="完成").click()
    page.locator("#gallery .grid a").first.click()
    expect(page.locator("#on-clip .command")).to_be_visible()
    expect(page.get_by_role("button", name="沿用全部设置")).to_be_visible()
    _expect_room(page)
    assert page.evaluate("document.querySelector('#on-clip video').paused"), "who wants calm gets a clip that waits"


def _expect_room(page: Page) -> None:
    """Nothing is wider than the screen, and what a finger hits is large enough."""
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    sizes = page.locator(":is(#top, #library) :is(button, a[href], input, label.pick)").evaluate_all(
        "hits => hits.filter((each) => each.type !== 'checkbox')"
        ".filter((each) => each.checkVisibility({ contentVisibilityAuto: true }))"
        ".map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])"
    )
    assert len(sizes) > 5
    assert json.dumps([what for what, height in sizes if height < 44]) == "[]"
