"""axe-core finds nothing, whatever the page shows: light and dark, on a wide screen and a phone, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.axe import THEME_RULES, violations
from tests.e2e.visitor import LONG, Visitor
from tests.media.samples import saved
from tests.serving import Server

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 2}
SHORT = {
    "engine": "i2vgen-xl",
    "needed_gb": 21.3,
    "free_gb": 9.1,
    "total_gb": 24.0,
    "where": "ram",
    "memory": "RAM",
    "basis": "computed",
    "instead": "384×384×16",
    "width": 384,
    "height": 384,
    "num_frames": 16,
}
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {"locale": "en-US"},
    "phone": {"locale": "zh-CN", "viewport": {"width": 360, "height": 740}, "has_touch": True, "color_scheme": "dark"},
}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Server]:
    """A server with the tiny model and nothing made yet."""
    server = Server(tmp_path, None, I2V_MODEL_DIR=str(MODEL), I2V_DEVICE="cpu", OMP_NUM_THREADS="1").start()
    yield server
    server.stop()


class Inspector(Visitor):
    """Looks at each state twice: as it is, and in the other light."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        super().__init__(browser, url, **options)
        self.expects_refusals = True
        self.found: dict[str, list[str]] = {}

    def inspect(self, state: str) -> None:
        page = self.page
        found = violations(page)
        page.evaluate("document.body.classList.toggle('dark')")
        found += [f"in the other light: {each}" for each in violations(page, THEME_RULES)]
        page.evaluate("document.body.classList.toggle('dark')")
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 0:
            found.append(f"wider than the screen by {width} px")
        if found:
            self.found[state] = found

    @contextmanager
    def told(self, path: str, change: dict[str, Any], status: int = 200, method: str = "GET") -> Iterator[None]:
        """While it lasts the server is said to answer that: such states cannot be made quickly enough."""

        def answer(route: Route) -> None:
            if route.request.method != method:
                return route.fallback()
            if status != 200:
                body = {"detail": "This cannot be done.", "fix": "Do something else.", **change}
                return route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(body))
            response = route.fetch()
            return route.fulfill(response=response, json=_changed(response.json(), change))

        place = re.compile(rf"/api/v1/{path}$")
        self.page.route(place, answer)
        yield
        self.page.unroute_all(behavior="wait")

    def unfold(self) -> None:
        self.page.click("#more > button")


def _changed(told: Any, change: dict[str, Any]) -> Any:
    """The answer with other values where it has these names, at any depth."""
    if isinstance(told, list):
        return [_changed(each, change) for each in told]
    if isinstance(told, dict):
        return {name: change[name] if name in change else _changed(value, change) for name, value in told.items()}
    return told


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_in_anybodys_way(browser: Browser, home: Server, picture: bytes, screen: str) -> None:
    visitor = Inspector(browser, home.url, **SCREENS[screen])
    page = visitor.page
    _before_the_first_clip(visitor, picture)
    _settings(visitor)
    _refusals(visitor)
    _at_work(visitor, home, picture)
    _candidates(visitor)
    _history(visitor, home)
    for address in ("/help", "/help/out_of_gpu_memory"):
        page.goto(home.url + address)
        visitor.inspect(address)
    visitor.leave()
    assert visitor.found == {}


def _before_the_first_clip(visitor: Inspector, picture: bytes) -> None:
    page = visitor.page
    visitor.inspect("empty")
    page.goto(f"{visitor.url}/#/clips")
    expect(page.locator("#gallery .nothing")).to_be_visible()
    visitor.inspect("no clips")
    page.goto(f"{visitor.url}/#/")
    page.click("#generate")
    expect(page.locator("#picture .problem")).to_be_visible()
    visitor.inspect("no picture")
    visitor.choose_file("notes.txt", b"buy milk", "text/plain")
    expect(page.locator("#picture .problem")).to_contain_text("notes.txt")
    visitor.inspect("no picture at all")
    visitor.choose_file("leaf.png", saved(Image.new("RGBA", (400, 200), (20, 90, 60, 120)), "PNG"))
    expect(page.locator("#picture .notices")).to_be_visible()
    visitor.inspect("a transparent picture")
    visitor.choose_file("holiday.png", picture)
    expect(page.locator("#picture figcaption")).to_contain_text("holiday.png")
    expect(page.locator("#picture.is-reading")).to_have_count(0)
    for number, fit in enumerate(("cut", "bars", "stretched")):
        page.locator("#picture .segments label").nth(number).click()
        visitor.inspect(fit)
    page.locator("#picture .segments label").first.click()
    page.fill("#prompt textarea", "zoom in")


def _settings(visitor: Inspector) -> None:
    page = visitor.page
    visitor.unfold()
    expect(page.locator("#model--i2vgen-xl")).to_have_attribute("data-state", "ready")
    for engine in ("auto", "camera", "i2vgen-xl"):
        page.click(f"#engine label:has(input[value='{engine}'])")
        visitor.inspect(f"settings of {engine}")
    error = {"code": "hub_offline", "detail": "The hub does not answer.", "fix": "Try later."}
    begun = {"bytes_done": 2_000_000, "bytes_total": 9_000_000, "bytes_per_second": 1_000_000, "seconds_left": 7}
    states: dict[str, dict[str, Any]] = {
        "absent": {"status": "idle"},
        "downloading": {"status": "running", **begun},
        "failed": {"status": "failed", "error": error, **begun},
    }
    for state, download in states.items():
        with visitor.told("models", {"is_ready": False, "download": {**_NO_DOWNLOAD, **download}}):
            expect(page.locator("#model--i2vgen-xl")).to_have_attribute("data-state", state, timeout=8000)
            visitor.inspect(f"model {state}")
    expect(page.locator("#model--i2vgen-xl")).to_have_attribute("data-state", "ready", timeout=8000)


