"""What every engine must do, whatever it makes its frames of."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from i2v.domain.events import Event, Latents, Step
from i2v.domain.options import option_extra
from i2v.domain.request import Start
from i2v.engines.base import EngineSpec, Picture
from i2v.engines.registry import engine_specs
from i2v.errors import JobCancelled
from i2v.text import LANGUAGES
from i2v.worker.improvement import improved_pixels
from i2v.worker.run_job import framed_picture
from tests.contracts.conftest import Candidate


@pytest.mark.parametrize(
    ("width", "height", "num_frames"), [(64, 64, 2), (96, 64, 3), (64, 128, 5)], ids=["square", "wide", "tall"]
)
def test_frames_come_in_the_number_and_size_asked_for(
    candidate: Candidate, picture: Picture, width: int, height: int, num_frames: int
) -> None:
    clip = candidate.film(picture, width=width, height=height, num_frames=num_frames)
    assert clip.shape == (num_frames, height, width, 3)
    assert clip.dtype == np.uint8


@pytest.mark.parametrize("size", [(40, 300), (17, 23), (700, 90)])
def test_pictures_of_any_shape_are_taken(candidate: Candidate, size: tuple[int, int]) -> None:
    width, height = size
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    assert candidate.film(Picture(pixels, "odd")).shape == (3, 64, 64, 3)


def three_squares() -> np.ndarray:
    """192×64 pixels: red, green, blue."""
    pixels = np.zeros((64, 192, 3), np.uint8)
    for third in range(3):
        pixels[:, third * 64 : (third + 1) * 64, third] = 230
    return pixels


def films_of(candidate: Candidate, wishes: list[dict[str, Any]]) -> list[np.ndarray]:
    """A clip of the three squares for each wish, framed as a worker does it."""
    films = []
    for wish in wishes:
        options = candidate.request(prompt="hold still", **wish).options
        films.append(candidate.film(framed_picture(three_squares(), "squares", options), prompt="hold still", **wish))
    return films


def test_a_clip_depends_on_the_part_that_its_crop_shows_and_on_no_other(candidate: Candidate) -> None:
    """The same clip is made of the square alone and of the whole picture cropped to it."""
    places = (0.0, 0.5, 1.0)
    cropped = films_of(candidate, [{"crop_x": place} for place in places])
    for third, film in enumerate(cropped):
        square = np.ascontiguousarray(three_squares()[:, third * 64 : (third + 1) * 64])
        alone = candidate.film(Picture(square, "square"), prompt="hold still")
        inside = np.s_[:, :, 4:-4]  # a resampling filter may reach a little beyond the crop
        assert np.abs(film[inside].astype(int) - alone[inside]).max() <= 2
    assert not np.array_equal(cropped[0], cropped[1])


def test_a_padded_and_a_stretched_clip_show_the_whole_picture(candidate: Candidate) -> None:
    """The same clip is made of a picture with its bars on and of one pulled into shape beforehand."""
    padded, stretched = films_of(candidate, [{"fit": "pad", "background": "#00c8c8"}, {"fit": "stretch"}])
    barred = np.full((192, 192, 3), (0, 200, 200), np.uint8)
    barred[64:128] = three_squares()
    assert np.array_equal(padded, candidate.film(Picture(barred, "barred"), prompt="hold still"))
    tall = np.asarray(Image.fromarray(three_squares()).resize((192, 192), Image.Resampling.LANCZOS))
    assert np.array_equal(stretched, candidate.film(Picture(tall, "tall"), prompt="hold still"))


def test_an_improved_picture_is_what_moves(candidate: Candidate) -> None:
    """The same clip is made of a picture that a worker improves and of one that was improved beforehand."""
    dull = 118 + (three_squares()[:, :64].astype(int) - 118) // 5
    pixels = np.random.default_rng(2).normal(dull, 12).clip(0, 255).astype(np.uint8)
    options = candidate.request(prompt="hold still", preprocess=True).options
    improved, treatment = improved_pixels(pixels, options)
    assert treatment
    assert not np.array_equal(improved, pixels)
    film = candidate.film(Picture(improved, "improved"), prompt="hold still", preprocess=True)
    assert not np.array_equal(film, candidate.film(Picture(pixels, "dull"), prompt="hold still"))
    again, _ = improved_pixels(pixels, options)
    assert np.array_equal(film, candidate.film(Picture(again, "again"), prompt="hold still"))


def test_the_picture_is_left_as_it_was(candidate: Candidate, picture: Picture) -> None:
    before = hashlib.sha256(picture.pixels.tobytes()).digest()
    candidate.film(picture)
    assert hashlib.sha256(picture.pixels.tobytes()).digest() == before


def test_the_same_seed_gives_the_same_frames_whatever_ran_before(candidate: Candidate, picture: Picture) -> None:
    first = candidate.film(picture, prompt="handheld, zoom in", seed=5)
    candidate.film(picture, prompt="handheld, zoom in", seed=6)
    assert np.array_equal(candidate.film(picture, prompt="handheld, zoom in", seed=5), first)


def test_another_seed_gives_other_frames(candidate: Candidate, picture: Picture) -> None:
    """For the camera, the seed is the hand that holds it."""
    first, other = (candidate.film(picture, prompt="handheld", seed=seed) for seed in (5, 6))
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("prompt", ["slowly zoom in", "handheld"])
def test_the_spec_knows_whether_the_seed_makes_a_difference(
    candidate: Candidate, picture: Picture, prompt: str
) -> None:
    first, other = (candidate.film(picture, prompt=prompt, seed=seed) for seed in (5, 6))
    differs = not np.array_equal(first, other)
    assert differs == candidate.spec.is_seed_used(candidate.request(prompt=prompt).options)


def test_an_engine_whose_clips_leave_latents_starts_larger_ones_from_them(
    candidate: Candidate, picture: Picture, events: list[Event]
) -> None:
    candidate.film(picture, report=events.append)
    latents = [event.data for event in events if isinstance(event, Latents)]
    assert bool(latents) == (candidate.spec.check_start is not None)
    larger: dict[str, Any] = {"width": 96, "height": 96, "num_frames": 4}
    if latents:
        start = Start(latents[0], 0.5)
        clip = candidate.film(picture, start=start, **larger)
        assert np.array_equal(clip, candidate.film(picture, start=start, **larger))
        assert not np.array_equal(clip, candidate.film(picture, **larger))
        assert clip.shape == (4, 96, 96, 3)


def test_every_step_is_reported_once_and_in_order(candidate: Candidate, picture: Picture, events: list[Event]) -> None:
    candidate.film(picture, report=events.append)
    total = candidate.spec.total_steps(candidate.request().options)
    steps = [(event.index, event.total) for event in events if isinstance(event, Step)]
    assert steps == [(index, total) for index in range(1, total + 1)]


def test_the_first_step_shows_a_picture_and_every_preview_can_be_opened(
    candidate: Candidate, picture: Picture, events: list[Event]
) -> None:
    candidate.film(picture, report=events.append, width=96)
    previews = [event.preview for event in events if isinstance(event, Step)]
    assert previews[0]
    for preview in filter(None, previews):
        with Image.open(io.BytesIO(preview)) as image:
            assert image.format == "WEBP"


@pytest.mark.parametrize("step", [1, 2])
def test_a_cancelled_job_ends_at_once_and_the_engine_serves_the_next(
    candidate: Candidate, picture: Picture, step: int
) -> None:
    expected = candidate.film(picture)
    told: list[Event] = []

    def report(event: Event) -> None:
        told.append(event)
        if isinstance(event, Step) and event.index == step:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        candidate.film(picture, report=report)
    assert isinstance(told[-1], Step)
    assert told[-1].index == step
    assert np.array_equal(candidate.film(picture), expected)


def test_loading_twice_is_no_harm(candidate: Candidate, picture: Picture) -> None:
    before = candidate.film(picture)
    candidate.engine.load(candidate.trial.workplace, lambda event: None)
    assert np.array_equal(candidate.film(picture), before)


def test_unloading_gives_way_to_loading_again(candidate: Candidate, picture: Picture) -> None:
    before = candidate.film(picture)
    candidate.engine.unload()
    candidate.engine.load(candidate.trial.workplace, lambda event: None)
    assert np.array_equal(candidate.film(picture), before)


def test_facts_are_plain_values_for_the_recipe(candidate: Candidate, picture: Picture) -> None:
    candidate.film(picture)
    facts = dict(candidate.engine.facts())
    assert facts
    assert json.loads(json.dumps(facts)) == facts


# --- what the spec says, without the engine -------------------------------------------------------------------------

specs = pytest.mark.parametrize("spec", engine_specs().values(), ids=lambda spec: spec.name)


@specs
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("no_such_option", 1),
        ("width", 63),
        ("width", 100),
        ("height", 5000),
        ("num_frames", 1),
        ("num_frames", "16"),
        ("fps", 0),
        ("fps", 8.5),
        ("seed", -1),
        ("seed", 2**32),
        ("prompt", 7),
        ("prompt", "a" * 2001),
        ("prompt", "a\0b"),
    ],
)
def test_a_bad_option_is_refused_by_its_name(spec: EngineSpec, option: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        spec.options(**{option: value})
    assert [error["loc"] for error in refusal.value.errors()] == [(option,)]


@specs
def test_every_bound_of_every_option_is_kept(spec: EngineSpec) -> None:
    schema = spec.options.model_json_schema()["properties"]
    for name, field in schema.items():
        for bound, step in (("minimum", -1), ("maximum", 1)):
            kinds = field.get("anyOf", [field])
            for limit in [kind[bound] for kind in kinds if bound in kind]:
                with pytest.raises(ValidationError, match=name):
                    spec.options(**{name: type(limit)(limit + step)})


@specs
def test_presets_are_valid_and_the_default_is_among_them(spec: EngineSpec) -> None:
    assert spec.default_preset in spec.presets
    for preset in spec.presets.values():
        options = spec.options(**preset)
        assert spec.total_steps(options) >= 1


@specs
@pytest.mark.parametrize("language", LANGUAGES)
def test_engine_and_options_speak_every_language(spec: EngineSpec, language: str) -> None:
    assert spec.label[language]
    assert spec.summary[language].endswith((".", "。"))
    for name, field in spec.options.model_fields.items():
        extra = option_extra(field)
        assert extra["label"][language], name
        assert extra["help"][language].endswith((".", "?", "。", "？")), name


@specs
def test_notices_need_no_engine(spec: EngineSpec) -> None:
    """They are asked for in the server, before the job."""
    for notice in spec.notices(spec.options(prompt="a cat turns its head"), 100, 100):
        assert notice.code
        assert json.loads(json.dumps(notice.to_json())) == notice.to_json()
