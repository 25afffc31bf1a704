"""What is said before the press: the light above Generate, the computer in the head, and the length of the clip."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.visitor import Visitor
from tests.serving import Server
from tests.stand_in_card import UUID, StandInCard

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parent.parent / "golden" / "model"
LARGEST = {"width": 1280, "height": 1280, "num_frames": 32}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> StandInCard:
    """24 GB with little in it, until a test says otherwise."""
    return StandInCard(tmp_path_factory.mktemp("bin"))


@pytest.fixture(scope="module")
def carded(tmp_path_factory: pytest.TempPathFactory, card: StandInCard) -> Iterator[Server]:
    """A server that sees the stand-in card and has the tests' tiny model. Making a clip there would fail."""
    path = f"{card.folder}{os.pathsep}{os.environ['PATH']}"
    home = tmp_path_factory.mktemp("carded")
    server = Server(home, PATH=path, I2V_DEVICE="cuda", I2V_MODEL_DIR=str(MODEL)).start()
    yield server
    server.stop()


@pytest.fixture
def visit_carded(browser: Browser, carded: Server) -> Iterator[Callable[..., Visitor]]:
    with ExitStack() as stack:

        def go(**options: object) -> Visitor:
            visitor = Visitor(browser, carded.url, **options)
            stack.callback(visitor.leave)
            return visitor

        yield go


def look_again(visitor: Visitor, server: Server, total_mb: int | None) -> None:
    """Lets the server ask the driver anew, and the page look as it does when its tab is opened again."""
    total = None if total_mb is None else total_mb << 20
    while server.get("/api/v1/gpu_status")["memory_total"] != total:
        time.sleep(0.1)
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_light_says_that_it_fits_and_how_long_it_takes(visitor: Visitor, picture: bytes) -> None:
    """Learned from the clip this server has made, of which time and memory are known."""
    light = visitor.page.locator("#light")
    expect(light).to_have_attribute("data-light", "green")  # without a picture too
    visitor.bring(picture)
    expect(light.locator(".verdict")).to_have_text(re.compile(r"^Fits · takes about [\d–]+ s$"))
    expect(light.locator(".figures")).to_have_text(
        re.compile(
            r"^Memory: [\d.–]+ GB needed, [\d.]+ GB free, (computed|from this computer's clips)"
            r" · Time: from this computer's clips$"
        )
    )
    visitor.set_options(num_frames=8)  # as the clip before
    expect(light.locator(".figures")).to_have_text(
        re.compile(r"^Memory: [\d.–]+ GB needed, [\d.]+ GB free, from this computer's clips · Time: from this")
    )
    visitor.expects_refusals = True
    visitor.set_options(num_frames=33)
    expect(light).to_be_hidden()  # refused at the press, beside the option


def test_what_does_not_fit_is_told_with_its_numbers_and_one_press_makes_it_fit(
    visit_carded: Callable[..., Visitor], card: StandInCard, carded: Server, picture: bytes
) -> None:
    card.show(used_mb=500, total_mb=24564)
    visitor = visit_carded()
    visitor.expects_refusals = True
    page, light = visitor.page, visitor.page.locator("#light")
    visitor.bring(picture)
    visitor.set_options("i2vgen-xl", **LARGEST)
    expect(light.locator(".verdict")).to_have_text("Fits · how long it takes is not known yet")

    card.show(used_mb=500, total_mb=1530)
    look_again(visitor, carded, 1530)
    expect(light).to_have_attribute("data-light", "amber")
    expect(light.locator(".verdict")).to_contain_text("Fits, but slower: in two passes")

    card.show(used_mb=3500, total_mb=4300, processes=f"{UUID}, 99, /usr/bin/blender, 3100\n")
    look_again(visitor, carded, 4300)
    expect(light).to_have_attribute("data-light", "red")
    expect(light.locator(".figures")).to_have_text(
        "This clip needs about 0.84 GB of graphics memory (computed), and 0.78 of 4.2 GB are free."
        " 81 % of it is in use: 3.4 GB by other programs, 0.0 GB by this app."
    )
    expect(page.locator("#machine > button")).to_contain_text("nearly full")
    page.click("#machine > button")
    for told in ("NVIDIA GeForce RTX 4090", "blender3.0 GB", "Other programs3.4 GB", "Temperature41 °C", "Load7 %"):
        expect(page.locator("#machine-panel")).to_contain_text(told)
    page.keyboard.press("Escape")
    expect(page.locator("#machine-panel")).to_be_hidden()
    expect(page.locator("#machine > button")).to_be_focused()

    visitor.press()
    question = page.locator("#plan .question")
    expect(question).to_contain_text("This clip needs about 0.84 GB of graphics memory (computed), and 0.78 of")
    smaller = re.compile(r"^Use \d+ × \d+ px, \d+ frames$")
    expect(question.get_by_role("button")).to_have_text([smaller, "Try it anyway"])
    expect(light.get_by_role("button")).to_be_hidden()  # said once is enough
    assert carded.jobs() == []
    with page.expect_response("**/api/v1/jobs") as pressed:
        question.get_by_role("button", name="Try it anyway").click()
    assert pressed.value.status == 202
    carded.wait_for(pressed.value.json()["id"])

    offer = light.get_by_role("button")
    width, height, frames = (int(number) for number in re.findall(r"\d+", offer.inner_text()))
    offer.click()
    expect(light).to_have_attribute("data-light", re.compile("green|amber"))
    for name, value in (("width", width), ("height", height), ("num_frames", frames)):
        expect(page.locator(f"#option--i2vgen-xl--{name} input").first).to_have_value(str(value))
    with page.expect_response("**/api/v1/jobs") as pressed:
        visitor.press()
    assert pressed.value.status == 202
    carded.wait_for(pressed.value.json()["id"])


