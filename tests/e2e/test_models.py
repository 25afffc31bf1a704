"""A model: fetched on the page while the camera works, then at work itself. The hub is our own, the model tiny."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from i2v.engines.i2vgen_xl.source import SOURCE
from tests.e2e.conftest import without_models
from tests.e2e.visitor import LONG, Visitor, wait_until_ready
from tests.serving import Server
from tests.weights.stand_in_hub import StandInHub, stand_in_hub

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 60}  # long enough for two previews
SLOWLY = 150_000  # bytes per second: ten seconds for the largest file


@pytest.fixture(scope="module")
def hub() -> Iterator[StandInHub]:
    files = {path.relative_to(MODEL).as_posix(): path.read_bytes() for path in MODEL.rglob("*") if path.is_file()}
    with stand_in_hub(SOURCE, files) as hub:
        yield hub


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hub: StandInHub) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("models")
    proxies = {"NO_PROXY": "*", "no_proxy": "*", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": ""}
    # One thread: two wait for each other wherever other work runs beside them, and the tiny model is no faster for it.
    running = Server(home, None, **without_models(home), **proxies, HF_ENDPOINT=hub.url, OMP_NUM_THREADS="1").start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _hub_is_well(hub: StandInHub) -> None:
    hub.listing_fault, hub.pace = "", 0


@pytest.fixture
def folder(server: Server) -> Path:
    """Where the model comes; it is not there."""
    folder = server.home / "models" / SOURCE.folder
    shutil.rmtree(folder, ignore_errors=True)
    _wait_until_auto_is(server, "camera")
    return folder


@pytest.fixture
def here(server: Server) -> Path:
    """The model's folder; it is there."""
    folder = server.home / "models" / SOURCE.folder
    shutil.copytree(MODEL, folder, dirs_exist_ok=True)
    _wait_until_auto_is(server, "i2vgen-xl")
    return folder


def test_a_model_is_fetched_while_the_camera_works_and_then_makes_the_clip(
    visitor: Visitor, picture: bytes, server: Server, hub: StandInHub, folder: Path
) -> None:
    page = visitor.page
    hint, card = page.locator("#plan .hint"), _card(page)
    visitor.bring(picture)
    expect(hint).to_contain_text("I2VGen-XL is not on this computer, so Camera makes your clip.")
    hint.get_by_role("button").click()
    expect(card).to_contain_text("About 5 GB")
    for licence in SOURCE.licences["en"]:
        expect(card).to_contain_text(licence)
    expect(card.get_by_role("link")).to_have_attribute("href", SOURCE.page)
    expect(page.locator("#engine-note")).to_contain_text("because I2VGen-XL is not ready")

    hub.pace = SLOWLY
    card.get_by_role("button", name="Download").click()
    expect(card).to_have_attribute("data-state", "downloading")
    amount = re.compile(r"^[\d.]+ [kM]B of 1\.8\d MB · [\d.]+ kB/s · about .+ left$")
    expect(card.locator(".amount")).to_have_text(amount)
    expect(card.locator(".file")).to_have_text(re.compile("safetensors"))
    visitor.generate()
    visitor.expect_status("done")
    page.reload()
    wait_until_ready(page)
    expect(hint).to_contain_text("I2VGen-XL is being downloaded.")
    visitor.set_options(fps=12)
    hub.pace = 0

    expect(hint).to_have_text("I2VGen-XL is ready and makes your clips from now on.", timeout=20_000)
    expect(page.locator("#plan")).to_contain_text("I2VGen-XL · 512 × 512 px · 16 frames")
    expect(page.locator("#option--i2vgen-xl--fps input")).to_have_value("12")
    visitor.set_options("i2vgen-xl", **TINY)
    expect(card).to_contain_text("In the models folder.")
    previews = set()
    page.on("request", lambda request: previews.add(request.url) if "/preview?" in request.url else None)
    job = visitor.generate()
    visitor.expect_status("done", seconds=60)
    visitor.wait_until_playing()
    assert len(previews) > 1
    expect(page.locator("#clip .trouble")).to_contain_text("The model was trained at 1280×704; at 64×64")
    recipe = page.locator("#clip .recipe")
    made_with = server.get(f"/api/v1/jobs/{job}")["made_with"]
    made_on = f"Made on{made_with['device']}, {made_with['dtype']}, {made_with['plan']}"
    for text in ("I2VGen-XL", "64 px", "Sampler", "unipc", made_on, made_with["weights_sha256"]):
        expect(recipe).to_contain_text(text)
    _pretend_moved(page)
    page.reload()
    for text in (
        "Begun onNVIDIA GeForce RTX 4090, float16, sliced",
        "Memory ran outGenerating (steps done: 1, plan: sliced)",
        "Memory ran outTurning the result into frames (steps done: 2, plan: streamed)",
        "32-bit valuesfrom step 2 on",
    ):
        expect(recipe).to_contain_text(text)


