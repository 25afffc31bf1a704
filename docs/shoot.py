"""Takes the pictures of README and guide: the real page in a real browser, and a clip made by the app, as a GIF.

.venv/bin/python -m docs.shoot
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from i2v.media.video import read_frames
from i2v.ui.assets import EXAMPLES, load_examples
from tests.e2e.conftest import FLAGS, without_models
from tests.e2e.visitor import PLAYS, wait_until_ready
from tests.run import BROWSERS
from tests.serving import Server

FOLDER = Path(__file__).parent / "pictures"
GUIDE = FOLDER / "guide"
GIF_SIDE = 288
WINDOW: ViewportSize = {"width": 1280, "height": 1000}
AIR = 12
"""CSS pixels around a part of the page."""
MAX_BYTES = 200_000
IS_DONE = """before => {
  const { job, status } = document.querySelector("#clip").dataset;
  return job !== before && status === "done";
}"""
LOOPS = """() => {
  const clips = [...document.querySelectorAll("#candidates video")];
  return clips.length === 4 && clips.every((clip) => clip.readyState >= 2 && clip.currentTime > 0);
}"""
ARE_LOADED = """() => [...document.images].every((image) => {
  const { top, width } = image.getBoundingClientRect();
  return !width || top > innerHeight || image.complete;
})"""
SENTENCES = {"en": "Slowly push in, then pan right", "zh-CN": "镜头慢慢推近，然后向右平移"}
MORE_SENTENCES = {
    "en": ["Tilt up into the sky", "Pan right, then zoom in", "Orbit left", "Pull back slowly", "Handheld, gently"],
    "zh-CN": ["镜头上摇，看向天空", "先向右平移，再推近", "向左环绕", "慢慢拉远", "轻微的手持晃动"],
}
# Long enough that a queue behind it stands still while its picture is taken.
LONG = {"width": 1280, "height": 1280, "num_frames": 32}


class Studio:
    """One server, one browser window, one language; light for Chinese, dark for English, so that both are seen."""

    def __init__(self, browser: Browser, server: Server, language: str) -> None:
        self.server = server
        self.language = language
        self._context = browser.new_context(
            locale=language,
            viewport=WINDOW,
            color_scheme="dark" if language == "en" else "light",
            device_scale_factor=1.5,
        )
        self.page = self._context.new_page()
        self.open("/")

    def open(self, path: str) -> None:
        self.page.goto(self.server.url + path)
        if path.startswith("/#") or path == "/":
            wait_until_ready(self.page)

    def leave(self) -> None:
        self._context.close()

    def save(self, name: str, part: str = "") -> None:
        """A part of the page with some air around it, or all that the window shows, as WebP for the guide."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("scrollTo(0, 0)")
        self.page.wait_for_function(ARE_LOADED)
        shot = self.page.screenshot(animations="disabled", full_page=bool(part), **self._frame(part))
        save_webp(shot, GUIDE / f"{name}.{self.language}.webp")

    def _frame(self, part: str) -> dict[str, Any]:
        if not part:
            return {}
        box = self.page.locator(part).evaluate(
            "each => { const box = each.getBoundingClientRect();"
            " return [box.left + scrollX, box.top + scrollY, box.width, box.height]; }"
        )
        left, top, width, height = box
        return {"clip": {"x": left - AIR, "y": top - AIR, "width": width + 2 * AIR, "height": height + 2 * AIR}}

    def bring_example(self, number: int) -> None:
        """Picture and sentence of an example of ours, from an empty form."""
        self.page.locator("#picture .examples button").nth(number).click()
        self.page.wait_for_selector("#picture figcaption")

    def generate(self) -> Path:
        """Makes a clip as a visitor would; its file."""
        before = self.page.locator("#clip").get_attribute("data-job") or ""
        self.page.click("#generate")
        self.page.wait_for_function(IS_DONE, arg=before, timeout=120_000)
        self.page.wait_for_function(PLAYS)
        return self.server.outputs / str(self.server.jobs()[0]["video"])

    def submit(self, number: int, **wish: Any) -> str:
        """A job by REST, from the example of that number."""
        picture = (EXAMPLES / load_examples()[number]["name"]).read_bytes()
        return str(self.server.submit(picture, {"engine": "camera", **wish})["id"])


