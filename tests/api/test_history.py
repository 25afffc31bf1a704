"""The history over REST: a server that finds a folder full of clips and no database."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from i2v.api.problems import install_problem_handlers
from i2v.api.routes import all_routes
from i2v.api.routes.jobs import _tell_changes
from tests.api.test_rest import SMALL, assert_problem, post
from tests.services.desk_of_clips import recipe_of, write_clip
from tests.services.test_submit import make_house, wish
from tests.serving import Server

CLIPS = 130


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose database was lost: 130 clips lie in its folder, every tenth about a lake, and a picture of old."""
    home = tmp_path_factory.mktemp("found")
    server = Server(home, PATH=f"{_file_manager(home)}:{os.environ['PATH']}", DISPLAY=":99")
    server.outputs.mkdir()
    for number in range(CLIPS):
        sentence = "Ripples on the LAKE 湖" if number % 10 == 0 else "zoom in"
        name = f"video_20261120_10{number // 60:02}{number % 60:02}.mp4"
        write_clip(server.outputs / name, recipe_of(uuid.uuid4().hex, prompt=sentence).to_json(), num_frames=2)
    picture = home / "inputs" / f"{'a' * 64}.png"
    picture.parent.mkdir()
    Image.new("RGB", (100, 100)).save(picture)
    os.utime(picture, (1.0, 1.0))
    server.start()
    deadline = time.monotonic() + 20
    while len(server.jobs()) < CLIPS and time.monotonic() < deadline:
        time.sleep(0.05)
    yield server
    server.stop()


def _file_manager(home: Path) -> Path:
    """Writes down what it is asked to show."""
    folder = home / "bin"
    folder.mkdir()
    program = folder / "xdg-open"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{home}/shown.part" && mv "{home}/shown.part" "{home}/shown"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture
