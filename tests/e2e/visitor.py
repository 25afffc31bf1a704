"""Someone at the page, in a real browser: looks, clicks and types, and notices everything that goes wrong meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

# Sizes at which the camera engine takes seconds, so that there is time to look.
LONG = {"width": 1280, "height": 1280, "num_frames": 32}
PLAYS = """() => {
  const clip = document.querySelector("#clip video");
  return clip && clip.readyState >= 2 && clip.videoWidth > 0 && clip.currentTime > 0.1;
}"""
# What the browser itself writes to the console for a refusal, a server that only starts, or none: no fault of the page.
_REFUSAL = re.compile(r"Failed to load resource: (the server responded with a status of (4\d\d|503)|net::ERR_)")
_STEP = re.compile(r"\d")


class Visitor:
    """One page in a browser profile of its own; `url` is the app's, the rest are options of Playwright's contexts."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        self.url = url
        self.faults: list[str] = []
        self.expects_refusals = False
        self._context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}  # type: ignore[arg-type]
        )
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        """Another page of the same profile, ready to be used."""
        page = self._context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", self._watch)
        page.goto(self.url)
        wait_until_ready(page)
        return page

    def leave(self) -> None:
        """Closes the browser's windows; what went wrong in them is the test's failure."""
        self._context.close()
        assert not self.faults, self.faults

    def choose_file(self, name: str, content: bytes, kind: str = "image/png") -> None:
        """Through the file dialog that a click on the zone opens."""
        with self.page.expect_file_chooser() as dialog:
            self.page.locator("#picture :is(.drop, .actions button)").first.click()
        dialog.value.set_files({"name": name, "mimeType": kind, "buffer": content})

    def bring(self, content: bytes, sentence: str = "zoom in") -> None:
        """Picture and sentence, taken in by the server."""
        self.choose_file("holiday.png", content)
        expect(self.page.locator("#picture figcaption")).to_contain_text("holiday.png")
        expect(self.page.locator("#picture figcaption")).to_contain_text("px")
        self.page.fill("#prompt textarea", sentence)

    def set_options(self, engine: str = "camera", /, **options: int | str) -> None:
        """Types options of an engine into the folded settings."""
        if not self.page.locator("#engine").is_visible():
            self.page.click("#more > button")
        for name, value in options.items():
            self.page.fill(f"#option--{engine}--{name} input", str(value))

    def press(self) -> None:
        self.page.get_by_role("button", name=re.compile("^(Generate|生成)$")).click()

    def generate(self) -> str:
        """Presses, and waits until the page shows the new job; its id."""
        before = self.shown_job()
        self.press()
        expect(self.page.locator("#clip")).not_to_have_attribute("data-job", before)
        return self.shown_job()

    def expect_status(self, status: str, seconds: float = 30) -> None:
        expect(self.page.locator("#clip")).to_have_attribute("data-status", status, timeout=1000 * seconds)

    def expect_steps(self) -> None:
        """The shown job is at work and says how far it is."""
        expect(self.page.locator("#clip .step")).to_have_text(_STEP, timeout=30_000)

    def shown_job(self) -> str:
        return self.page.locator("#clip").get_attribute("data-job") or ""

    def wait_until_playing(self) -> None:
        self.page.wait_for_function(PLAYS)

    def download(self, target: Path) -> str:
        """Saves the shown clip; the name that the browser would give it."""
        with self.page.expect_download() as saved:
            self.page.click("#download")
        saved.value.save_as(target)
        return saved.value.suggested_filename

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not (self.expects_refusals and _REFUSAL.match(message.text)):
            self.faults.append(f"console: {message.text} {message.location}")

    def _watch(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"request to another place: {request.url}")


def wait_until_ready(page: Page) -> None:
    """Until the page answers to everything."""
    page.wait_for_selector("html[data-ready]", state="attached")
