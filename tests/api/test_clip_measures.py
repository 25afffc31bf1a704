"""What finished clips show, over REST."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.test_rest import SMALL, assert_problem
from tests.serving import Server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


def view_with_measures(http: httpx.Client, job_id: str) -> dict[str, Any]:
    """The job once its clip was measured, which is after it is done."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        view: dict[str, Any] = http.get(f"/jobs/{job_id}").json()
        if view["measures"]:
            return view
        time.sleep(0.02)
    raise AssertionError("nobody has measured the clip")


def test_a_job_is_measured_once_its_clip_is_there(server: Server, http: httpx.Client, picture: bytes) -> None:
    job = server.submit(picture, {**SMALL, "prompt": "pan left"})
    server.wait_for(job["id"])
    view = view_with_measures(http, job["id"])
    assert "series" not in view["measures"]
    assert view["advice"] == []
    told = http.get(f"/jobs/{job['id']}/measures", headers={"Accept-Language": "zh-CN"}).json()
    assert told.keys() == {"measures", "units", "advice"}
    assert told["measures"]["values"] == view["measures"]["values"]
    assert told["measures"]["series"].keys() == told["units"].keys() == told["measures"]["values"].keys()
    assert all(len(course) == SMALL["num_frames"] for course in told["measures"]["series"].values())
    assert told["measures"]["camera_check"]["asked"] == "pan_left"
    assert told["measures"]["camera_check"]["message"].startswith("要求：向左平移")


def test_what_is_not_there_has_no_measures(http: httpx.Client) -> None:
    assert_problem(http.get(f"/jobs/{'0' * 32}/measures"), 404, "job_unknown")


def test_the_coach_looks_at_a_clip_that_is_sent_or_named(server: Server, http: httpx.Client, picture: bytes) -> None:
    job = server.submit(picture, {**SMALL, "prompt": "zoom in"})
    video = server.outputs / server.wait_for(job["id"])["video"]
    named = http.post("/coach", json={"job_id": job["id"]}).json()
    sent = http.post("/coach", data={"request": "{}"}, files={"clip": ("mine.mp4", video.read_bytes())}).json()
    assert named["clip"] == sent["clip"] == []
    of_job, of_file = (each["measures"]["clip"]["values"] for each in (named, sent))
    # Only of its own job's clip the picture is known.
    assert {name for name in of_job if of_job[name] != of_file[name]} <= {"drift", "bend", "colour_shift"}
    assert named["measures"]["clip"]["series"]["drift"][0] > sent["measures"]["clip"]["series"]["drift"][0] == 0
    assert sent["measures"]["clip"]["camera_check"]["agrees"] is True
    otherwise = {"request": '{"prompt": "zoom out", "engine": "i2vgen-xl"}'}
    wrong = http.post("/coach", data=otherwise, files={"clip": ("mine.mp4", video.read_bytes())}).json()
    assert "wrong_direction" in [advice["code"] for advice in wrong["clip"]]
    assert_problem(http.post("/coach", data=otherwise, files={"clip": ("x.mp4", b"none")}), 422, "clip_unreadable")
    assert_problem(http.post("/coach", json={"job_id": "0" * 32}), 404, "job_unknown")


def test_a_batch_is_ranked_once_its_clips_are_measured(server: Server, http: httpx.Client, picture: bytes) -> None:
    wish = '{"engine": "camera", "prompt": "handheld", "width": 128, "height": 128, "num_frames": 8, "count": 2}'
    batch = http.post("/batches", files={"image": ("a.png", picture)}, data={"request": wish}).json()
    jobs = [job["id"] for job in batch["jobs"]]
    assert batch["ranking"] is None
    for job in jobs:
        server.wait_for(job)
        view_with_measures(http, job)
    ranking = http.get(f"/batches/{batch['batch']}").json()["ranking"]
    assert [place["rank"] for place in ranking] == [1, 2]
    assert {place["job_id"] for place in ranking} == set(jobs)