def shoot_making(studio: Studio) -> Path:
    """From the empty page to the finished clip; the clip's file."""
    page = studio.page
    studio.save("start")
    studio.bring_example(2)
    page.fill("#prompt textarea", SENTENCES[studio.language])
    clip = studio.generate()
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.evaluate("scrollTo(0, 0)")
    save_webp(page.screenshot(), FOLDER / f"page.{studio.language}.webp")
    page.set_viewport_size(WINDOW)
    studio.save("light", "#light")
    page.click("#more > button")
    page.wait_for_selector("#option--camera--seed input")
    studio.save("settings", "#more")
    return clip


def shoot_candidates(studio: Studio) -> None:
    """Four seeds side by side."""
    page = studio.page
    page.get_by_role("radio", name="4", exact=True).check()
    page.fill("#prompt textarea", MORE_SENTENCES[studio.language][-1])
    page.click("#generate")
    page.wait_for_function(LOOPS, timeout=120_000)
    studio.save("candidates", "#candidates")
    page.get_by_role("radio", name="1", exact=True).check()


def shoot_framing(studio: Studio) -> None:
    """The frame on a picture that is wider than its clip."""
    page = studio.page
    page.fill("#option--camera--width input", "384")
    page.wait_for_timeout(600)
    studio.save("crop", "#picture")


def shoot_problem(studio: Studio) -> None:
    """A value no clip can have, and the page that explains it."""
    page = studio.page
    page.fill("#option--camera--width input", "500")
    page.click("#generate")
    page.wait_for_selector("#option--camera--width .problem")
    studio.save("problem", "#option--camera--width")
    studio.open("/help/out_of_gpu_memory")
    studio.save("help")


def shoot_queue(studio: Studio) -> None:
    """One clip at work, three that wait."""
    sentences = MORE_SENTENCES[studio.language]
    jobs = [studio.submit(number % 3, prompt=sentences[number], **LONG) for number in range(4)]
    studio.open("/")
    studio.page.wait_for_selector("#queue li:nth-child(3)")
    studio.save("queue", "#queue")
    for job in reversed(jobs):
        studio.server.cancel(job)
        studio.server.wait_for(job)


def shoot_history(studio: Studio) -> None:
    """All clips, and one of them for itself."""
    page = studio.page
    jobs = []
    for number, sentence in enumerate(MORE_SENTENCES[studio.language]):
        jobs.append(studio.submit(number % 3, prompt=sentence, width=384, height=384))
    for job in jobs:
        studio.server.wait_for(job, 120)
    studio.open("/#/clips")
    page.reload()
    wait_until_ready(page)
    page.wait_for_selector("#library li:nth-child(6)")
    page.wait_for_load_state("networkidle")
    studio.save("history")
    studio.open(f"/#/clips/{jobs[1]}")
    page.wait_for_selector("#on-clip video")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    studio.save("clip")


SCENES: list[Callable[[Studio], object]] = [shoot_candidates, shoot_framing, shoot_problem, shoot_history, shoot_queue]


def shoot_language(browser: Browser, language: str, home: Path) -> Path:
    """All pictures in one language; the first clip's file."""
    server = Server(home, None, **without_models(home)).start()
    studio = Studio(browser, server, language)
    try:
        clip = shoot_making(studio)
        for scene in SCENES:
            scene(studio)
        return clip
    finally:
        studio.leave()
        server.stop()


def save_webp(shot: bytes, path: Path) -> None:
    Image.open(io.BytesIO(shot)).convert("RGB").save(path, "WEBP", quality=80, method=6)
    assert path.stat().st_size < MAX_BYTES, f"{path} has {path.stat().st_size} bytes"


def save_gif(clip: Path, target: Path) -> None:
    """The clip forth and back, so that it loops without a jump."""
    frames = [Image.fromarray(frame) for frame in read_frames(clip)]
    for frame in frames:
        frame.thumbnail((GIF_SIDE, GIF_SIDE))
    there_and_back = [*frames, *frames[-2:0:-1]]
    shared = [frame.quantize(96, method=Image.Quantize.MEDIANCUT) for frame in there_and_back]
    shared[0].save(target, save_all=True, append_images=shared[1:], duration=125, loop=0, optimize=True)


def main() -> None:
    GUIDE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        installed = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        for language in SENTENCES:
            folder = Path(home) / language
            folder.mkdir()
            clip = shoot_language(browser, language, folder)
            if language == "en":
                save_gif(clip, FOLDER / "clip.gif")
        browser.close()


if __name__ == "__main__":
    main()
