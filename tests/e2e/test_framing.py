"""The picture as the model will see it: cut where its user drags the frame, with bars, or stretched."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from i2v.media.video import read_frames
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.media.samples import TRANSPARENT_SAMPLES, saved

pytestmark = pytest.mark.browser

RED, GREEN, BLUE = (230, 0, 0), (0, 230, 0), (0, 0, 230)
Pixels = npt.NDArray[np.int64]


def three_squares(turned: bool = False) -> bytes:
    """480×160 pixels: red, green, blue from left to right; turned, from top to bottom."""
    picture = Image.new("RGB", (480, 160), RED)
    picture.paste(GREEN, (160, 0, 320, 160))
    picture.paste(BLUE, (320, 0, 480, 160))
    return saved(picture.transpose(Image.Transpose.ROTATE_270) if turned else picture, "PNG")


def frame_of(visitor: Visitor) -> Locator:
    return visitor.page.locator("#picture").get_by_role("slider")


def drag(visitor: Visitor, across: float, down: float = 0) -> None:
    """Holds the frame in its middle and moves by so many pixels."""
    frame_of(visitor).scroll_into_view_if_needed()
    box = frame_of(visitor).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x + across / 2, y + down / 2)
    visitor.page.mouse.move(x + across, y + down)
    visitor.page.mouse.up()


def first_frame(visitor: Visitor, target: Path) -> Pixels:
    """Makes the clip and decodes what it starts with."""
    visitor.generate()
    visitor.expect_status("done")
    visitor.download(target)
    return next(iter(read_frames(target))).astype(np.int64)


def assert_shows(frame: Pixels, **colours: tuple[int, int, int]) -> None:
    """Colours at places of a frame of 128×128, named by row and column."""
    for place, colour in colours.items():
        row, column = (int(number) for number in place.removeprefix("at_").split("_"))
        assert np.abs(frame[row, column] - colour).max() < 24, (place, frame[row, column])


def test_what_is_dragged_padded_or_stretched_on_the_page_is_what_the_clip_shows(
    visitor: Visitor, tmp_path: Path
) -> None:
    page, frame = visitor.page, frame_of(visitor)
    visitor.expects_refusals = True  # clips this short are over before their preview is asked for
    visitor.bring(three_squares(), "hold still")
    visitor.set_options(width=128, height=128, num_frames=2)
    expect(frame).to_have_attribute("aria-valuenow", "50")
    drag(visitor, 2000)
    expect(frame).to_have_attribute("aria-valuenow", "100")
    assert_shows(first_frame(visitor, tmp_path / "right.mp4"), at_64_64=BLUE, at_64_8=BLUE, at_8_120=BLUE)
    # By the keyboard, and while the size of the clip changes: a flat clip of the same proportions has nothing to cut.
    frame.focus()
    page.keyboard.press("Home")
    expect(frame).to_have_attribute("aria-valuenow", "0")
    for key in ("PageDown", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    expect(frame).to_have_attribute("aria-valuenow", "22")
    expect(frame).to_have_attribute("aria-valuetext", "22 % of the way from left to right")
    visitor.set_options(width=384)
    expect(frame).to_have_count(0)
    expect(page.locator("#picture .segments")).to_be_hidden()
    visitor.set_options(width=256)
    expect(frame).to_have_attribute("aria-valuenow", "22")
    visitor.set_options(width=128)
    # The whole picture between bars of a colour of one's own.
    page.get_by_role("radio", name="Bars").check(force=True)
    expect(frame).to_have_count(0)
    page.locator("#picture [type='color']").fill("#c8c8c8")
    padded = first_frame(visitor, tmp_path / "padded.mp4")
    assert_shows(padded, at_16_64=(200,) * 3, at_112_64=(200,) * 3, at_64_12=RED, at_64_64=GREEN, at_64_116=BLUE)
    page.get_by_role("radio", name="Bars").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Stretch")).to_be_checked()
    stretched = first_frame(visitor, tmp_path / "stretched.mp4")
    assert_shows(stretched, at_4_12=RED, at_124_64=GREEN, at_64_64=GREEN, at_64_116=BLUE)
    expect(page.locator("#clip .recipe")).to_contain_text("FitStretch")
    # All of it is there after a reload; another picture starts in the middle, also along the axis of the one before.
    page.get_by_role("radio", name="Cut").check(force=True)
    page.reload()
    wait_until_ready(page)
    expect(frame).to_have_attribute("aria-valuenow", "22")
    visitor.choose_file("another.png", three_squares(turned=True))
    expect(page.locator("#picture figcaption")).to_contain_text("another.png160 × 480 px")
    expect(frame).to_have_attribute("aria-valuenow", "50")
    drag(visitor, 0, -2000)
    expect(frame).to_have_attribute("aria-valuetext", "0 % of the way from top to bottom")
    assert_shows(first_frame(visitor, tmp_path / "top.mp4"), at_64_64=RED, at_120_64=RED)
    visitor.choose_file("wide again.png", three_squares())
    expect(page.locator("#picture figcaption")).to_contain_text("wide again.png480 × 160 px")
    expect(frame).to_have_attribute("aria-valuetext", "50 % of the way from left to right")


def test_a_finger_moves_the_frame_on_a_phone(visit: Callable[..., Visitor]) -> None:
    visitor = visit(viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True, locale="zh-CN")
    visitor.choose_file("宽.png", three_squares())
    frame = frame_of(visitor)
    expect(frame).to_have_attribute("aria-valuetext", "从左到右 50%")
    box = frame.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for way in (20.0, 50.0, 300.0):
        touch("touchMove", {"x": x - way, "y": y})
    touch("touchEnd")
    expect(frame).to_have_attribute("aria-valuetext", "从左到右 0%")


def test_transparent_parts_take_the_colour_that_is_chosen_while_the_page_has_the_file(visitor: Visitor) -> None:
    page = visitor.page
    colour = page.locator("#picture [type='color']")
    visitor.bring(TRANSPARENT_SAMPLES["rgba png"](), "hold still")
    expect(page.locator("#picture .notices")).to_contain_text("#ffffff")
    expect(page.get_by_label("Colour behind transparent parts")).to_have_value("#ffffff")
    with page.expect_response("**/api/v1/pictures") as answer:
        colour.fill("#008000")
        colour.dispatch_event("change")
    expect(page.locator("#picture .notices")).to_contain_text("#008000")
    sha256 = answer.value.json()["sha256"]
    expect(page.locator("#picture .stage img")).to_have_attribute("src", f"/api/v1/pictures/{sha256}")
    shown = page.request.get(f"{visitor.url}/api/v1/pictures/{sha256}").body()
    assert Image.open(io.BytesIO(shown)).getpixel((4, 4)) == (0, 128, 0)
    page.reload()
    wait_until_ready(page)
    expect(page.locator("#picture .notices")).to_contain_text("#008000")
    expect(colour).to_be_hidden()
