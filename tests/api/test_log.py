"""The log over REST, and what of a job's life it tells."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.serving import Server

SECRET = "hf_NobodyShallReadThis"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that answers the network, with a token in its environment."""
    running = Server(tmp_path_factory.mktemp("log"), I2V_LISTEN="true", HF_TOKEN=SECRET).start(wait=False)
    running.wait_until_console_says("network:")
    yield running
    running.stop()


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    token = (server.outputs / ".i2v" / "token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30, headers=headers) as client:
        yield client


def test_a_jobs_life_is_told_in_words_without_what_its_user_wrote(http: httpx.Client, picture: bytes) -> None:
    before = http.get("/log").json()["next"]
    wish = '{"prompt": "zoom in on my secret garden", "width": 128, "height": 128, "num_frames": 4}'
    job_id = http.post("/jobs", files={"image": ("mine.png", picture)}, data={"request": wish}).json()["id"]
    while http.get(f"/jobs/{job_id}").json()["status"] not in ("done", "failed"):
        time.sleep(0.05)
    told: list[str] = []
    deadline = time.monotonic() + 10
    while not any("done" in line for line in told):
        answer = http.get("/log", params={"after": before})
        assert answer.headers["cache-control"] == "no-store"
        told += answer.json()["lines"]
        before = answer.json()["next"]
        assert time.monotonic() < deadline, told
    lines = [line for line in told if job_id in line]
    assert lines[0][20:] == f"info    job {job_id}: begins (camera)"
    assert re.search(r" info    job [0-9a-f]+: done, video_\d+_\d+\.mp4$", lines[-1])
    whole = "\n".join(http.get("/log").json()["lines"])
    assert "garden" not in whole
    assert "mine.png" not in whole


def test_it_is_for_those_who_are_let_in_and_names_no_secret(server: Server, http: httpx.Client) -> None:
    token = (server.outputs / ".i2v" / "token").read_text()
    assert httpx.get(f"{server.url}/api/v1/log", trust_env=False).status_code == 401
    http.get("/nothing", params={"token": token, "x": SECRET})
    whole = "\n".join(http.get("/log").json()["lines"])
    assert token not in whole
    assert SECRET not in whole


def test_places_from_elsewhere_give_no_file_of_elsewhere(http: httpx.Client) -> None:
    end = http.get("/log").json()
    for after in ("../outputs/.i2v/token:0", "/etc/passwd:0", "x", "app_20000101_000000.log:0", "%00:1"):
        answer = http.get("/log", params={"after": after}).json()
        assert answer["is_cut"]
        assert answer["lines"][: len(end["lines"])] == end["lines"]
    assert http.get("/log", params={"after": "x" * 101}).json()["code"] == "request_malformed"
