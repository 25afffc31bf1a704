"""Takes the pictures of the README: the real page in a real browser, and a clip made by the app, as a GIF.

.venv/bin/python -m docs.shoot
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from i2v.media.video import read_frames
from tests.e2e.conftest import FLAGS
from tests.e2e.visitor import PLAYS, wait_until_ready
from tests.run import BROWSERS
from tests.serving import Server

FOLDER = Path(__file__).parent / "pictures"
GIF_SIDE = 288
IS_DONE = """before => {
  const { job, status } = document.querySelector("#clip").dataset;
  return job !== before && status === "done";
}"""
SENTENCES = {"en": "Slowly push in, then pan right", "zh-CN": "镜头慢慢推近，然后向右平移"}


def shoot_page(browser: Browser, server: Server, language: str, dark: bool) -> Path:
    """Makes a clip on the page as its visitor would, and takes the page's picture; the clip's file."""
    context = browser.new_context(
        locale=language, viewport={"width": 1280, "height": 860}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(server.url)
    wait_until_ready(page)
    page.locator("#picture .examples button").first.click()
    page.wait_for_selector("#picture figcaption")
    page.fill("#prompt textarea", SENTENCES[language])
    before = page.locator("#clip").get_attribute("data-job") or ""
    page.click("#generate")
    page.wait_for_function(IS_DONE, arg=before)
    page.wait_for_function(PLAYS)
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / f"page.{language}.png")
    context.close()
    return server.outputs / str(server.jobs()[0]["video"])


def save_gif(clip: Path, target: Path) -> None:
    """The clip forth and back, so that it loops without a jump."""
    frames = [Image.fromarray(frame) for frame in read_frames(clip)]
    for frame in frames:
        frame.thumbnail((GIF_SIDE, GIF_SIDE))
    there_and_back = [*frames, *frames[-2:0:-1]]
    shared = [frame.quantize(96, method=Image.Quantize.MEDIANCUT) for frame in there_and_back]
    shared[0].save(target, save_all=True, append_images=shared[1:], duration=125, loop=0, optimize=True)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        installed = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        server = Server(Path(home)).start()
        clip = shoot_page(browser, server, "en", dark=True)
        save_gif(clip, FOLDER / "clip.gif")
        shoot_page(browser, server, "zh-CN", dark=False)
        server.stop()
        browser.close()


if __name__ == "__main__":
    main()
