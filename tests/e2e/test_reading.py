"""Languages, screens and habits of different readers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor, wait_until_ready

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("locale", ["zh", "zh-CN", "zh-HK", "zh-SG", "zh-Hans-CN"])
def test_any_chinese_browser_reads_chinese(visit: Callable[..., Visitor], locale: str) -> None:
    _expect_chinese(visit(locale=locale))


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_other_browsers_read_english(visit: Callable[..., Visitor], locale: str) -> None:
    _expect_english(visit(locale=locale))


def test_the_switch_changes_everything_the_page_says_and_is_remembered(
    visit: Callable[..., Visitor], picture: bytes
) -> None:
    visitor = visit()
    visitor.expects_refusals = True
    visitor.page.fill("#prompt textarea", "pan left")
    visitor.page.get_by_role("button", name="中文").click()
    visitor.page.wait_for_url("**/")
    wait_until_ready(visitor.page)
    _expect_chinese(visitor)
    expect(visitor.page.locator("#prompt textarea")).to_have_value("pan left")
    visitor.choose_file("notes.txt", b"buy milk", "text/plain")
    expect(visitor.page.locator("#picture .problem")).to_contain_text("本程序无法读取")
    visitor.page.click("#more > button")
    expect(visitor.page.locator("#option--camera--num_frames")).to_contain_text("帧数")
    visitor.page.reload()
    wait_until_ready(visitor.page)
    _expect_chinese(visitor)
    visitor.page.get_by_role("button", name="English").click()
    expect(visitor.page).to_have_title("Picture to clip")
    wait_until_ready(visitor.page)
    _expect_english(visitor)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_room_follows_the_systems_light(visit: Callable[..., Visitor], scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    ground = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 244, 240)", "dark": "rgb(20, 22, 26)"}[scheme]


def test_a_phone_shows_everything_in_one_column(visit: Callable[..., Visitor], picture: bytes) -> None:
    visitor = visit(viewport={"width": 360, "height": 740}, has_touch=True)
    page = visitor.page
    visitor.bring(picture)
    page.click("#more > button")
    expect(page.locator("#engine")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    below = page.evaluate(
        "document.querySelector('#clip').getBoundingClientRect().top"
        " - document.querySelector('#wish').getBoundingClientRect().bottom"
    )
    assert 0 < below < 60
    visitor.generate()
    visitor.expect_status("done")
    expect(page.locator("#clip .headline")).to_be_in_viewport()
    visitor.wait_until_playing()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_what_a_finger_hits_is_large_enough(visit: Callable[..., Visitor], picture: bytes) -> None:
    visitor = visit(viewport={"width": 360, "height": 740})
    visitor.bring(picture)
    visitor.page.click("#more > button")
    expect(visitor.page.locator("#engine")).to_be_visible()
    heights = visitor.page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
          .filter((each) => each.checkVisibility())
          .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])""",
        "button, a[href], fieldset label, input[type=number], textarea, summary",
    )
    assert len(heights) > 12
    assert [what for what, height in heights if height < 44] == []


def test_who_wants_calm_gets_a_clip_that_waits(visit: Callable[..., Visitor]) -> None:
    visitor = visit(reduced_motion="reduce")
    visitor.page.wait_for_function("document.querySelector('#clip video')?.readyState >= 2")
    assert visitor.page.evaluate("document.querySelector('#clip video').paused")
    assert visitor.page.evaluate("document.querySelector('#clip video').controls")


def _expect_chinese(visitor: Visitor) -> None:
    expect(visitor.page).to_have_title("图片变视频")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(visitor.page.locator("#generate")).to_have_text("生成")
    expect(visitor.page.locator("#prompt")).to_contain_text("画面要怎么动？")
    expect(visitor.page.locator("#picture h2")).to_have_text("图片")


def _expect_english(visitor: Visitor) -> None:
    expect(visitor.page).to_have_title("Picture to clip")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.page.locator("#generate")).to_have_text("Generate")
    expect(visitor.page.locator("#prompt")).to_contain_text("What should happen?")
    expect(visitor.page.locator("#picture h2")).to_have_text("Picture")
