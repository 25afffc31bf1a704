"""The pictures on the first screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from i2v.domain.motion.sentence import read_motion
from i2v.examples.draw import HEIGHT, PICTURES, WIDTH, draw
from i2v.media.intake import intake_picture
from i2v.text import LANGUAGES

FOLDER = Path(__file__).parents[2] / "i2v" / "examples"
ENTRIES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "examples.yaml").read_text("utf-8"))


def test_every_picture_that_can_be_drawn_is_offered() -> None:
    assert [entry["file"] for entry in ENTRIES] == [f"{name}.webp" for name in PICTURES]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_an_example_is_a_light_file_that_the_app_takes_as_it_is(entry: dict[str, Any]) -> None:
    path = FOLDER / entry["file"]
    assert path.stat().st_size <= 150_000
    taken = intake_picture(path, path.name)
    assert (taken.width, taken.height, taken.notices) == (WIDTH, HEIGHT, ())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_the_camera_follows_its_sentence_and_the_same_way_in_every_language(entry: dict[str, Any]) -> None:
    assert set(entry["sentence"]) == set(LANGUAGES)
    motions = [read_motion(sentence) for sentence in entry["sentence"].values()]
    assert motions[0].segments
    assert {motion.segments for motion in motions} == {motions[0].segments}


@pytest.mark.long
@pytest.mark.parametrize("name", PICTURES)
def test_the_script_draws_the_pictures_that_ship(name: str) -> None:
    shipped = np.asarray(Image.open(FOLDER / f"{name}.webp").convert("RGB")).astype(float)
    assert np.abs(draw(name) - shipped).mean() < 4  # what WebP leaves out
