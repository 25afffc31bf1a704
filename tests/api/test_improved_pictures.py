"""What `preprocess` would make of a picture, asked for before the press."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from benchmarks.preprocess import add_bars, add_noise, closeness, draw_leaves, lower_contrast
from i2v.media.video import read_frames
from tests.serving import Server

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def good() -> Pixels:
    return draw_leaves(305, 256)


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def take(http: httpx.Client, pixels: Pixels) -> str:
    sha256: str = http.post("/pictures", files={"image": ("a.png", png(pixels))}).json()["sha256"]
    return sha256


def picture_at(http: httpx.Client, address: str) -> Pixels:
    answer = http.get(address.removeprefix("/api/v1"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_what_is_shown_is_what_moves(server: Server, http: httpx.Client, good: Pixels) -> None:
    spoilt = add_bars(lower_contrast(good, 0.25), 0.1)
    size = {"width": 256, "height": 256}
    told = http.get(f"/pictures/{take(http, spoilt)}/improved", params=size).json()
    assert told["steps"].keys() == {"crop", "contrast"}
    before, after = picture_at(http, told["before"]), picture_at(http, told["after"])
    assert before.shape == after.shape == (told["height"], told["width"], 3)
    left, top, width, height = told["steps"]["crop"]
    assert np.array_equal(before, spoilt[top : top + height, left : left + width])
    wish = {"engine": "camera", "prompt": "hold still", "num_frames": 2, "preprocess": True, **size}
    done = server.wait_for(server.submit(png(spoilt), wish)["id"])
    assert done["status"] == "done"
    frame = next(iter(read_frames(server.outputs / done["video"])))
    shown = np.asarray(Image.fromarray(after).resize((256, 256), Image.Resampling.LANCZOS))
    assert closeness(frame, shown) > closeness(frame, good) + 2
    assert closeness(frame, shown) > 25


def test_a_picture_that_needs_nothing_says_so_and_shows_nothing(http: httpx.Client, good: Pixels) -> None:
    sha256 = take(http, good)
    told = http.get(f"/pictures/{sha256}/improved", params={"width": 256, "height": 256}).json()
    assert told == {"steps": {}, "width": 256, "height": 256, "before": None, "after": None}
    assert http.get(f"/pictures/{sha256}/improved/after", params={"width": 256, "height": 256}).status_code == 422


def test_a_question_asked_again_is_answered_from_what_is_kept(http: httpx.Client, good: Pixels) -> None:
    address = f"/pictures/{take(http, add_noise(good, 21))}/improved"
    first = http.get(address).json()
    began = time.monotonic()
    assert [http.get(address).json() for _ in range(5)] == [first] * 5
    assert time.monotonic() - began < 1.0  # a helper takes about as long to start even once


@pytest.mark.parametrize(
    "query", ["width=7", "width=100", "height=5000", "fit=crop", "crop_x=2", "crop_y=nan", "width=NaN", "crop_x=-1"]
)
def test_odd_questions_are_refused(http: httpx.Client, good: Pixels, query: str) -> None:
    answer = http.get(f"/pictures/{take(http, good)}/improved?{query}")
    assert answer.status_code in (400, 422)
    assert json.loads(answer.content)["code"] == "request_malformed"


@pytest.mark.parametrize("sha256", ["0" * 64, "..%2f..%2fetc", "x"])
def test_an_unknown_picture_is_said_to_be_missing(http: httpx.Client, sha256: str) -> None:
    answer = http.get(f"/pictures/{sha256}/improved")
    assert answer.status_code in (404, 422)
    assert answer.json()["code"] in ("picture_missing", "address_unknown")
