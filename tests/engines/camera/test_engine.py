"""The camera as a job uses it: previews, facts, warnings."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from i2v.domain.events import Event, Step
from i2v.domain.notices import Notice
from i2v.engines.base import Workplace
from i2v.engines.camera.engine import CameraEngine
from i2v.engines.camera.preview import GrowingPreview
from i2v.engines.camera.spec import SPEC, CameraOptions
from i2v.text import LANGUAGES, say
from tests.engines.camera.scenes import film, scene


def test_the_first_step_already_shows_a_preview() -> None:
    events: list[Event] = []
    film("zoom in", scene(), report=events.append, num_frames=4)
    assert isinstance(events[0], Step)
    with Image.open(io.BytesIO(events[0].preview)) as preview:
        assert (preview.format, preview.size) == ("WEBP", (192, 144))


def previews(num_frames: int, seconds_per_frame: float, fps: int = 8) -> list[bytes]:
    """What a preview says at each frame when frames come at a steady rate."""
    now = 0.0
    growing = GrowingPreview(num_frames, fps, clock=lambda: now)
    said: list[bytes] = []
    random = np.random.default_rng(0)
    for _ in range(num_frames):
        said.append(growing.add(random.integers(0, 255, (9, 16, 3), np.uint8).repeat(10, 0).repeat(10, 1)))
        now += seconds_per_frame
    return said


def test_a_preview_grows_and_plays_at_the_clip_s_speed() -> None:
    sizes = []
    for data in previews(5, seconds_per_frame=0.3):
        with Image.open(io.BytesIO(data)) as preview:
            sizes.append(getattr(preview, "n_frames", 1))
            if sizes[-1] > 1:
                preview.seek(1)
                preview.load()
                assert preview.info["duration"] == 125
    assert sizes == [1, 2, 3, 4, 5]


def test_previews_come_at_most_every_fifth_of_a_second() -> None:
    assert [bool(data) for data in previews(9, seconds_per_frame=0.0625)] == [True, False, False, False] * 2 + [True]


def test_a_long_clip_s_preview_shows_only_some_frames_at_the_same_pace() -> None:
    data = previews(200, seconds_per_frame=0.3)[-1]
    with Image.open(io.BytesIO(data)) as preview:
        assert getattr(preview, "n_frames", 1) <= 24
        preview.seek(1)
        preview.load()
        assert preview.info["duration"] == pytest.approx(9 * 125, abs=1)


def test_a_small_frame_is_not_enlarged_for_its_preview() -> None:
    growing = GrowingPreview(4, 8, clock=lambda: 0.0)
    with Image.open(io.BytesIO(growing.add(np.zeros((64, 72, 3), np.uint8)))) as preview:
        assert preview.size == (72, 64)


def test_facts_name_the_libraries_and_the_start_crop() -> None:
    assert set(CameraEngine().facts()) == {"opencv", "numpy"}
    _, engine = film("zoom in", scene(960, 720), num_frames=2)
    crop = engine.facts()["start_crop"]
    assert crop == pytest.approx({"left": 0, "top": 0, "width": 960, "height": 720})


def test_a_checkpoint_of_anything_changes_nothing() -> None:
    frames, engine = film("zoom in", scene(), num_frames=4)
    again, _ = film("zoom in", scene(), num_frames=4)
    assert (frames == again).all()
    engine.load(Workplace(), lambda event: None)
    engine.unload()


def codes(prompt: str, picture: tuple[int, int] = (1600, 1200), **options: Any) -> list[str]:
    return [notice.code for notice in SPEC.notices(CameraOptions(prompt=prompt, **options), *picture)]


@pytest.mark.parametrize("prompt", ["a cat turning its head", "猫转头"])
def test_a_sentence_for_a_model_is_warned_about(prompt: str) -> None:
    assert codes(prompt) == ["camera_default_move"]


@pytest.mark.parametrize("prompt", ["don't zoom in", "no pan, a cat turns its head", "不要推近", "不要推近，猫转头"])
def test_a_sentence_that_refuses_camera_moves_is_told_that_the_camera_stays_still(prompt: str) -> None:
    assert codes(prompt) == ["camera_held"]


@pytest.mark.parametrize("prompt", ["", "  ", "zoom in", "don't zoom, pan left", "镜头慢慢推近", "static shot"])
def test_a_camera_move_or_no_sentence_is_not(prompt: str) -> None:
    assert codes(prompt) == []


def test_moves_that_exclude_each_other_are_warned_about_in_the_user_s_words() -> None:
    (notice,) = SPEC.notices(CameraOptions(prompt="推近和拉远同时进行"), 1600, 1200)
    assert notice == Notice("camera_contradiction", {"kept": "推近", "dropped": "拉远"})


def test_a_picture_smaller_than_the_clip_is_warned_about() -> None:
    assert codes("zoom in", (511, 900)) == ["picture_enlarged"]
    assert codes("zoom in", (512, 512)) == []
    assert codes("zoom in", (1600, 500), width=704, height=512) == ["picture_enlarged"]
    assert codes("zoom in", (1600, 500), fit="pad") == []
    assert codes("zoom in", (1600, 500), fit="stretch") == ["picture_enlarged"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_has_its_sentence(language: str) -> None:
    prompts = "a cat", "no pan", "zoom in while zooming out"
    notices = [notice for prompt in prompts for notice in SPEC.notices(CameraOptions(prompt=prompt), 100, 100)]
    assert len({notice.code for notice in notices}) == 4
    for notice in notices:
        assert "?" not in say("notices", notice.code, language, **notice.values)


def test_warnings_come_with_the_request_and_not_a_second_time_from_the_run() -> None:
    events: list[Event] = []
    film("a cat turns its head", scene(100, 100), report=events.append, num_frames=2)
    assert {type(event) for event in events} == {Step}