_NO_DOWNLOAD = {
    "status": "idle",
    "file": None,
    "bytes_done": 0,
    "bytes_total": 0,
    "bytes_per_second": None,
    "seconds_left": None,
    "trouble": None,
    "error": None,
}


def _refusals(visitor: Inspector) -> None:
    page = visitor.page
    visitor.set_options("i2vgen-xl", **TINY | {"width": 99_999})
    visitor.press()
    expect(page.locator("#option--i2vgen-xl--width .remedy")).to_be_visible()
    visitor.inspect("an option refused")
    page.fill("#option--i2vgen-xl--width input", "64")
    questions = {
        "job_long": {"engine": "i2vgen-xl", "low_minutes": 30, "high_minutes": 50},
        "memory_short": SHORT,
    }
    for code, values in questions.items():
        with visitor.told("jobs", {"code": code, "values": values}, 409, "POST"):
            visitor.press()
            expect(page.locator("#plan .question")).to_be_visible()
            visitor.inspect(code)
    with visitor.told("jobs", {"code": "queue_full", "values": {"waiting": 100, "limit": 100}}, 409, "POST"):
        visitor.press()
        expect(page.locator("#plan .problem")).to_be_visible()
        visitor.inspect("a full queue")
    memory = {"where": "ram", "needed_gb": {"low": 20, "high": 21}, "free_gb": 9, "total_gb": 24, "basis": "computed"}
    instead = {"width": 384, "height": 384, "num_frames": 16}
    lights: dict[str, dict[str, Any]] = {
        "red": {"memory": memory, "instead": instead, "seconds": None},
        "amber": {"memory": memory, "plan": "two_passes"},
        "unknown": {"memory": None},
    }
    for number, (light, estimate) in enumerate(lights.items()):
        with visitor.told("estimate", {"light": light, **estimate}, method="POST"):
            visitor.set_options("i2vgen-xl", fps=9 + number)
            expect(page.locator("#light")).to_have_attribute("data-light", light)
            visitor.inspect(f"{light} light")


def _at_work(visitor: Inspector, server: Server, picture: bytes) -> None:
    page = visitor.page
    jobs = [server.submit(picture, {"engine": "camera", "prompt": "zoom in", **LONG})["id"] for _ in range(3)]
    visitor.expect_steps()
    expect(page.locator("#queue li")).to_have_count(3)
    page.wait_for_function("document.querySelector('#clip .preview').naturalWidth > 0")
    for worker in server.workers():
        worker.suspend()  # it stays at work however long the look takes
    visitor.inspect("at work")
    page.click("#machine > button")
    page.click("#log summary")
    expect(page.locator("#log .entries p").first).to_be_visible()
    visitor.inspect("machine and log")
    page.keyboard.press("Escape")
    page.click("#log summary")
    row = page.locator("#queue li").last
    row.locator(".deeds button:visible").nth(-2).click()
    expect(page.locator("#edit .banner")).to_be_visible()
    visitor.inspect("a job in the form")
    page.click("#edit-leave")
    page.click("#cancel-all")
    visitor.inspect("the queue to be emptied")
    page.click("#cancel-all-yes")
    server.cancel(jobs[0])
    expect(page.locator("#queue li")).to_have_count(0)
    row = page.locator("#clip")
    expect(row).to_have_attribute("data-status", "cancelled")
    visitor.inspect("cancelled")
    error = {"code": "out_of_memory", "detail": "There was too little memory.", "fix": "Make it smaller.", "values": {}}
    with visitor.told(r"jobs\?.*", {"status": "failed", "error": error}):
        visitor.expect_status("failed")
        visitor.inspect("failed")


def _candidates(visitor: Inspector) -> None:
    page = visitor.page
    page.locator("#count label").nth(1).click()
    visitor.press()
    expect(page.locator("#candidates .candidate[data-status=done]")).to_have_count(2, timeout=60_000)
    visitor.expect_status("done")
    visitor.inspect("candidates")
    page.locator("#candidates .candidate").first.click()
    if not page.locator("#clip .refine .ways").is_visible():
        page.click("#clip .refine summary")
    page.click("#clip summary >> nth=-1")
    expect(page.locator("#clip .recipe")).to_be_visible()
    visitor.inspect("a clip with its recipe, to be refined")


def _history(visitor: Inspector, server: Server) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/#/clips")
    cards = page.locator("#gallery .grid > li")
    expect(cards).to_have_count(2)
    visitor.inspect("gallery")
    page.click("#picking")
    cards.first.locator("a").click()
    visitor.inspect("a clip selected")
    page.locator("#gallery .picked button").nth(2).click()
    expect(page.locator("#toast")).to_be_visible()
    visitor.inspect("a clip deleted")
    page.locator("#toast button").first.click()
    expect(page.locator("#toast")).to_be_hidden()
    page.fill("#search", "nothing like it")
    expect(page.locator("#gallery .nothing")).to_be_visible()
    visitor.inspect("nothing found")
    page.fill("#search", "")
    cards.first.locator("a").click()
    expect(page.locator("#on-clip .command")).to_be_visible()
    visitor.inspect("a clip's own view")
    gone = server.jobs()[0]
    (server.outputs / gone["video"]).unlink()
    _open_anew(page, f"{visitor.url}/#/clips/{gone['id']}")
    expect(page.locator("#on-clip .problem")).to_be_visible()
    visitor.inspect("a clip that is gone")
    _open_anew(page, f"{visitor.url}/#/clips/{'0' * 32}")
    expect(page.locator("#on-clip .problem")).to_be_visible()
    visitor.inspect("a clip that never was")


def _open_anew(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(address)
