"""The pictures on the first screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from i2v.domain.motion.sentence import read_motion
from i2v.engines.registry import engine_spec
from i2v.examples.draw import HEIGHT, MOST_BYTES, PICTURES, WIDTH, draw
from i2v.media.intake import intake_picture
from i2v.services.coach import Coach
from i2v.services.machine import Machine, WorkerAtHand
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.settings import Settings
from i2v.text import LANGUAGES

FOLDER = Path(__file__).parents[2] / "i2v" / "examples"
ENTRIES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "examples.yaml").read_text("utf-8"))


def test_every_picture_that_can_be_drawn_is_offered() -> None:
    assert [entry["file"] for entry in ENTRIES] == [f"{name}.webp" for name in PICTURES]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_an_example_is_a_light_file_that_the_app_takes_as_it_is(entry: dict[str, Any]) -> None:
    path = FOLDER / entry["file"]
    assert path.stat().st_size <= MOST_BYTES
    taken = intake_picture(path, path.name)
    assert (taken.width, taken.height, taken.notices) == (WIDTH, HEIGHT, ())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_the_camera_follows_its_sentence_and_the_same_way_in_every_language(entry: dict[str, Any]) -> None:
    assert set(entry["sentence"]) == set(LANGUAGES)
    motions = [read_motion(sentence) for sentence in entry["sentence"].values()]
    assert motions[0].segments
    assert {motion.segments for motion in motions} == {motions[0].segments}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_about_its_sentence_and_settings_the_coach_has_nothing_to_say(entry: dict[str, Any], tmp_path: Path) -> None:
    models = Models(Settings(models_dir=tmp_path))
    outlook = Outlook(None, models, Machine("cpu", lambda: WorkerAtHand(None, may_hold_model=False)))
    coach = Coach(models, outlook, PictureJudge(PictureStore(tmp_path), 1280))
    for engine, languages in (("i2vgen-xl", ("en",)), ("camera", LANGUAGES)):
        options = engine_spec(engine).options.model_fields.keys() & entry["settings"].keys()
        for language in languages:
            settings = {name: entry["settings"][name] for name in options}
            told = coach.advise({"engine": engine, "prompt": entry["sentence"][language], **settings}, "en")
            warned = [advice for advice in told["settings"] if advice["severity"] == "warning"]
            assert (told["sentence"], warned) == ([], [])


def test_the_settings_are_those_that_were_asked_for() -> None:
    names = ("width", "num_frames", "fps", "num_inference_steps", "guidance_scale")
    asked = {entry["file"]: tuple(entry["settings"][name] for name in names) for entry in ENTRIES}
    assert asked["walk.webp"] == (512, 16, 8, 50, 9)
    assert asked["waves.webp"] == (512, 24, 12, 60, 10)
    assert asked["lake.webp"] == (768, 16, 8, 80, 11)


@pytest.mark.long
@pytest.mark.parametrize("name", PICTURES)
def test_the_script_draws_the_pictures_that_ship(name: str) -> None:
    """Drawn at a quarter of the size, which takes a sixteenth of the time."""
    shipped = Image.open(FOLDER / f"{name}.webp").convert("RGB").resize((WIDTH // 4, HEIGHT // 4), Image.Resampling.BOX)
    assert np.abs(draw(name, WIDTH // 4, HEIGHT // 4).astype(float) - np.asarray(shipped)).mean() < 6
