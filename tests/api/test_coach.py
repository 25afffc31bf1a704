"""`POST /api/v1/coach`: the advice as a program gets it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.serving import Server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


def test_one_object_holds_all_the_advice(http: httpx.Client) -> None:
    answer = http.post("/coach", json={"prompt": "The woman walks to the left", "engine": "i2vgen-xl"}).json()
    assert answer.keys() == {"sentence", "settings", "picture", "clip", "measures", "camera"}
    assert (answer["settings"], answer["picture"], answer["clip"], answer["camera"]) == ([], [], [], None)
    (advice,) = answer["sentence"]
    assert advice == {
        "code": "missing_speed",
        "severity": "hint",
        "message": "How fast? “walks” leaves the pace to chance; slow motion comes out cleaner.",
        "where": [10, 15],
        "remedy": {"label": "Add “slowly”", "prompt": "The woman slowly walks to the left"},
    }
    assert answer["measures"] == {"tokens": 8, "token_limit": 77, "is_token_count_exact": False}


def test_a_form_is_taken_as_well_and_the_reader_has_a_language(http: httpx.Client) -> None:
    told = {"request": json.dumps({"prompt": "something moving"})}
    answer = http.post("/coach", data=told, files={"x": b""}, headers={"Accept-Language": "zh-CN"}).json()
    (advice,) = answer["sentence"]
    assert advice["code"] == "vague_motion"
    assert "没说清楚" in advice["message"]


def test_without_a_model_auto_is_the_camera_engine(http: httpx.Client) -> None:
    answer = http.post("/coach", json={"prompt": "镜头缓缓推近", "engine": "auto"}).json()
    assert (answer["sentence"], answer["camera"], answer["measures"]) == ([], "zoom_in", {})


def test_what_is_no_sentence_is_refused(http: httpx.Client) -> None:
    for wish, code in (({"prompt": 5}, "option_invalid"), ({"prompt": "x" * 2001}, "option_invalid"),
                       ({"prompt": "x", "engine": "bogus"}, "engine_unknown"), ([], "request_malformed")):  # fmt: skip
        answer = http.post("/coach", json=wish)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert http.post("/coach", json={}).json()["sentence"] == []
