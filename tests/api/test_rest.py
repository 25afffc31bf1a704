"""REST against a real server, as a program would use it."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from i2v.errors import error_types
from i2v.media.video import probe_mp4
from tests.serving import Server

SMALL = {"engine": "camera", "prompt": "zoom in", "width": 128, "height": 128, "num_frames": 4}


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


def post(http: httpx.Client, picture: bytes | None, wish: object = None, **headers: str) -> httpx.Response:
    """POST jobs; `wish` may be raw text."""
    files = {"image": ("a.png", picture)} if picture is not None else {"other": ("a.png", b"x")}
    told = wish if isinstance(wish, str) else json.dumps(SMALL if wish is None else wish)
    return http.post("/jobs", files=files, data={"request": told}, headers=headers)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status), problem
    assert problem["detail"]
    assert problem["fix"]
    assert problem["code"] in error_types()
    assert "/" + "work" not in answer.text
    assert "Traceback" not in answer.text
    return problem


def test_a_job_goes_from_202_to_an_mp4_with_ranges(server: Server, http: httpx.Client, picture: bytes) -> None:
    accepted = post(http, picture)
    assert accepted.status_code == 202
    job = accepted.json()
    assert accepted.headers["location"] == f"/api/v1/jobs/{job['id']}"
    done = server.wait_for(job["id"])
    assert (done["status"], done["error"], done["options"]["num_frames"]) == ("done", None, 4)
    clip = http.get(f"/jobs/{job['id']}/video")
    assert clip.headers["content-type"] == "video/mp4"
    assert clip.headers["content-disposition"] == f'inline; filename="{done["video"]}"'
    assert probe_mp4(clip.content).num_frames == 4
    part = http.get(f"/jobs/{job['id']}/video", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    saved = http.get(f"/jobs/{job['id']}/video", params={"download": "true"})
    assert saved.headers["content-disposition"].startswith("attachment")


def test_events_tell_each_change_until_the_job_is_over(http: httpx.Client, picture: bytes) -> None:
    job_id = post(http, picture).json()["id"]
    with http.stream("GET", f"/jobs/{job_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    assert told[-1]["status"] == "done"
    assert {view["id"] for view in told} == {job_id}


def test_one_key_makes_one_job_and_another_wish_with_it_is_refused(http: httpx.Client, picture: bytes) -> None:
    key = uuid.uuid4().hex
    first, second = (post(http, picture, **{"Idempotency-Key": key}) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = post(http, picture, {**SMALL, "num_frames": 5}, **{"Idempotency-Key": key})
    problem = assert_problem(other, 409, "idempotency_conflict")
    assert problem["values"]["job_id"] == first.json()["id"]
    buffer = io.BytesIO()
    Image.new("RGB", (100, 100), (200, 10, 10)).save(buffer, "PNG")
    assert_problem(post(http, buffer.getvalue(), **{"Idempotency-Key": key}), 409, "idempotency_conflict")


def test_a_picture_can_be_sent_ahead_and_the_same_one_is_kept_once(http: httpx.Client, picture: bytes) -> None:
    taken = [http.post("/pictures", files={"image": ("a.png", picture)}) for _ in range(2)]
    assert [answer.status_code for answer in taken] == [201, 201]
    assert taken[0].json() == taken[1].json()
    told = taken[0].json()
    assert (told["width"], told["height"], told["notices"]) == (320, 240, [])
    assert http.get(told["url"].removeprefix("/api/v1")).headers["content-type"] == "image/png"
    job = http.post("/jobs", files={"request": (None, json.dumps({**SMALL, "picture_sha256": told["sha256"]}))})
    assert job.status_code == 202
    assert job.json()["picture"]["sha256"] == told["sha256"]


def test_a_seed_is_chosen_where_none_is_named_and_kept_where_one_is(http: httpx.Client, picture: bytes) -> None:
    drawn = {post(http, picture).json()["options"]["seed"] for _ in range(3)}
    assert len(drawn) == 3
    assert post(http, picture, {**SMALL, "seed": 2**32 - 1}).json()["options"]["seed"] == 2**32 - 1


def test_jobs_are_listed_page_by_page(server: Server, http: httpx.Client, picture: bytes) -> None:
    made = [post(http, picture).json()["id"] for _ in range(3)]
    first = http.get("/jobs", params={"limit": 2}).json()["jobs"]
    assert [job["id"] for job in first] == [made[2], made[1]]
    rest = http.get("/jobs", params={"limit": 1, "before": first[-1]["place"]}).json()["jobs"]
    assert rest[0]["id"] == made[0]
    for job_id in made:
        server.wait_for(job_id)


def test_a_deleted_job_takes_its_clip_along(server: Server, http: httpx.Client, picture: bytes) -> None:
    job_id = post(http, picture).json()["id"]
    video = server.wait_for(job_id)["video"]
    assert (server.outputs / video).exists()
    assert http.delete(f"/jobs/{job_id}").status_code == 204
    assert not (server.outputs / video).exists()
    assert_problem(http.get(f"/jobs/{job_id}"), 404, "job_unknown")
    assert_problem(http.delete(f"/jobs/{job_id}"), 404, "job_unknown")


def test_cancel_may_be_said_twice_and_of_a_finished_job(server: Server, http: httpx.Client, picture: bytes) -> None:
    wish = {**SMALL, "width": 1024, "height": 1024, "num_frames": 32}
    job_id = post(http, picture, wish).json()["id"]
    for _ in range(2):
        assert http.post(f"/jobs/{job_id}/cancel").status_code == 200
    assert server.wait_for(job_id, 3)["status"] == "cancelled"
    assert_problem(http.get(f"/jobs/{job_id}/video"), 404, "clip_missing")
    assert http.post(f"/jobs/{job_id}/cancel").json()["status"] == "cancelled"


def test_a_clip_taken_away_by_hand_is_told_as_missing(server: Server, http: httpx.Client, picture: bytes) -> None:
    job_id = post(http, picture).json()["id"]
    (server.outputs / server.wait_for(job_id)["video"]).unlink()
    assert_problem(http.get(f"/jobs/{job_id}/video"), 404, "clip_missing")
    assert_problem(http.get(f"/jobs/{job_id}/latents"), 404, "clip_missing")


BAD_WISHES: list[tuple[object, int, str]] = [
    ({"engine": "nonsense"}, 422, "engine_unknown"),
    ({"engine": "\ud800"}, 422, "engine_unknown"),
    ({"engine": "camera", "preset": "ultra"}, 422, "preset_unknown"),
    ({"engine": "camera", "num_inference_steps": 20}, 422, "option_unknown"),
    ({"engine": "auto", "nonsense": 1}, 422, "option_unknown"),
    ({"engine": "camera", "num_frames": 33}, 422, "limit_exceeded"),
    ({"engine": "camera", "width": 2048, "height": 2048}, 422, "limit_exceeded"),
    ({"engine": "camera", "width": 100}, 422, "option_invalid"),
    ({"engine": "camera", "width": "512"}, 422, "option_invalid"),
    ({"engine": "camera", "width": 512.5}, 422, "option_invalid"),
    ({"engine": "camera", "num_frames": True}, 422, "option_invalid"),
    ({"engine": "camera", "num_frames": None}, 422, "option_invalid"),
    ({"engine": "camera", "num_frames": [16]}, 422, "option_invalid"),
    ({"engine": "camera", "num_frames": -1}, 422, "option_invalid"),
    ({"engine": "camera", "fps": 0}, 422, "option_invalid"),
    ({"engine": "camera", "seed": -1}, 422, "option_invalid"),
    ({"engine": "camera", "seed": 2**32}, 422, "option_invalid"),
    ({"engine": "camera", "seed": 2**63}, 422, "option_invalid"),
    ({"engine": "camera", "seed": 1e308}, 422, "option_invalid"),
    ({"engine": "camera", "prompt": "a" * 2001}, 422, "option_invalid"),
    ({"engine": "camera", "prompt": "nul\0"}, 422, "option_invalid"),
    ({"engine": "camera", "prompt": "\ud800"}, 422, "option_invalid"),
    ({"engine": "camera", "prompt": 5}, 422, "option_invalid"),
    ({"engine": 5}, 422, "engine_unknown"),
    ({"preset": {}}, 422, "preset_unknown"),
    ({"confirmed": "yes"}, 422, "option_invalid"),
    ([], 422, "request_malformed"),
    ('{"width": NaN}', 422, "option_invalid"),
    ('{"width": Infinity}', 422, "option_invalid"),
    ('{"width": 64, "width": 128}', 422, "request_malformed"),
    ("{", 422, "request_malformed"),
    ("null", 422, "request_malformed"),
    ("[" * 20000, 422, "request_malformed"),
]


@pytest.mark.parametrize(("wish", "status", "code"), BAD_WISHES, ids=lambda value: str(value)[:60])
def test_a_wish_that_cannot_be_is_refused_by_name(
    http: httpx.Client, picture: bytes, wish: object, status: int, code: str
) -> None:
    before = [job["id"] for job in http.get("/jobs").json()["jobs"]]
    assert_problem(post(http, picture, wish), status, code)
    assert [job["id"] for job in http.get("/jobs").json()["jobs"]] == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture_truncated"),
        (b"not a picture", "picture_unsupported"),
        (b"<svg/>", "picture_unsupported"),
        (b"\0" * 99, "picture_unrecognized"),
    ],
)
def test_what_is_no_picture_is_refused(http: httpx.Client, data: bytes, code: str) -> None:
    assert_problem(post(http, data), 422, code)
    assert_problem(http.post("/pictures", files={"image": ("a.png", data)}), 422, code)


def test_a_request_without_a_picture_says_so(http: httpx.Client) -> None:
    assert_problem(post(http, None), 422, "picture_missing")
    assert_problem(http.post("/pictures", files={"other": ("a", b"x")}), 422, "picture_missing")
    assert_problem(http.post("/jobs", json=SMALL), 422, "request_malformed")
    unknown = {"request": (None, json.dumps({**SMALL, "picture_sha256": "../../etc/passwd"}))}
    assert_problem(http.post("/jobs", files=unknown), 422, "picture_missing")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("PUT", "/jobs", 405),
        ("GET", "/jobs/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/jobs/%00", 404),
        ("GET", "/pictures/..%2fjobs.sqlite", 404),
        ("GET", "/jobs/" + "x" * 5000, 404),
        ("GET", "/jobs/" + "x" * 300 + "/thumbnail", 404),
        ("GET", "/jobs/..%5cjobs/thumbnail", 404),
    ],
)
def test_an_unknown_address_is_a_problem_too(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_number_that_is_none_is_malformed(http: httpx.Client) -> None:
    assert_problem(http.get("/jobs", params={"limit": 0}), 422, "request_malformed")
    assert_problem(http.get("/jobs", params={"before": "x"}), 422, "request_malformed")


def test_errors_speak_the_readers_language(http: httpx.Client, picture: bytes) -> None:
    english = post(http, picture, {"engine": "x"}, **{"Accept-Language": "en"}).json()
    chinese = post(http, picture, {"engine": "x"}, **{"Accept-Language": "zh-HK,zh;q=0.9"}).json()
    switched = post(http, picture, {"engine": "x"}, **{"Accept-Language": "en", "Cookie": "i2v_lang=zh-CN"}).json()
    assert english["detail"] != chinese["detail"] == switched["detail"]
    assert english["values"] == chinese["values"]


def test_engines_tell_all_a_form_needs(http: httpx.Client) -> None:
    engines = {engine["name"]: engine for engine in http.get("/engines").json()["engines"]}
    camera = engines["camera"]
    assert camera["presets"]["standard"]["num_frames"] == 16
    frames = next(option for option in camera["options"] if option["name"] == "num_frames")
    assert (frames["unit"], frames["default"]) == ("frames", 16)
    assert camera["schema"]["properties"]["num_frames"]["minimum"] == 2


def test_a_full_queue_refuses_with_a_sentence_and_loses_nothing(tmp_path: Path, picture: bytes) -> None:
    server = Server(tmp_path, I2V_MAX_QUEUE="2").start()
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as http:
        wish = {**SMALL, "width": 1024, "height": 1024, "num_frames": 32}
        answers = [post(http, picture, wish) for _ in range(5)]
        accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code != 202]
        assert refused
        for answer in refused:
            assert_problem(answer, 429, "queue_full")
            assert answer.headers["retry-after"]
        for job_id in accepted:
            http.post(f"/jobs/{job_id}/cancel")
        assert {server.wait_for(job_id)["status"] for job_id in accepted} <= {"cancelled", "done"}
    server.stop()
