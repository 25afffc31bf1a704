"""The queue over REST against a real server whose worker is busy with a long clip."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.test_rest import SMALL, assert_problem, post
from tests.serving import Server

LONG = {**SMALL, "width": 1280, "height": 1280, "num_frames": 32}
LIMIT = 6


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of our own, whose queue holds six."""
    running = Server(tmp_path_factory.mktemp("queue"), I2V_MAX_QUEUE=str(LIMIT)).start()
    yield running
    running.stop()


@pytest.fixture
def http(busy: Server) -> Iterator[httpx.Client]:
    """Afterwards nothing waits or runs."""
    with httpx.Client(base_url=f"{busy.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client
        client.post("/queue/cancel")
        for job in client.get("/queue").json()["jobs"]:
            client.post(f"/jobs/{job['id']}/cancel")
            busy.wait_for(job["id"])


def begin(http: httpx.Client, picture: bytes, waiting: int = 3) -> tuple[str, list[str]]:
    """One long job at work and some that wait behind it."""
    ids = [post(http, picture, {**LONG, "seed": number}).json()["id"] for number in range(waiting + 1)]
    while http.get(f"/jobs/{ids[0]}").json()["status"] == "queued":
        pass
    return ids[0], ids[1:]


def line(http: httpx.Client) -> list[str]:
    return [job["id"] for job in http.get("/queue").json()["jobs"]]


def test_the_queue_is_seen_and_put_in_another_order(http: httpx.Client, picture: bytes) -> None:
    running, (a, b, c) = begin(http, picture)
    view = http.get("/queue")
    assert view.headers["cache-control"] == "no-store"
    assert [job["position"] for job in view.json()["jobs"]] == [0, 1, 2, 3]
    assert http.post(f"/jobs/{c}/move", json={"before": a}).json()["waiting_before"] == 1
    assert line(http) == [running, c, a, b]
    assert http.post(f"/jobs/{c}/move", json={"before": None}).json()["id"] == c
    assert http.post(f"/jobs/{b}/next").json()["waiting_before"] == 1
    assert line(http) == [running, b, a, c]
    assert_problem(http.post(f"/jobs/{running}/next"), 409, "job_begun")
    assert_problem(http.post(f"/jobs/{a}/move", json={"before": running}), 409, "job_begun")
    assert_problem(http.post("/jobs/nobody/move", json={"before": None}), 404, "job_unknown")
    for body in (b"", b"[]", b'{"before": 3}', b'{"after": "x"}', b"\xff", b"{" * 90_000):
        assert_problem(http.post(f"/jobs/{a}/move", content=body), 422, "request_malformed")
    assert line(http) == [running, b, a, c]


def test_a_waiting_job_is_edited_and_runs_as_edited(busy: Server, http: httpx.Client, picture: bytes) -> None:
    running, (job_id,) = begin(http, picture, 1)
    small = {"width": 128, "height": 128, "num_frames": 5, "prompt": "tilt up"}
    edited = http.patch(f"/jobs/{job_id}", json=small).json()
    assert edited["options"].items() >= small.items()
    buffer = io.BytesIO()
    Image.new("RGB", (200, 100), (10, 90, 200)).save(buffer, "PNG")
    other = http.patch(f"/jobs/{job_id}", files={"image": ("b.png", buffer.getvalue())}, data={"request": "{}"}).json()
    assert other["picture"] != edited["picture"]
    assert other["options"] == edited["options"]
    assert_problem(http.patch(f"/jobs/{job_id}", json={"num_frames": 99}), 422, "limit_exceeded")
    assert_problem(http.patch(f"/jobs/{job_id}", content=b"no json"), 422, "request_malformed")
    problem = assert_problem(http.patch(f"/jobs/{running}", json={"prompt": "late"}), 409, "job_begun")
    assert problem["values"] == {"job_id": running, "status": "running"}
    busy.cancel(running)
    done = busy.wait_for(job_id)
    assert (done["status"], done["options"]["num_frames"], done["picture"]) == ("done", 5, other["picture"])


def test_a_cancelled_job_is_tried_again_once_for_each_key(http: httpx.Client, picture: bytes) -> None:
    _, (job_id,) = begin(http, picture, 1)
    assert_problem(http.post(f"/jobs/{job_id}/retry"), 409, "job_not_failed")
    http.post(f"/jobs/{job_id}/cancel")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, second = (http.post(f"/jobs/{job_id}/retry", headers=key) for _ in range(2))
    assert first.status_code == 202
    assert first.json()["id"] == second.json()["id"] != job_id
    assert first.headers["location"] == f"/api/v1/jobs/{first.json()['id']}"
    assert first.json()["options"] == http.get(f"/jobs/{job_id}").json()["options"]


def test_one_too_many_is_refused_with_a_sentence_and_a_time_to_come_back(http: httpx.Client, picture: bytes) -> None:
    _, waiting = begin(http, picture, LIMIT)
    refused: list[httpx.Response] = [post(http, picture)]
    http.post(f"/jobs/{waiting.pop()}/cancel")
    cancelled = http.get("/jobs?limit=1").json()["jobs"][0]["id"]
    assert post(http, picture).status_code == 202
    refused.append(http.post(f"/jobs/{cancelled}/retry"))
    for answer in refused:
        problem: dict[str, Any] = assert_problem(answer, 429, "queue_full")
        assert problem["detail"] == f"{LIMIT} jobs are waiting, and the queue holds {LIMIT}."
        assert answer.headers["retry-after"]
    assert http.post("/queue/cancel").json() == {"cancelled": LIMIT}
    assert len(line(http)) == 1


def test_the_order_survives_a_kill(busy: Server, http: httpx.Client, picture: bytes) -> None:
    running, (a, b, c) = begin(http, picture)
    http.post(f"/jobs/{c}/next")
    http.post(f"/jobs/{a}/move", json={"before": None})
    http.patch(f"/jobs/{b}", json={"prompt": "roll"})
    busy.kill()
    busy.start()
    assert line(http) == [running, c, b, a]
    assert http.get(f"/jobs/{b}").json()["options"]["prompt"] == "roll"
