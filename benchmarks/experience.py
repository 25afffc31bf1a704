"""How long a user waits: from the start to the page, from the press to the playing clip, from a reload to the job;
and what the app takes of a processor while nobody wants anything of it.

    python -m benchmarks.experience [--runs 3]

Prints a table of minimum, median and maximum beside what is promised. A real server, a real Chromium.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import FLAGS
from tests.e2e.visitor import LONG, PLAYS, wait_until_ready
from tests.run import BROWSERS
from tests.serving import Server

PROMISED = {
    "start to first HTTP answer (s)": 0.5,
    "start to page usable (s)": 3.0,
    "Generate to status visible (s)": 0.3,
    "Generate to playing clip, 512×512×16 (s)": 1.5,
    "reload to reattached (s)": 0.8,
    "server memory after 20 jobs (MiB)": 250.0,
    "idle, page to make clips (% of a core)": 3.0,
    "idle, gallery (% of a core)": 3.0,
    "idle, a clip's own view (% of a core)": 3.0,
    "idle, log open (% of a core)": 3.0,
    "idle, machine panel open (% of a core)": 3.0,
}
JOBS = 20
IDLE_SECONDS = 20.0

Taken = dict[str, list[float]]


def measure_start(home: Path, browser: Browser, taken: Taken) -> Server:
    """Starts the server and asks from the first moment."""
    server = Server(home)
    began = time.perf_counter()
    server.start(wait=False)
    while True:
        try:
            urllib.request.urlopen(server.url, timeout=5).close()
            break
        except OSError:
            time.sleep(0.002)
    taken["start to first HTTP answer (s)"].append(time.perf_counter() - began)
    page = browser.new_page()
    page.goto(server.url)
    wait_until_ready(page)
    taken["start to page usable (s)"].append(time.perf_counter() - began)
    page.close()
    server.wait_until_ready()
    return server


def measure_clips(server: Server, browser: Browser, picture: bytes, taken: Taken) -> None:
    """Presses Generate and watches, once to warm the worker and once to count."""
    page = _page_with_picture(server, browser, picture)
    for is_warm in (False, True):
        before = page.locator("#clip").get_attribute("data-job") or ""
        pressed = time.perf_counter()
        page.click("#generate")
        page.wait_for_function("job => document.querySelector('#clip').dataset.job !== job", arg=before, polling=5)
        visible = time.perf_counter()
        page.wait_for_function(f"job => document.querySelector('#clip').dataset.job !== job && ({PLAYS})()", arg=before)
        playing = time.perf_counter()
        if is_warm:
            taken["Generate to status visible (s)"].append(visible - pressed)
            taken["Generate to playing clip, 512×512×16 (s)"].append(playing - pressed)
    page.close()


def measure_reload(server: Server, browser: Browser, picture: bytes, taken: Taken) -> None:
    """Reloads in the middle of a long job and waits until its progress stands there again."""
    page = _page_with_picture(server, browser, picture)
    job_id = server.submit(picture, {"prompt": "zoom in", "engine": "camera", **LONG})["id"]
    attached = f"document.querySelector('#clip')?.dataset.job === '{job_id}'"
    page.wait_for_function(attached)
    began = time.perf_counter()
    page.reload(wait_until="commit")
    page.wait_for_function(attached, polling=5)
    taken["reload to reattached (s)"].append(time.perf_counter() - began)
    cancel = urllib.request.Request(f"{server.url}/api/v1/jobs/{job_id}/cancel", method="POST")
    urllib.request.urlopen(cancel, timeout=10).close()
    server.wait_for(job_id)
    page.close()


def measure_memory(server: Server, picture: bytes, taken: Taken) -> None:
    """Resident memory of the server process alone, after twenty jobs and a page or two."""
    for _ in range(JOBS):
        server.wait_for(server.submit(picture, {"prompt": "pan left", "engine": "camera"})["id"])
    assert server.process is not None
    taken["server memory after 20 jobs (MiB)"].append(psutil.Process(server.process.pid).memory_info().rss / 2**20)


def measure_idle(server: Server, browser: Browser, taken: Taken) -> None:
    """Processor time of the server and its workers with one tab open, on each view in turn."""
    while any(job["status"] == "done" and job["measures"] is None for job in server.jobs()):
        time.sleep(0.5)  # the last clips are still being measured
    page = browser.new_page()
    clip = server.jobs()[0]["id"]
    views: dict[str, tuple[str, str | None]] = {
        "page to make clips": ("", None),
        "gallery": ("#/clips", None),
        "a clip's own view": (f"#/clips/{clip}", None),
        "log open": ("", "#log summary"),
        "machine panel open": ("", "#machine > button"),
    }
    for name, (address, opener) in views.items():
        page.goto("about:blank")
        page.goto(f"{server.url}/{address}")
        wait_until_ready(page)
        if opener:
            page.click(opener)
        page.wait_for_timeout(3000)  # what a newly opened page asks for once
        before, began = _processor_seconds(server), time.perf_counter()
        page.wait_for_timeout(1000 * IDLE_SECONDS)
        used, passed = _processor_seconds(server) - before, time.perf_counter() - began
        taken[f"idle, {name} (% of a core)"].append(100 * used / passed)
    page.close()


def _processor_seconds(server: Server) -> float:
    """Of the server and all it started, those that have ended since with the one that started them."""
    assert server.process is not None
    own = psutil.Process(server.process.pid)
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def _page_with_picture(server: Server, browser: Browser, picture: bytes) -> Page:
    page = browser.new_page()
    page.goto(server.url)
    wait_until_ready(page)
    with page.expect_response("**/api/v1/pictures"):
        page.set_input_files("#picture input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": picture})
    page.fill("#prompt textarea", "Camera slowly zooming in")
    page.wait_for_selector("#picture figcaption")
    return page


def _picture() -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((1024, 768), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _print_table(taken: Taken) -> None:
    print(f"{'':<42}{'min':>8}{'median':>8}{'max':>8}{'at most':>9}")
    for name, promised in PROMISED.items():
        values = taken[name]
        kept = "" if statistics.median(values) <= promised else "  missed"
        told = f"{min(values):>8.2f}{statistics.median(values):>8.2f}{max(values):>8.2f}{promised:>9}"
        print(f"{name:<42}{told}{kept}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    taken: Taken = defaultdict(list)
    picture = _picture()
    measures: tuple[Callable[[Server, Browser, bytes, Taken], None], ...] = (measure_clips, measure_reload)
    with sync_playwright() as playwright:
        installed = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        for run in range(runs):
            with tempfile.TemporaryDirectory() as home:
                server = measure_start(Path(home), browser, taken)
                for measure in measures:
                    measure(server, browser, picture, taken)
                measure_memory(server, picture, taken)
                if run == 0:  # takes minutes, and hardly varies
                    measure_idle(server, browser, taken)
                server.stop()
        browser.close()
    _print_table(taken)


if __name__ == "__main__":
    main()
