"""Pictures by REST: what stands behind their transparent parts, which part of them a clip shows, and damaged ones."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from i2v.media.video import read_frames
from tests.media.mutants import mutate
from tests.media.samples import COLOUR_SAMPLES, GREY_SAMPLES, LEFT, RIGHT, TRANSPARENT_SAMPLES, saved
from tests.serving import Server

STILL = {"engine": "camera", "prompt": "hold still", "width": 64, "height": 64, "num_frames": 2}
Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=60) as client:
        yield client


def take(http: httpx.Client, picture: bytes, wish: dict[str, Any] | None = None) -> httpx.Response:
    told = {"request": json.dumps(wish)} if wish is not None else {}
    return http.post("/pictures", files={"image": ("a.png", picture)}, data=told)


def pixels_of(http: httpx.Client, sha256: str) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(http.get(f"/pictures/{sha256}").content)))


def first_frame(server: Server, picture: bytes, **options: object) -> Pixels:
    job = server.submit(picture, {**STILL, **options})
    done = server.wait_for(job["id"])
    assert done["status"] == "done", done["error"]
    assert {name: done["options"][name] for name in options} == options
    return next(iter(read_frames(server.outputs / done["video"])))


def three_squares() -> bytes:
    """192×64 pixels: red, green, blue."""
    picture = Image.new("RGB", (192, 64), (230, 0, 0))
    picture.paste((0, 230, 0), (64, 0, 128, 64))
    picture.paste((0, 0, 230), (128, 0, 192, 64))
    return saved(picture, "PNG")


def test_transparent_parts_take_the_colour_that_is_asked_for(server: Server, http: httpx.Client) -> None:
    rgba = TRANSPARENT_SAMPLES["rgba png"]()
    white, green = take(http, rgba).json(), take(http, rgba, {"background": "#008000"}).json()
    assert white["sha256"] != green["sha256"]
    assert tuple(pixels_of(http, white["sha256"])[4, 4]) == (255, 255, 255)
    shown = pixels_of(http, green["sha256"])
    assert [tuple(shown[4, 4]), tuple(shown[60, 10]), tuple(shown[60, 150])] == [(0, 128, 0), LEFT, RIGHT]
    assert [notice["code"] for notice in green["notices"]] == ["picture_alpha"]
    assert "#008000" in green["notices"][0]["text"]
    # A job that brings its picture along treats it alike.
    job = server.submit(rgba, {**STILL, "background": "#008000"})
    assert (job["picture"]["sha256"], job["options"]["background"]) == (green["sha256"], "#008000")
    server.wait_for(job["id"])


@pytest.mark.parametrize("background", ["red", "#fff", 5, ["#ffffff"], True, "#ffffff\n"])
def test_what_is_no_colour_is_refused_before_the_picture_is_read(http: httpx.Client, background: object) -> None:
    wish = {**STILL, "background": background}
    for answer in (
        take(http, b"no picture", wish),
        http.post("/jobs", files={"image": ("a.png", b"no picture")}, data={"request": json.dumps(wish)}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "option_invalid")
        assert answer.json()["values"]["option"] == "background"


def test_a_clip_shows_the_part_of_the_picture_that_was_chosen(server: Server) -> None:
    for place, colour in ((0.0, (230, 0, 0)), (0.5, (0, 230, 0)), (1.0, (0, 0, 230))):
        frame = first_frame(server, three_squares(), crop_x=place)
        assert np.abs(frame[4:-4, 6:-6].astype(int) - colour).max() < 14, place


def test_a_clip_shows_the_whole_picture_between_bars_or_stretched(server: Server) -> None:
    padded = first_frame(server, three_squares(), fit="pad", background="#c8c8c8")
    for row, column, colour in ((6, 32, (200,) * 3), (57, 32, (200,) * 3), (32, 8, (230, 0, 0)), (32, 56, (0, 0, 230))):
        assert np.abs(padded[row, column].astype(int) - colour).max() < 20, (row, column)
    assert np.abs(first_frame(server, three_squares(), fit="pad")[6].astype(int)).max() < 14  # black
    stretched = first_frame(server, three_squares(), fit="stretch")
    for row in (2, 61):
        for column, colour in ((8, (230, 0, 0)), (32, (0, 230, 0)), (56, (0, 0, 230))):
            assert np.abs(stretched[row, column].astype(int) - colour).max() < 20, (row, column)


def test_damaged_pictures_cost_the_server_nothing(server: Server, http: httpx.Client) -> None:
    """The bulk of them goes straight to the decoder; these go the whole way, four at a time."""
    samples = {**COLOUR_SAMPLES, **GREY_SAMPLES, **TRANSPARENT_SAMPLES}
    files = [make() for make in samples.values()]
    assert server.process is not None
    process = server.process.pid

    def send(seed: int) -> httpx.Response:
        chance = random.Random(seed)
        return take(http, mutate(chance.choice(files), chance))

    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(send, range(100_000, 100_060)))
    told = {answer.status_code for answer in answers}
    assert told == {201, 422}
    for answer in answers:
        if answer.status_code == 422:
            assert answer.json()["code"].startswith("picture_")
        else:
            taken = answer.json()
            assert pixels_of(http, taken["sha256"]).shape == (taken["height"], taken["width"], 3)
    assert server.process.poll() is None
    assert server.process.pid == process
    assert server.get("/health")["status"] == "ok"
    assert take(http, three_squares()).status_code == 201
