"""One server and one browser for all journeys; each journey has a browser profile of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.visitor import Visitor
from tests.run import BROWSERS
from tests.serving import Server

MODEL = Path(__file__).parents[1] / "golden" / "model"
# As root Chromium has no sandbox; the others keep it from calling its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def without_models(home: Path) -> dict[str, str]:
    """Variables that keep a server from the models of whoever runs the tests."""
    caches = {name: str(home / "cache") for name in ("HOME", "HF_HOME", "HF_HUB_CACHE", "TRANSFORMERS_CACHE")}
    return {**caches, "I2V_MODELS_DIR": str(home / "models"), "I2V_DEVICE": "cpu"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own."""
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server with a warm worker, one clip and no model."""
    home = tmp_path_factory.mktemp("e2e")
    running = Server(home, None, **without_models(home)).start()
    job = running.submit(picture, {"prompt": "pan left", "num_frames": 8})
    assert running.wait_for(job["id"])["status"] == "done"
    yield running
    running.stop()


@pytest.fixture(scope="package")
def model_server(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server with the tiny model, warm. One thread: two wait for each other wherever other work runs beside them."""
    environment = {"I2V_MODEL_DIR": str(MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    running = Server(tmp_path_factory.mktemp("model"), None, **environment).start()
    wish = {"engine": "i2vgen-xl", "width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 1}
    assert running.wait_for(running.submit(picture, wish)["id"])["status"] == "done"
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Sends someone to the page; afterwards nothing of theirs goes on, and nothing may have gone wrong."""
    with ExitStack() as stack:

        def go(**options: object) -> Visitor:
            visitor = Visitor(browser, server.url, **options)
            stack.callback(visitor.leave)
            return visitor

        yield go
        active = [job["id"] for job in server.jobs() if job["status"] in ("queued", "running")]
        for job_id in active:
            server.cancel(job_id)
        for job_id in active:
            server.wait_for(job_id)


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """Someone with an English browser on a wide screen."""
    return visit()
