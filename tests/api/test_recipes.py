"""Settings out of clips by REST: of our own, of others, and of files made to do harm."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from i2v.media.comment import read_comment
from i2v.media.video import encode_mp4
from tests.api.test_rest import SMALL, assert_problem
from tests.serving import Server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def job(server: Server, picture: bytes) -> dict[str, Any]:
    return server.wait_for(server.submit(picture, {**SMALL, "seed": 7})["id"])


@pytest.fixture(scope="module")
def clip(server: Server, job: dict[str, Any]) -> bytes:
    return Path(server.outputs, job["video"]).read_bytes()


def read(http: httpx.Client, clip: bytes, name: str = "a.mp4") -> httpx.Response:
    return http.post("/recipes", files={"clip": (name, clip)})


def with_comment(folder: Path, comment: str) -> bytes:
    encode_mp4([np.full((64, 64, 3), 90, np.uint8)], folder / "x.mp4", 8, comment)
    return (folder / "x.mp4").read_bytes()


def test_a_clip_tells_the_wish_that_made_it_and_nothing_is_kept(
    server: Server, http: httpx.Client, clip: bytes, job: dict[str, Any]
) -> None:
    before = sorted(path.name for path in (server.home / "inputs").iterdir())
    told = read(http, clip).json()
    for name in ("engine", "preset", "options", "private", "frames_sha256", "made_with"):
        assert told[name] == job[name], name
    assert told["picture"] == {**job["picture"], "is_here": True}
    assert (told["job_id"], told["left_out"], told["dropped"]) == (job["id"], [], [])
    wish = {**told["options"], "engine": told["engine"], "picture_sha256": told["picture"]["sha256"]}
    again = http.post("/jobs", files={"request": (None, json.dumps(wish))}).json()
    assert server.wait_for(again["id"])["frames_sha256"] == told["frames_sha256"]
    assert sorted(path.name for path in (server.home / "inputs").iterdir()) == before


def test_a_picture_that_is_not_here_and_options_of_another_version_are_told(
    http: httpx.Client, clip: bytes, tmp_path: Path
) -> None:
    recipe = json.loads(read_comment(clip))
    recipe["picture_sha256"] = "0" * 64
    recipe["options"]["wobble"] = 3
    told = read(http, with_comment(tmp_path, json.dumps(recipe))).json()
    assert told["picture"]["is_here"] is False
    assert told["dropped"] == ["wobble"]
    assert "wobble" not in told["options"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"i2v_recipe": 2}, "recipe_newer"),
        ({"i2v_recipe": None}, "recipe_foreign"),
        ({"i2v_recipe": True}, "recipe_foreign"),
        ({"engine": "nonsense"}, "engine_unknown"),
        ({"options": {"width": "wide"}}, "recipe_foreign"),
        ({"options": {"width": 1e999}}, "recipe_missing"),
        ({"options": {"prompt": "\ud800"}}, "recipe_missing"),
        ({"picture_sha256": "../../etc/passwd"}, "recipe_foreign"),
        ({"left_out": 5}, "recipe_foreign"),
    ],
)
def test_a_recipe_made_to_do_harm_gets_a_refusal(
    http: httpx.Client, clip: bytes, tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    recipe = {**json.loads(read_comment(clip)), **change}
    assert_problem(read(http, with_comment(tmp_path, json.dumps(recipe))), 422, code)


def test_what_is_no_clip_of_ours_is_refused_by_what_it_is(http: httpx.Client, picture: bytes, tmp_path: Path) -> None:
    assert_problem(read(http, picture, "a.png"), 422, "clip_unreadable")
    assert_problem(read(http, b"", "a.mp4"), 422, "clip_unreadable")
    assert_problem(read(http, with_comment(tmp_path, "holiday")), 422, "recipe_missing")
    assert_problem(read(http, with_comment(tmp_path, '{"workflow": {}}')), 422, "recipe_foreign")
    assert_problem(http.post("/recipes", files={"other": b"x"}), 422, "clip_unreadable")
    assert_problem(http.post("/recipes", data={"clip": "text"}), 422, "request_malformed")
    assert_problem(http.post("/recipes", json={}), 422, "request_malformed")
    assert_problem(read(http, bytes(33 << 20)), 413, "body_too_large")


def test_three_hundred_mutated_clips_never_shake_the_server(http: httpx.Client, clip: bytes) -> None:
    chance = random.Random(5)
    head = clip.index(b"mdat")
    for _ in range(300):
        mutated = bytearray(clip)
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(head)
            mutated[place : place + chance.randint(0, 8)] = chance.randbytes(chance.randint(0, 8))
        answer = read(http, bytes(mutated))
        assert answer.status_code in (200, 422), answer.text
        if answer.status_code == 422:
            assert_problem(answer, 422, answer.json()["code"])
