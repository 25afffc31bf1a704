"""`POST /api/v1/coach`: the advice as a program gets it."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence
from tests.api.test_rest import SMALL
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
    cost = answer["measures"].pop("settings")["cost"]
    assert cost.keys() == {"seconds", "memory_gb", "light"}
    assert answer["measures"] == {"tokens": 8, "token_limit": 77, "is_token_count_exact": False}


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        ({"num_inference_steps": 400}, "option_invalid", "400"),
        ({"num_inference_steps": 0}, "option_invalid", "num_inference_steps"),
        ({"nonsense": 1}, "option_unknown", "nonsense"),
    ],
)
def test_an_option_that_no_clip_could_have_is_told(
    http: httpx.Client, options: dict[str, int], code: str, named: str
) -> None:
    answer = http.post("/coach", json={"engine": "i2vgen-xl", "prompt": "slow zoom in on the bread", **options}).json()
    (told,) = answer["settings"]
    assert (told["code"], told["remedy"]) == (code, None)
    assert named in told["message"]


def test_settings_that_fight_come_with_those_that_do_not(http: httpx.Client) -> None:
    wish = {"engine": "i2vgen-xl", "preset": "fast", "num_inference_steps": 20, "guidance_scale": 12}
    answer = http.post("/coach", json={**wish, "sampler": "ddim", "private": True}).json()
    (advice,) = answer["settings"]
    assert (advice["code"], advice["severity"]) == ("few_steps_high_guidance", "warning")
    assert advice["where"] == ["num_inference_steps", "guidance_scale"]
    assert advice["remedy"]["label"] == "Set 50 steps, guidance 9"
    assert advice["remedy"]["options"] == {"num_inference_steps": 50, "guidance_scale": 9}
    assert answer["measures"]["settings"]["balanced"]["options"] == advice["remedy"]["options"]
    # The same settings are none of the camera's, and are left out where the engine is whichever there is.
    assert http.post("/coach", json={**wish, "engine": "auto"}).json()["settings"] == []


def test_a_form_is_taken_as_well_and_the_reader_has_a_language(http: httpx.Client) -> None:
    told = {"request": json.dumps({"prompt": "something moving"})}
    answer = http.post("/coach", data=told, files={"x": b""}, headers={"Accept-Language": "zh-CN"}).json()
    (advice,) = answer["sentence"]
    assert advice["code"] == "vague_motion"
    assert "没说清楚" in advice["message"]


def test_without_a_model_auto_is_the_camera_engine(http: httpx.Client) -> None:
    answer = http.post("/coach", json={"prompt": "镜头缓缓推近", "engine": "auto"}).json()
    assert (answer["sentence"], answer["camera"], answer["measures"].keys()) == ([], "zoom_in", {"settings"})


def test_what_is_no_sentence_is_refused(http: httpx.Client) -> None:
    for wish, code in (({"prompt": 5}, "option_invalid"), ({"prompt": "x" * 2001}, "option_invalid"),
                       ({"prompt": "x", "engine": "bogus"}, "engine_unknown"), ([], "request_malformed")):  # fmt: skip
        answer = http.post("/coach", json=wish)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert http.post("/coach", json={}).json()["sentence"] == []


def test_a_page_without_advice_leaves_programs_theirs(tmp_path: Path) -> None:
    silent = Server(tmp_path, None, I2V_COACH="false").start()
    try:
        with urllib.request.urlopen(f"{silent.url}/", timeout=10) as page:
            # The page's data stands in its head, escaped for the script that carries it.
            assert '"coach": false' in page.read().decode().replace("\\", "")
        answer = httpx.post(f"{silent.url}/api/v1/coach", json={"prompt": "make it alive"}, trust_env=False).json()
        assert [advice["code"] for advice in answer["sentence"]] == ["abstract"]
    finally:
        silent.stop()


def test_the_menus_that_build_a_sentence_are_in_the_readers_language(http: httpx.Client) -> None:
    english, chinese = (http.get("/coach/words", headers={"Accept-Language": each}).json() for each in ("en", "zh-CN"))
    assert english["subjects"][0] == {"english": "the woman", "label": "woman", "kind": "person"}
    assert chinese["subjects"][0] == {"english": "the woman", "label": "女人", "kind": "person"}
    assert english["actions"].keys() == {subject["kind"] for subject in english["subjects"]}
    (turn,) = (each for each in english["actions"]["person"] if each["english"] == "turns")
    assert turn["goes"], "a turn wants to know where to"
    for menu in ("paces", "directions", "environments", "camera"):
        assert all(not entry["label"].isascii() for entry in chinese[menu])


def test_every_sentence_from_the_menus_gets_no_warning(http: httpx.Client) -> None:
    menus = http.get("/coach/words").json()
    for subject in menus["subjects"]:
        for action in menus["actions"][subject["kind"]]:
            direction = " to the left" if action["goes"] else ""
            sentence = f"{subject['english']} slowly {action['english']}{direction} in the wind"
            assert [each.code for each in advise_on_sentence(sentence, Listener())] == [], sentence


def test_a_picture_is_judged_as_the_clip_would_show_it(http: httpx.Client) -> None:
    told = {"request": json.dumps({"engine": "camera", "width": 512, "height": 512})}
    answer = http.post("/coach", data=told, files={"image": ("letterbox.png", _letterboxed())}).json()
    assert [advice["code"] for advice in answer["picture"]] == ["borders", "too_small"]
    bars, small = answer["picture"]
    assert bars["where"] == [[0.0, 0.0, 1.0, 0.2], [0.0, 0.8, 1.0, 0.2]]
    assert bars["remedy"]["options"]["width"] > bars["remedy"]["options"]["height"]
    assert small["message"] == "300 × 300 pixels are enlarged 1.7 times for a clip of 512 × 512; it will look soft."
    assert answer["measures"]["picture"]["borders"] == [0.0, 0.2, 0.0, 0.2]


def test_a_picture_that_was_taken_in_is_named_by_its_hash(http: httpx.Client) -> None:
    taken = http.post("/pictures", files={"image": ("letterbox.png", _letterboxed())}).json()
    wish = {"picture_sha256": taken["sha256"], "engine": "camera", "width": 304, "height": 176}
    answer = http.post("/coach", json=wish).json()
    assert [advice["code"] for advice in answer["picture"]] == ["too_small"]  # cut like this there are no bars
    missing = http.post("/coach", json={"picture_sha256": "0" * 64})
    assert (missing.status_code, missing.json()["code"]) == (422, "picture_missing")


def _letterboxed() -> bytes:
    pixels = np.zeros((300, 300, 3), np.uint8)
    pixels[60:240] = np.random.default_rng(5).integers(60, 256, (12, 20, 3), np.uint8).repeat(15, 0).repeat(15, 1)
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    return png.getvalue()


def test_sentences_of_the_past_come_with_the_clip_they_made(server: Server, http: httpx.Client, picture: bytes) -> None:
    wishes: list[dict[str, object]] = [
        {"prompt": "slowly pan right over the bay"}, {"prompt": "slowly tilt up over the bay"},
        {"prompt": "slowly pan right over the bay"}, {"prompt": "zoom out of the secret bay", "private": True},
    ]  # fmt: skip
    made = [server.submit(picture, {**SMALL, **wish})["id"] for wish in wishes]
    for job_id in made:
        assert server.wait_for(job_id)["status"] == "done"

    def told() -> list[tuple[str, str]]:
        sentences = http.get("/sentences", params={"limit": 100}).json()["sentences"]
        return [(each["sentence"], each["job_id"]) for each in sentences if each["sentence"].endswith("bay")]

    assert told() == [("slowly pan right over the bay", made[2]), ("slowly tilt up over the bay", made[1])]
    http.delete(f"/jobs/{made[2]}")
    # The clip before has the same sentence.
    assert told() == [("slowly tilt up over the bay", made[1]), ("slowly pan right over the bay", made[0])]
    newest = http.get("/sentences", params={"limit": 1}).json()["sentences"][0]
    assert newest["thumbnail_url"] == f"/api/v1/jobs/{newest['job_id']}/thumbnail"
    assert http.get("/sentences", params={"limit": 101}).status_code == 422
