"""A picture with faults: shown where they are, improved by one press, compared with itself, and then it moves."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from benchmarks.preprocess import add_noise, closeness, draw_leaves, draw_subject, lower_contrast, move_aside
from i2v.media.embed import read_recipe
from i2v.media.video import read_frames
from tests.e2e.axe import violations
from tests.e2e.visitor import Visitor, wait_until_ready

pytestmark = pytest.mark.browser

Pixels = npt.NDArray[np.uint8]
LOOKS = 20_000
"""Milliseconds in which a picture is surely looked at, whatever else the machine does."""


@pytest.fixture(scope="module")
def good() -> Pixels:
    return draw_leaves(306, 256)


@pytest.fixture(scope="module")
def pale(good: Pixels) -> Pixels:
    return lower_contrast(good, 0.25)


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def improvement(page: Page) -> Locator:
    return page.locator("#picture .improve")


def divider(page: Page, name: str = "Before and after") -> Locator:
    return page.get_by_role("slider", name=name)


def test_a_pale_picture_is_improved_by_a_press_compared_and_moves(
    visitor: Visitor, good: Pixels, pale: Pixels, tmp_path: Path
) -> None:
    page, advice = visitor.page, visitor.page.locator("#picture .advice")
    visitor.expects_refusals = True  # clips this short are over before their preview is asked for
    visitor.bring(png(pale), "hold still")
    visitor.set_options(width=256, height=256, num_frames=2)
    switch = page.get_by_role("switch", name="Improve the picture")
    expect(switch).not_to_be_checked()
    # The advice offers it, takes it back, and has nothing more to say once it is done.
    page.get_by_role("button", name="Improve the picture").click(timeout=LOOKS)
    expect(switch).to_be_checked()
    expect(improvement(page)).to_contain_text("contrast +", timeout=LOOKS)
    expect(advice).to_have_count(0)
    page.locator("#picture").get_by_role("button", name="Undo").click()
    expect(switch).not_to_be_checked()
    expect(page.locator("#picture .compare")).to_have_count(0)
    switch.check()
    expect(improvement(page)).to_contain_text("contrast +", timeout=LOOKS)
    # Before on the left, after on the right, as far as the divider says: by keys and by the mouse.
    expect(divider(page)).to_have_attribute("aria-valuenow", "50")
    divider(page).focus()
    for key in ("PageUp", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(divider(page)).to_have_attribute("aria-valuetext", re.compile("As it is on the left, 68 % of"))
    drag_divider(page, 0.25)
    expect(divider(page)).to_have_attribute("aria-valuenow", "25")
    assert violations(page) == []
    # What moves is the improved picture, and the recipe knows it; all of it is there after a reload.
    visitor.generate()
    visitor.expect_status("done")
    visitor.download(tmp_path / "clip.mp4")
    frame = next(iter(read_frames(tmp_path / "clip.mp4")))
    assert closeness(frame, good) > closeness(pale, good) + 2
    recipe = read_recipe(tmp_path / "clip.mp4")
    assert recipe
    assert (recipe.treatment or {}).keys() == {"contrast"}
    expect(page.locator("#clip .recipe")).to_contain_text(re.compile("Improve the pictureyes", re.IGNORECASE))
    page.reload()
    wait_until_ready(page)
    expect(switch).to_be_checked()
    expect(divider(page)).to_be_visible(timeout=LOOKS)
    # A good picture says that there is nothing to be done, and shows only itself.
    visitor.choose_file("good.png", png(good))
    expect(improvement(page)).to_contain_text("Nothing here that it could mend", timeout=LOOKS)
    expect(divider(page)).to_have_count(0)
    # The cut goes to what stands out, until somebody moves it.
    visitor.choose_file("aside.png", png(move_aside(draw_subject(307, 256), 0.45)))
    expect(improvement(page)).to_contain_text("cut moved", timeout=LOOKS)
    frame_place = page.get_by_role("slider", name="Part of the picture")
    assert int(frame_place.get_attribute("aria-valuenow") or 0) > 80
    frame_place.focus()
    page.keyboard.press("Home")
    expect(frame_place).to_have_attribute("aria-valuenow", "0")


def test_outlines_show_where_the_faults_are_whatever_the_framing(visit: Callable[..., Visitor], good: Pixels) -> None:
    visitor = visit(viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True, locale="zh-CN")
    page, faults = visitor.page, visitor.page.locator("#picture .fault")
    visitor.choose_file("grainy.png", png(add_noise(move_aside(draw_subject(307, 256), 0.45), 12)))
    expect(faults).to_have_count(1, timeout=LOOKS)
    expect(page.locator("#picture .advice .number")).to_have_text(["1"])  # the grain, told first, has no place
    expect(page.locator("#picture .advice")).to_have_count(2)
    wide = np.concatenate([good, good], axis=1)
    visitor.choose_file("barred.png", png(np.pad(wide, ((64, 64), (0, 0), (0, 0)))))  # 512×384, bars of a sixth
    expect(faults).to_have_count(2, timeout=LOOKS)
    assert places(page) == [(0, 0, 100, 17), (0, 83, 100, 17)]
    number = page.get_by_role("button", name="在图片上标出位置（1）")
    number.focus()
    assert "is-lit" in (faults.first.get_attribute("class") or "")
    assert violations(page) == []
    # Within the bars that a square clip puts around it, the picture takes three quarters of the height.
    page.locator("label:has(input[value='pad'])").click()
    expect(page.locator("#picture .stage")).to_have_attribute("data-fit", "pad")
    assert places(page) == [(0, 13, 100, 13), (0, 75, 100, 13)]
    number.click()
    expect(faults).to_have_count(0)
    number.click()
    expect(faults).to_have_count(2)
    # Once they are cut off, the rest is all there is.
    page.get_by_role("switch", name="改善图片").check()
    expect(improvement(page)).to_contain_text("去除边框", timeout=LOOKS)
    expect(faults).to_have_count(0)
    height = "image => image.decode().then(() => image.naturalHeight)"
    assert 250 <= page.locator("#picture .compare img").first.evaluate(height) <= 256
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    # A finger moves the divider as well.
    divider(page, "前后对比").scroll_into_view_if_needed()
    box, stage = divider(page, "前后对比").bounding_box(), page.locator("#picture .stage").bounding_box()
    assert box
    assert stage
    fingers = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 30, "y": y}]),
        ("touchMove", [{"x": stage["x"] + 0.2 * stage["width"], "y": y}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(divider(page, "前后对比")).to_have_attribute("aria-valuenow", "20")


def drag_divider(page: Page, share: float) -> None:
    """Takes the divider and moves it to that share of the width."""
    box, stage = divider(page).bounding_box(), page.locator("#picture .stage").bounding_box()
    assert box
    assert stage
    assert min(box["width"], box["height"]) >= 44
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * share, box["y"] + 10, steps=4)
    page.mouse.up()


def places(page: Page) -> list[tuple[int, ...]]:
    """Left, top, width and height of each outline in whole per cent of the stage."""
    stage = page.locator("#picture .stage").bounding_box()
    assert stage
    found = []
    for fault in page.locator("#picture .fault").all():
        box = fault.bounding_box()
        assert box
        left, top = (box["x"] - stage["x"]) / stage["width"], (box["y"] - stage["y"]) / stage["height"]
        shares = (left, top, box["width"] / stage["width"], box["height"] / stage["height"])
        found.append(tuple(int(100 * share + 0.5) for share in shares))
    return sorted(found)
