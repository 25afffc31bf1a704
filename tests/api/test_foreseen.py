"""What a clip will take and what the machine has, asked over HTTP of a server whose graphics card is a stand-in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Server
from tests.stand_in_card import StandInCard

MODEL = Path(__file__).parent.parent / "golden" / "model"
LARGEST = {"engine": "i2vgen-xl", "width": 1280, "height": 1280, "num_frames": 32}
"""So large that the plans of even the tests' tiny model differ by half a gigabyte."""


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> StandInCard:
    return StandInCard(tmp_path_factory.mktemp("bin"))


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory, card: StandInCard) -> Iterator[httpx.Client]:
    path = f"{card.folder}{os.pathsep}{os.environ['PATH']}"
    home = tmp_path_factory.mktemp("foreseen")
    server = Server(home, PATH=path, I2V_DEVICE="cuda", I2V_MODEL_DIR=str(MODEL)).start()
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client
    server.stop()


def look_again(card: StandInCard, http: httpx.Client, used_mb: int, total_mb: int) -> dict[str, Any]:
    """The machine's status once the server has asked the driver anew."""
    card.show(used_mb=used_mb, total_mb=total_mb)
    while True:
        status: dict[str, Any] = http.get("/gpu_status").json()
        if (status["memory_used"], status["memory_total"]) == (used_mb << 20, total_mb << 20):
            return status
        time.sleep(0.1)


def estimate(http: httpx.Client, **wish: Any) -> dict[str, Any]:
    answer = http.post("/estimate", content=json.dumps({**LARGEST, **wish}))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_light_goes_with_what_is_free_on_the_card(card: StandInCard, http: httpx.Client, picture: bytes) -> None:
    look_again(card, http, 500, 24564)
    roomy = estimate(http)
    needed = roomy["memory"]["needed_gb"]
    assert (roomy["light"], roomy["plan"], roomy["memory"]["where"]) == ("green", "resident", "gpu")
    assert 0.75 < needed["low"] < needed["high"] < 4
    assert (roomy["memory"]["free_gb"], roomy["memory"]["total_gb"]) == (23.5, 23.99)
    assert roomy["instead"] is None

    look_again(card, http, 500, 500 + int(needed["high"] * 1024) - 50)
    tight = estimate(http)
    assert (tight["light"], tight["plan"], tight["instead"]) == ("amber", "two_passes", None)
    assert tight["memory"]["needed_gb"]["high"] < needed["high"]

    status = look_again(card, http, 3500, 4300)
    assert (status["memory_others"], status["memory_ours"]) == (3500 << 20, 0)
    full = estimate(http)
    assert full["light"] == "red"
    assert full["instead"]["width"] == full["instead"]["height"] < 1280
    assert full["instead"]["num_frames"] >= 8
    assert estimate(http, **full["instead"])["light"] in ("green", "amber")

    refused = http.post("/jobs", files={"image": ("a.png", picture)}, data={"request": json.dumps(LARGEST)})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "memory_short")
    assert problem["values"]["free_gb"] == pytest.approx(full["memory"]["free_gb"], abs=0.05) == 0.8
    assert {name: problem["values"][name] for name in full["instead"]} == full["instead"]
    for figure in ("VRAM", str(problem["values"]["needed_gb"]), str(problem["values"]["free_gb"])):
        assert figure in problem["detail"]
    assert http.get("/jobs").json()["jobs"] == []


def test_a_card_that_does_not_tell_leaves_the_light_unknown(card: StandInCard, http: httpx.Client) -> None:
    card.say("GPU-1, NVIDIA GB10, [N/A], [N/A], 36, 0\n")
    while (status := http.get("/gpu_status").json())["name"] != "NVIDIA GB10":
        time.sleep(0.1)
    assert (status["memory_used"], status["memory_total"], status["memory_ours"]) == (None, None, None)
    told = estimate(http)
    assert (told["light"], told["plan"], told["instead"]) == ("unknown", None, None)
    assert told["memory"]["free_gb"] is None
    assert told["memory"]["needed_gb"]["high"] > 0.75


def test_the_processors_engine_asks_for_main_memory_beside_any_card(http: httpx.Client) -> None:
    told = estimate(http, engine="camera", num_frames=8)
    assert (told["light"], told["memory"]["where"], told["memory"]["basis"]) == ("green", "ram", "computed")


def test_the_status_tells_of_card_processor_and_memory(card: StandInCard, http: httpx.Client) -> None:
    status = look_again(card, http, 2000, 8000)
    assert (status["name"], status["temperature_c"], status["load_percent"]) == ("NVIDIA GeForce RTX 4090", 41, 7)
    assert status["available"]
    assert [gpu["is_in_use"] for gpu in status["gpus"]] == [True]
    assert status["ram_ours"] + status["ram_others"] == status["ram_used"]
    assert 0 <= status["cpu_percent"] <= 100
    other = httpx.get(str(http.base_url).replace("/v1/", "/gpu_status"), trust_env=False)
    assert other.json()["memory_total"] == 8000 << 20


def test_an_estimate_of_nonsense_is_refused_like_a_job_of_it(http: httpx.Client) -> None:
    for wish, code in (({"width": 100}, "option_invalid"), ({"num_frames": 33}, "limit_exceeded")):
        answer = http.post("/estimate", content=json.dumps(wish))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