def http(found: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{found.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


def ask(http: httpx.Client, **wanted: Any) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = http.get("/jobs", params={"limit": 100, **wanted}).json()["jobs"]
    return jobs


def test_every_clip_of_a_lost_database_is_there_again_newest_first(found: Server, http: httpx.Client) -> None:
    jobs = found.jobs()
    assert [job["video"] for job in jobs] == sorted((path.name for path in found.outputs.glob("*.mp4")), reverse=True)
    assert {job["status"] for job in jobs} == {"done"}
    assert http.get("/jobs").json()["unread"] == 0
    assert http.get(jobs[0]["video_url"].removeprefix("/api/v1")).status_code == 200
    assert http.get(jobs[0]["picture"]["url"].removeprefix("/api/v1")).status_code == 200, "its picture was not swept"


def test_a_restart_finds_nothing_new(found: Server, http: httpx.Client) -> None:
    before = found.jobs()
    found.kill()
    found.start()
    assert found.jobs() == before


def test_words_stars_and_states_narrow_the_list(http: httpx.Client) -> None:
    lakes = ask(http, q="lake ripples")
    assert len(lakes) == CLIPS // 10
    assert [job["id"] for job in ask(http, q="湖")] == [job["id"] for job in lakes]
    page = ask(http, q="lake", limit=5)
    rest = ask(http, q="lake", before=page[-1]["place"])
    assert [job["id"] for job in page + rest] == [job["id"] for job in lakes]
    assert [job["video"] for job in ask(http, q="100007")] == ["video_20261120_100007.mp4"]
    assert ask(http, q="lake nothing") == ask(http, status="failed") == []
    first = lakes[0]["id"]
    assert http.post(f"/jobs/{first}/star").json()["starred"]
    assert [job["id"] for job in ask(http, starred=True)] == [first]
    assert [job["id"] for job in ask(http, starred=True, q="lake", status=["done", "failed"])] == [first]
    assert not http.post(f"/jobs/{first}/unstar").json()["starred"]
    assert ask(http, starred=True) == []
    assert_problem(http.post("/jobs/nobody/star"), 404, "job_unknown")
    assert_problem(http.get("/jobs", params={"status": "nonsense"}), 422, "request_malformed")
    assert_problem(http.get("/jobs", params={"q": "x" * 201}), 422, "request_malformed")


def test_deleted_clips_come_back_with_everything(found: Server, http: httpx.Client) -> None:
    before = ask(http)
    clips = {job["id"]: (found.outputs / job["video"]).read_bytes() for job in before[:3]}
    for job in before[:3]:
        assert http.delete(f"/jobs/{job['id']}").status_code == 204
        assert not (found.outputs / job["video"]).exists()
        assert_problem(http.get(f"/jobs/{job['id']}/video"), 404, "job_unknown")
    assert [job["id"] for job in ask(http)][:1] == [before[3]["id"]]
    found.kill()
    found.start()
    for job in before[:3]:
        assert http.post(f"/jobs/{job['id']}/restore").json() == job
        assert (found.outputs / job["video"]).read_bytes() == clips[job["id"]]
    assert ask(http) == before
    assert_problem(http.post(f"/jobs/{before[0]['id']}/restore"), 404, "job_unknown")
    assert_problem(http.post("/jobs/nobody/restore"), 404, "job_unknown")


def test_a_job_at_work_is_stopped_and_deleted(found: Server, http: httpx.Client, picture: bytes) -> None:
    wish = {**SMALL, "width": 1280, "height": 1280, "num_frames": 32}
    running, waiting = (post(http, picture, wish).json()["id"] for _ in range(2))
    for job_id in (waiting, running):
        assert http.delete(f"/jobs/{job_id}").status_code == 204
        assert_problem(http.get(f"/jobs/{job_id}"), 404, "job_unknown")
    assert http.post(f"/jobs/{running}/restore").json()["status"] == "cancelled"
    http.delete(f"/jobs/{running}")


def test_a_thumbnail_is_drawn_once_and_may_be_kept_for_ever(found: Server, http: httpx.Client) -> None:
    job = ask(http)[0]
    answers = [http.get(job["thumbnail_url"].removeprefix("/api/v1")) for _ in range(2)]
    assert {answer.headers["content-type"] for answer in answers} == {"image/webp"}
    assert "immutable" in answers[0].headers["cache-control"]
    assert answers[0].content == answers[1].content
    drawn = Image.open(io.BytesIO(answers[0].content))
    assert drawn.size == (64, 48)
    assert abs(drawn.convert("L").getpixel((30, 20)) - 40) < 4, "the clip's first frame"  # type: ignore[operator]
    assert [path.name for path in (found.outputs / ".i2v" / "thumbnails").iterdir()] == [f"{job['id']}.webp"]
    assert_problem(http.get("/jobs/nobody/thumbnail"), 404, "job_unknown")


def test_a_deleted_clip_shows_no_thumbnail_either(http: httpx.Client) -> None:
    job = ask(http)[5]
    thumbnail = job["thumbnail_url"].removeprefix("/api/v1")
    http.delete(f"/jobs/{job['id']}")
    http.post(f"/jobs/{job['id']}/restore")
    assert http.get(thumbnail).status_code == 200
    http.delete(f"/jobs/{job['id']}")
    assert_problem(http.get(thumbnail), 404, "job_unknown")
    http.post(f"/jobs/{job['id']}/restore")
    assert http.get(thumbnail).status_code == 200


def test_who_watches_a_job_that_is_deleted_hears_the_end(tmp_path: Path, picture: bytes) -> None:
    house = make_house(tmp_path)
    job = house.submitter.submit(wish(house, picture, engine="camera"))

    async def watch() -> list[str]:
        told = []
        async for event in _tell_changes(house, job.id, "en"):
            told.append(event)
            house.library.delete(job.id)
        return told

    assert len(asyncio.run(watch())) == 1
    house.close()


def test_a_clip_taken_away_by_hand_is_told_and_can_be_forgotten(found: Server, http: httpx.Client) -> None:
    job = ask(http)[1]
    assert not job["is_video_missing"]
    away = (found.outputs / job["video"]).rename(found.home / "away.mp4")
    assert http.get(f"/jobs/{job['id']}").json()["is_video_missing"]
    assert_problem(http.get(f"/jobs/{job['id']}/thumbnail"), 404, "clip_missing")
    assert http.delete(f"/jobs/{job['id']}").status_code == 204
    http.post(f"/jobs/{job['id']}/restore")
    away.rename(found.outputs / job["video"])
    assert http.get(f"/jobs/{job['id']}").json() == job


def test_a_hundred_clips_come_in_one_archive(found: Server, http: httpx.Client) -> None:
    jobs = ask(http)
    ids = [job["id"] for job in jobs]
    answer = http.post("/clips/zip", json={"ids": [*ids, ids[0]]})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="clips_')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(job["video"] for job in jobs)
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        for name in archive.namelist()[:5]:
            there = hashlib.sha256((found.outputs / name).read_bytes()).hexdigest()
            assert hashlib.sha256(archive.read(name)).hexdigest() == there


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ids": ["nobody"]}, 404, "job_unknown"),
        ({"ids": []}, 422, "request_malformed"),
        ({"ids": "abc"}, 422, "request_malformed"),
        ({"ids": ["a"] * 1001}, 422, "request_malformed"),
        ({}, 422, "request_malformed"),
        ([], 422, "request_malformed"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_archive_of_what_is_not_there_is_refused(http: httpx.Client, body: object, status: int, code: str) -> None:
    assert_problem(http.post("/clips/zip", json=body), status, code)


def test_a_damaged_clip_has_no_thumbnail_and_says_so(found: Server, http: httpx.Client) -> None:
    job = ask(http)[2]
    clip = found.outputs / job["video"]
    whole = clip.read_bytes()
    clip.write_bytes(whole[:200])
    assert_problem(http.get(f"/jobs/{job['id']}/thumbnail"), 422, "clip_unreadable")
    clip.write_bytes(whole)
    assert http.get(f"/jobs/{job['id']}/thumbnail").status_code == 200


def test_a_damaged_database_is_made_again_from_the_clips(found: Server, http: httpx.Client) -> None:
    before = {job["id"]: job["video"] for job in found.jobs() if job["video"]}
    found.stop()
    (found.outputs / ".i2v" / "jobs.sqlite").write_bytes(b"no database any more" * 1000)
    found.start()
    deadline = time.monotonic() + 20
    while http.get("/jobs").json()["unread"] != 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {job["id"]: job["video"] for job in found.jobs()} == before
    assert len(list((found.outputs / ".i2v").glob("jobs.sqlite.corrupt-*"))) == 1


def test_the_folder_opens_on_this_computers_own_screen(found: Server, http: httpx.Client) -> None:
    job = ask(http)[0]
    for body in ({}, {"job_id": job["id"]}):
        (found.home / "shown").unlink(missing_ok=True)
        assert http.post("/folder/open", json=body).status_code == 204
        deadline = time.monotonic() + 5
        while not (found.home / "shown").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (found.home / "shown").read_text() == str(found.outputs)
    assert_problem(http.post("/folder/open", json={"job_id": "nobody"}), 404, "job_unknown")
    foreign = http.post("/folder/open", json={}, headers={"Origin": "http://evil.example"})
    assert_problem(foreign, 403, "origin_refused")


@pytest.mark.parametrize("client", ["203.0.113.5", "127.0.0.1"])
def test_where_no_screen_is_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str) -> None:
    """Neither for somebody on another computer nor on a machine without a desktop."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.setenv(name, ":0" if client != "127.0.0.1" else "")
    house = make_house(tmp_path)
    app = FastAPI()
    install_problem_handlers(app)
    for router in all_routes(house):
        app.include_router(router)
    with TestClient(app, client=(client, 1)) as http:
        answer = http.post("/api/v1/folder/open", json={})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "folder_unopened")
    assert problem["values"] == {"path": str(tmp_path / "outputs")}
    assert str(tmp_path / "outputs") in problem["fix"]
    house.close()
