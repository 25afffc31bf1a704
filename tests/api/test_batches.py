"""Candidates over REST, as a program would use them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.api.test_rest import SMALL, assert_problem
from tests.serving import Server

HANDHELD = {**SMALL, "prompt": "handheld", "count": 3}


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


def post(http: httpx.Client, picture: bytes, wish: dict[str, object], **headers: str) -> httpx.Response:
    files = {"image": ("a.png", picture)}
    return http.post("/batches", files=files, data={"request": json.dumps(wish)}, headers=headers)


def test_candidates_go_from_202_to_as_many_clips(server: Server, http: httpx.Client, picture: bytes) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    accepted = post(http, picture, {**HANDHELD, "seed": 40}, **key)
    assert accepted.status_code == 202
    told = accepted.json()
    assert accepted.headers["location"] == f"/api/v1/batches/{told['batch']}"
    assert [job["options"]["seed"] for job in told["jobs"]] == [40, 41, 42]
    assert {job["batch"] for job in told["jobs"]} == {told["batch"]}
    again = post(http, picture, {**HANDHELD, "seed": 40}, **key).json()
    assert [job["id"] for job in again["jobs"]] == [job["id"] for job in told["jobs"]]
    assert [server.wait_for(job["id"])["status"] for job in told["jobs"]] == ["done"] * 3
    clips = {http.get(f"/jobs/{job['id']}/video").content for job in told["jobs"]}
    assert len(clips) == 3


def test_a_batch_is_cancelled_as_one(http: httpx.Client, picture: bytes) -> None:
    # Confirmed: by the pace of the tiny clips before them, these might seem to take more than ten minutes.
    long = {**HANDHELD, "width": 1280, "height": 1280, "num_frames": 32, "confirmed": True}
    batch = post(http, picture, long).json()["batch"]
    assert len(http.post(f"/batches/{batch}/cancel").json()["jobs"]) == 3
    for job in http.get(f"/batches/{batch}").json()["jobs"]:
        assert job["cancel_requested"] or job["status"] == "cancelled"
    assert_problem(http.post("/batches/none/cancel"), 404, "batch_unknown")


def test_what_is_no_batch_is_refused(http: httpx.Client, picture: bytes) -> None:
    problem = assert_problem(post(http, picture, {**HANDHELD, "count": 9}), 422, "option_invalid")
    assert problem["detail"] == "count is 9, but it takes 2 … 8."
    assert_problem(post(http, picture, {**HANDHELD, "allow_alike": 1}), 422, "option_invalid")
    assert_problem(post(http, picture, {**SMALL, "count": 2, "nonsense": 1}), 422, "option_unknown")
    assert_problem(post(http, b"no picture", HANDHELD), 422, "picture_unsupported")


def test_a_preview_that_is_not_there_is_no_fault(server: Server, http: httpx.Client, picture: bytes) -> None:
    """A job may be done between the look at it and the question for its preview."""
    job = http.post("/jobs", files={"image": ("a.png", picture)}, data={"request": json.dumps(SMALL)}).json()
    server.wait_for(job["id"])
    assert http.get(f"/jobs/{job['id']}/preview").status_code == 204
    assert_problem(http.get("/jobs/none/preview"), 404, "job_unknown")