def _pretend_moved(page: Page) -> None:
    """From now on each clip is said to have begun on a card whose memory ran out twice, and to have left 16 bits."""
    moved = {
        "continued_from": {"device": "NVIDIA GeForce RTX 4090", "dtype": "float16", "plan": "sliced"},
        "memory_ran_out": [
            {"stage": "generating", "plan": "sliced", "step": 1},
            {"stage": "decoding", "plan": "streamed", "step": 2},
        ],
        "float32_values_after_step": 1,
    }

    def alter(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for job in told.get("jobs", [told]):
            job["made_with"] |= moved
        route.fulfill(response=answer, json=told)

    page.route(re.compile(r"/api/v1/jobs(\?|/[0-9a-f]+$)"), alter)


def test_a_clip_that_takes_long_is_asked_about_first(
    visitor: Visitor, picture: bytes, server: Server, here: Path
) -> None:
    """How long is learned from a tiny clip, whose overhead makes a large one look slow."""
    tiny = server.submit(picture, {"engine": "i2vgen-xl", "prompt": "zoom in", **TINY, "num_inference_steps": 2})
    assert server.wait_for(tiny["id"])["status"] == "done"
    page, visitor.expects_refusals = visitor.page, True
    visitor.bring(picture)
    page.click("#more > button")
    page.click("#preset--i2vgen-xl label:has-text('High')")
    expect(page.locator("#light .verdict")).to_contain_text(re.compile(r"takes about [\d–]+ (min|h)"))
    before = visitor.shown_job()
    visitor.press()
    question = page.locator("#plan .question")
    expect(question).to_contain_text(re.compile(r"I2VGen-XL would take about [\d–]+ (min|h)"))
    page.click("#quick-instead")
    expect(page.locator("#clip")).not_to_have_attribute("data-job", before)
    visitor.expect_status("done")
    assert server.get(f"/api/v1/jobs/{visitor.shown_job()}")["engine"] == "camera"
    expect(question).to_have_count(0)
    before = visitor.shown_job()
    visitor.press()
    page.click("#make-anyway")
    expect(page.locator("#clip")).not_to_have_attribute("data-job", before)
    made = server.get(f"/api/v1/jobs/{visitor.shown_job()}")
    assert (made["engine"], made["options"]["width"]) == ("i2vgen-xl", 768)
    page.click("#cancel")
    visitor.expect_status("cancelled")


def test_the_question_goes_away_when_the_wish_changes(
    visitor: Visitor, picture: bytes, server: Server, here: Path
) -> None:
    """Asked by an altered answer: what matters is what comes after it."""
    page, visitor.expects_refusals = visitor.page, True
    visitor.bring(picture)
    problem = {"code": "job_long", "detail": "-", "fix": "-", "values": {"low_minutes": 12, "high_minutes": 40}}
    problem["values"] |= {"engine": "i2vgen-xl"}  # type: ignore[operator]
    page.route(
        "**/api/v1/jobs",
        lambda route: route.fulfill(status=409, content_type="application/problem+json", json=problem),
    )
    visitor.press()
    question = page.locator("#plan .question")
    expect(question).to_contain_text("I2VGen-XL would take about 12–40 min for this clip")
    visitor.set_options("i2vgen-xl", num_frames=8)
    expect(question).to_have_count(0)


def test_a_job_without_its_model_leads_to_the_model(
    visit: Callable[..., Visitor], picture: bytes, server: Server, here: Path
) -> None:
    """The model is taken away while the job waits."""
    ahead = server.submit(picture, {"engine": "camera", "prompt": "zoom in", **LONG})
    job = server.submit(picture, {"engine": "i2vgen-xl", "prompt": "zoom in", **TINY})
    shutil.rmtree(here)
    server.cancel(ahead["id"])
    assert server.wait_for(job["id"])["status"] == "failed"
    visitor = visit()
    visitor.expect_status("failed")
    visitor.page.click("#clip .remedy")
    expect(_card(visitor.page).get_by_role("button")).to_be_focused()


def test_a_download_that_is_cancelled_keeps_what_came(visitor: Visitor, hub: StandInHub, folder: Path) -> None:
    card = _unfold_card(visitor.page)
    hub.pace = SLOWLY
    card.get_by_role("button", name="Download").click()
    expect(card.locator(".amount")).to_contain_text("kB/s", timeout=10_000)
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_have_attribute("data-state", "incomplete", timeout=10_000)
    expect(card).to_contain_text("are here already and are kept")
    expect(card).to_contain_text("Missing: ")
    hub.pace = 0
    card.get_by_role("button", name="Go on with the download").click()
    expect(card).to_have_attribute("data-state", "ready", timeout=10_000)


def test_a_download_in_trouble_says_so_at_once_then_fails_and_is_forgotten_when_the_model_comes_another_way(
    visitor: Visitor, hub: StandInHub, server: Server, folder: Path
) -> None:
    visitor.expects_refusals = True  # of the estimate, asked about a model that has gone since the page last looked
    card, hint = _unfold_card(visitor.page), visitor.page.locator("#plan .hint")
    hub.listing_fault = "503"
    card.get_by_role("button", name="Download").click()
    expect(card).to_have_attribute("data-state", "downloading")
    expect(card.locator(".problem")).to_contain_text("503", timeout=10_000)
    expect(card).to_contain_text("Make clips with the camera meanwhile.")
    expect(card).to_have_attribute("data-state", "failed", timeout=12_000)
    expect(card.locator(".problem")).to_contain_text("503")
    hub.listing_fault = "401"
    card.get_by_role("button", name="Download").click()
    expect(card.locator(".problem .fix")).to_contain_text("HF_TOKEN")
    expect(card).to_contain_text("The download did not succeed")
    expect(hint).to_contain_text("so Camera makes your clip")
    shutil.copytree(MODEL, folder, dirs_exist_ok=True)
    expect(card).to_have_attribute("data-state", "ready", timeout=10_000)
    expect(card.locator(".problem")).to_have_count(0)


def test_files_that_are_here_are_checked_mended_and_removed(
    visitor: Visitor, hub: StandInHub, server: Server, folder: Path
) -> None:
    visitor.expects_refusals = True  # for a moment the form still asks about the model that has just gone
    card = _unfold_card(visitor.page)
    card.get_by_role("button", name="Download").click()
    expect(card).to_have_attribute("data-state", "ready", timeout=10_000)
    expect(card.locator(".path")).to_have_text(str(folder))
    expect(card).to_contain_text("All files were checked")
    rotten = folder / "vae/diffusion_pytorch_model.safetensors"
    whole = rotten.read_bytes()
    rotten.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    hub.sent.clear()
    with visitor.page.expect_response(re.compile("thorough=true")):
        card.get_by_role("button", name="Check the files").click()
    _wait_until_nothing_is_fetched(server)
    expect(card.get_by_role("button", name="Remove")).to_be_visible(timeout=10_000)
    expect(card).to_contain_text("All files were checked")
    assert (rotten.read_bytes(), list(hub.sent)) == (whole, ["vae/diffusion_pytorch_model.safetensors"])
    card.get_by_role("button", name="Remove").click()
    expect(card.get_by_role("alert")).to_contain_text("Delete the downloaded files?")
    card.get_by_role("button", name="Keep them").click()
    expect(card.get_by_role("alert")).to_have_count(0)
    assert rotten.exists()
    card.get_by_role("button", name="Remove").click()
    card.get_by_role("button", name="Delete").click()
    expect(card).to_have_attribute("data-state", "absent", timeout=10_000)
    assert not folder.exists()
    expect(card.get_by_role("button", name="Download")).to_be_visible()


def _card(page: Page) -> Locator:
    return page.locator("#model--i2vgen-xl")


def _unfold_card(page: Page) -> Locator:
    page.click("#more > button")
    card = _card(page)
    expect(card).to_be_visible()
    return card


def _wait_until_nothing_is_fetched(server: Server) -> None:
    deadline = time.monotonic() + 20
    while any(model["download"]["status"] == "running" for model in server.get("/api/v1/models")["models"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _wait_until_auto_is(server: Server, engine: str) -> None:
    deadline = time.monotonic() + 20
    while server.get("/api/v1/models")["auto_engine"] != engine:
        assert time.monotonic() < deadline, server.get("/api/v1/models")
        time.sleep(0.1)