def test_a_card_that_tells_nothing_makes_an_unknown_light(
    visit_carded: Callable[..., Visitor], card: StandInCard, carded: Server
) -> None:
    card.say("GPU-1, NVIDIA GB10, [N/A], [N/A], [N/A], [N/A]\n")
    visitor = visit_carded(locale="zh-CN")
    light = visitor.page.locator("#light")
    look_again(visitor, carded, None)
    expect(light).to_have_attribute("data-light", "unknown")
    expect(light.locator(".verdict")).to_have_text("在这台电脑上无法判断是否放得下 · 还不知道需要多久")
    expect(light.locator(".figures")).to_contain_text("空闲 ? GB")
    expect(visitor.page.locator("#machine > button")).to_contain_text("GB10内存未知")


def test_a_computer_without_a_card_shows_processor_and_memory(visit: Callable[..., Visitor]) -> None:
    visitor = visit(viewport={"width": 360, "height": 740})
    line = visitor.page.locator("#machine > button")
    expect(line).to_have_text(re.compile(r"^CPU[\d.]+ of [\d.]+ GB.*load \d+ %$"))
    line.click()
    panel = visitor.page.locator("#machine-panel")
    for told in ("This app", "Other programs", "Free", "Graphics cardnone that could be used"):
        expect(panel).to_contain_text(told)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == 360
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    visitor.page.mouse.click(180, 730)
    expect(panel).to_be_hidden()
    # On a screen of middling width the promise stands below, instead of in a column a word wide.
    visitor.page.set_viewport_size({"width": 1000, "height": 740})
    assert visitor.page.evaluate("document.querySelector('#top header').offsetHeight") < 140


def test_the_machine_is_not_asked_for_a_tab_that_nobody_sees(visitor: Visitor) -> None:
    page = visitor.page
    asked: list[str] = []

    def count(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    page.route("**/api/v1/gpu_status", count)
    page.click("#machine > button")  # looks at once, then every two seconds
    page.wait_for_timeout(200)
    assert len(asked) == 1
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(2500)
    assert len(asked) == 1
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(300)
    assert len(asked) == 2


def test_the_length_is_dragged_or_typed_and_said_in_seconds(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture)
    visitor.set_options(fps=12)
    for engine in ("i2vgen-xl", "camera"):
        page.click(f"#engine label:has(input[value='{engine}'])")
        place = page.locator(f"#option--{engine}--num_frames")
        slider, told = place.get_by_role("slider", name="Frames, 8 to 32"), place.locator(".length p")
        expect(told).to_have_text("16 frames ÷ 8 fps = 2.0 s")
        slider.focus()
        page.keyboard.press("End")
        expect(place.locator("input[type=number]")).to_have_value("32")
        expect(told).to_have_text("32 frames ÷ 8 fps = 4.0 s")
        page.keyboard.press("Home")
        expect(told).to_have_text("8 frames ÷ 8 fps = 1.0 s")
        page.fill(f"#option--{engine}--fps input", "12")
        expect(told).to_have_text("8 frames ÷ 12 fps = 0.7 s")
        page.fill(f"#option--{engine}--num_frames input[type=number]", "40")
        expect(told).to_have_text("40 frames ÷ 12 fps = 3.3 s")
        expect(slider).to_have_value("32")
    page.fill("#option--camera--num_frames input[type=number]", "10")
    expect(slider).to_have_value("10")
    with page.expect_request("**/api/v1/jobs") as sent:
        visitor.generate()
    body = sent.value.post_data_buffer or b""
    wish = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    assert (wish["num_frames"], wish["fps"]) == (10, 12)
    visitor.expect_status("done")


def test_the_length_ends_where_the_settings_limit_it(visitor: Visitor) -> None:
    """The page as a server with `max_frames: 6` sends it."""
    page = visitor.page

    def limit(route: Route) -> None:
        text, count = re.subn(r'(max_frames\\*": )32', r"\g<1>6", route.fetch().text())
        assert count > 0
        route.fulfill(body=text, content_type="text/html")

    page.route(f"{visitor.url}/", limit)
    page.goto(visitor.url)
    visitor.set_options(fps=8)
    slider = page.locator("#option--camera--num_frames").get_by_role("slider", name="Frames, 2 to 6")
    expect(slider).to_have_value("6")
