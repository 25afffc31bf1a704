"""A model's job whose worker is killed at any stage ends done, with the frames of an undisturbed run.

The engine's own tests kill it at many more moments; these go all the way through server, queue and MP4.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from i2v.media.embed import read_recipe
from i2v.media.video import read_frames
from tests.serving import Server

GOLDEN = Path(__file__).parent.parent / "golden"
WISH = {
    "engine": "i2vgen-xl",
    "prompt": "waves",
    "width": 64,
    "height": 64,
    "num_frames": 16,
    "num_inference_steps": 40,
    "seed": 5,
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has the golden model."""
    # One thread: two wait for each other wherever other work runs beside them, and the tiny model is no faster for it.
    running = Server(
        tmp_path_factory.mktemp("studio"), I2V_MODEL_DIR=str(GOLDEN / "model"), OMP_NUM_THREADS="1"
    ).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def undisturbed(studio: Server) -> list[Any]:
    job = studio.submit((GOLDEN / "input.png").read_bytes(), WISH)
    return list(read_frames(studio.outputs / studio.wait_for(job["id"], 120)["video"]))


def at_stage(stage: str) -> Callable[[dict[str, Any]], bool]:
    return lambda progress: progress["stage"] == stage


def at_step(step: int) -> Callable[[dict[str, Any]], bool]:
    return lambda progress: progress["step"] >= step


MOMENTS = {
    "loading": at_stage("loading"),
    "encoding": at_stage("encoding"),
    "half way": at_step(20),
    "decoding": at_stage("decoding"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_at_any_stage_changes_no_frame(studio: Server, undisturbed: list[Any], moment: str) -> None:
    if moment in ("loading", "encoding"):
        kill_workers(studio)  # one that has the model and remembers the encodings is past this before anyone can look
    job_id = studio.submit((GOLDEN / "input.png").read_bytes(), WISH)["id"]
    wait_for_moment(studio, job_id, MOMENTS[moment])
    kill_workers(studio)
    stages = stages_to_the_end(studio, job_id)
    if moment == "decoding":
        assert "encoding" not in stages, "denoising was repeated"
    view = studio.wait_for(job_id)
    assert (view["status"], view["error"]) == ("done", None)
    frames = list(read_frames(studio.outputs / view["video"]))
    assert len(frames) == len(undisturbed) == 16
    assert all(np.array_equal(one, other) for one, other in zip(frames, undisturbed, strict=True))


def test_the_recipe_names_the_weights_and_the_sampler(studio: Server, undisturbed: list[Any]) -> None:
    video = next(job["video"] for job in studio.jobs() if job["status"] == "done")
    recipe = read_recipe(studio.outputs / video)
    assert recipe is not None
    assert recipe.options["sampler"] == "unipc"
    assert len(str(recipe.made_with["weights_sha256"])) == 64
    assert str(GOLDEN) not in recipe.to_json()


def test_auto_takes_the_model_where_it_is(studio: Server) -> None:
    assert studio.get("/api/v1/models")["auto_engine"] == "i2vgen-xl"


def test_a_refined_clip_goes_on_after_a_kill_to_the_same_frames(studio: Server, undisturbed: list[Any]) -> None:
    """Half as large again, started from the draft's latents."""
    draft = next(job for job in studio.jobs() if job["status"] == "done")
    wish = {"refine_of": draft["id"], "width": 96, "height": 96, "num_inference_steps": 20, "confirmed": True}
    frames = []
    for is_killed in (False, True):
        job = studio.submit(None, wish)
        assert (job["parent_id"], job["strength"]) == (draft["id"], 0.6)
        if is_killed:
            wait_for_moment(studio, job["id"], at_step(4))
            kill_workers(studio)
        view = studio.wait_for(job["id"], 120)
        assert (view["status"], view["error"]) == ("done", None)
        frames.append(np.stack(list(read_frames(studio.outputs / view["video"]))))
    assert frames[0].shape == (16, 96, 96, 3)
    assert np.array_equal(frames[0], frames[1])
    recipe = read_recipe(studio.outputs / view["video"])
    assert recipe is not None
    assert recipe.start is not None
    assert (recipe.start["strength"], recipe.start["method"]) == (0.6, "resized_and_renoised")
    latents = (studio.outputs / ".i2v" / "latents" / f"{draft['id']}.safetensors").read_bytes()
    assert recipe.start["latents_sha256"] == hashlib.sha256(latents).hexdigest()


def kill_workers(server: Server) -> None:
    for worker in server.workers():
        worker.kill()


def stages_to_the_end(server: Server, job_id: str) -> set[str]:
    """The stages that the job is seen in until it is over."""
    stages: set[str] = set()
    deadline = time.monotonic() + 120
    while (view := server.get(f"/api/v1/jobs/{job_id}"))["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, view
        stages |= {view["progress"]["stage"]} if view["progress"] else set()
        time.sleep(0.01)
    return stages


def wait_for_moment(server: Server, job_id: str, has_come: Callable[[dict[str, Any]], bool]) -> None:
    """Until the job is there; one that is over before was too quick for the eye, which a test must not pass over."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        view = server.get(f"/api/v1/jobs/{job_id}")
        assert view["status"] in ("queued", "running"), f"too quick: {view['status']}"
        if view["progress"] and has_come(view["progress"]):
            return
        time.sleep(0.002)
    raise AssertionError(f"job {job_id} never came so far")
