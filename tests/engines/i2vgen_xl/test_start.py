"""A clip that starts from another: what is taken over, what is made anew, and that a kill changes nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
import torch
from safetensors.torch import save

from i2v.domain.events import Noticed, Step
from i2v.domain.request import Start
from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl import denoise
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.spec import SPEC, I2VGenXLOptions, Sampler, count_steps_taken
from i2v.engines.i2vgen_xl.start import begin_from, resize_latents
from i2v.errors import DraftLatentsGone, JobCancelled, RefineExact, RefineShape
from tests.engines.i2vgen_xl.running import Run, run
from tests.engines.i2vgen_xl.test_samplers import PUBLISHED

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")

Make = Callable[..., Run]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
LARGER = {"width": 96, "height": 96, "num_frames": 6, "num_inference_steps": 5, "seed": 9, "exact": False}


@pytest.fixture(autouse=True)
def _float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)


@pytest.fixture(scope="module")
def draft(engine: I2VGenXLEngine, picture: Picture) -> torch.Tensor:
    """A finished draft's latents, (1, 4, 4, 8, 8)."""
    return run(engine, picture).latents


def start_from(latents: torch.Tensor, strength: float) -> Start:
    return Start(save({"latents": latents.contiguous()}), strength)


def wandering_spot(num_frames: int, side: int) -> torch.Tensor:
    """Latents in which a soft spot goes from the upper left to the lower right, (1, 4, num_frames, side, side)."""
    places = torch.linspace(0.2, 0.8, num_frames) * side
    axis = torch.arange(side) + 0.5
    spots = [torch.exp(-((axis[:, None] - at) ** 2 + (axis - at) ** 2) / (side / 6) ** 2) for at in places]
    return 3 * torch.stack(spots)[None, None].expand(1, 4, -1, -1, -1)


def path_of(latents: torch.Tensor) -> torch.Tensor:
    """Where the brightest of each frame lies, as a share of its sides: (frames, 2)."""
    means = latents.mean(1)[0].clamp(min=0) ** 2  # (frames, h, w)
    axis = (torch.arange(means.shape[-1]) + 0.5) / means.shape[-1]
    weights = means / means.sum((1, 2), keepdim=True)
    return torch.stack([(weights.sum(2) * axis).sum(1), (weights.sum(1) * axis).sum(1)], 1)


# --- more steps, same size: the noise is the same -------------------------------------------------------------------


def test_more_steps_begin_from_the_very_noise_of_the_draft(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[torch.Tensor] = []
    predict = denoise._predict

    def watched(parts: Any, conditions: Any, model_input: torch.Tensor, *rest: Any) -> torch.Tensor:
        begun.append(model_input.clone())
        return predict(parts, conditions, model_input, *rest)

    monkeypatch.setattr(denoise, "_predict", watched)
    make(num_inference_steps=1, seed=77)
    make(num_inference_steps=4, seed=77)
    assert torch.equal(begun[0], begun[1])


# --- another size or length: the draft is resized -------------------------------------------------------------------


def test_a_motion_keeps_its_way_through_another_size_and_length() -> None:
    draft = wandering_spot(4, 16)
    resized = resize_latents(draft, 7, 24, 24)
    assert (tuple(resized.shape), resized.is_contiguous()) == ((1, 4, 7, 24, 24), True)
    expected = torch.nn.functional.interpolate(path_of(draft).T[None], 7, mode="linear", align_corners=True)[0].T
    assert torch.allclose(path_of(resized), expected, atol=0.02)


def test_the_first_and_the_last_frame_stay_what_they_are() -> None:
    draft = wandering_spot(4, 16)
    longer = resize_latents(draft, 9, 16, 16)
    assert torch.allclose(longer[:, :, [0, -1]], draft[:, :, [0, -1]])
    assert torch.equal(resize_latents(draft, 4, 16, 16), draft)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_motion_of_the_draft_is_in_what_denoising_begins_from(sampler: Sampler) -> None:
    """At the default strength, seen as coarsely as motion is: the spot is where it was, in noise of full strength."""
    draft = wandering_spot(8, 16)
    noise = denoise.draw_noise(5, 8, 8 * 32, 8 * 32)
    made = create_sampler(sampler, PUBLISHED, 20)
    skipped, latents = begin_from(start_from(draft, SPEC.default_strength), made, noise)
    assert skipped == 20 - count_steps_taken(20, SPEC.default_strength)
    seen = made.scale_model_input(latents, made.timesteps[skipped])[0].transpose(0, 1)
    wanted = resize_latents(draft, 8, 32, 32)[0].transpose(0, 1)
    coarse, expected = (torch.nn.functional.adaptive_avg_pool2d(x, 4).flatten(1) for x in (seen, wanted))
    moved, wanted_moved = ((x - x.mean(0)).flatten() for x in (coarse, expected))
    assert torch.corrcoef(torch.stack([moved, wanted_moved]))[0, 1] > 0.9
    assert float((seen - seen.mean()).std()) > 0.7


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_little_strength_gives_back_the_resized_draft_and_much_forgets_it(
    make: Make, draft: torch.Tensor, sampler: Sampler
) -> None:
    options = {**LARGER, "sampler": sampler, "num_inference_steps": 10, "guidance_scale": 1.0}
    wanted = resize_latents(draft, 6, 12, 12)

    def distance(strength: float) -> float:
        made = make(start=start_from(draft, strength), **options).latents
        return float((made - wanted).norm() / wanted.norm())

    little, some, much = (distance(strength) for strength in (0.05, 0.5, 0.9))
    assert little < 0.2
    assert little < some < much


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_whole_strength_begins_as_a_clip_from_noise_does(sampler: Sampler) -> None:
    noise = denoise.draw_noise(5, 4, 64, 64)
    made = create_sampler(sampler, PUBLISHED, 20)
    skipped, latents = begin_from(start_from(wandering_spot(4, 8), 1.0), made, noise)
    free = noise * made.init_noise_sigma
    assert skipped == 0
    assert float((latents - free).norm() / free.norm()) < 0.1


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_steps_left_go_down_from_where_the_noise_stands(
    make: Make, draft: torch.Tensor, monkeypatch: pytest.MonkeyPatch, sampler: Sampler
) -> None:
    """A sampler that does not know that it begins in the middle would take the wrong noise away."""
    asked: list[float] = []
    predict = denoise._predict

    def watched(parts: Any, conditions: Any, model_input: torch.Tensor, timestep: Any, *rest: Any) -> torch.Tensor:
        asked.append(float(timestep))
        return predict(parts, conditions, model_input, timestep, *rest)

    monkeypatch.setattr(denoise, "_predict", watched)
    made = make(start=start_from(draft, 0.6), **LARGER, sampler=sampler)
    expected = create_sampler(sampler, PUBLISHED, 5).timesteps[2:]
    assert asked == [float(timestep) for timestep in expected]
    assert [(step.index, step.total) for step in made.told(Step)] == [(1, 3), (2, 3), (3, 3)]
    assert made.frames.shape == (6, 96, 96, 3)


def test_the_same_start_and_seed_give_the_same_clip_and_others_another(make: Make, draft: torch.Tensor) -> None:
    first = make(start=start_from(draft, 0.6), **LARGER)
    assert np.array_equal(make(start=start_from(draft, 0.6), **LARGER).frames, first.frames)
    for other in (start_from(draft, 0.8), start_from(draft + 0.1, 0.6), None):
        assert not torch.equal(make(start=other, **LARGER).latents, first.latents)


# --- interrupted ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_refined_clip_stopped_after_any_step_goes_on_to_the_same_frames(
    engine: I2VGenXLEngine,
    picture: Picture,
    make: Make,
    draft: torch.Tensor,
    monkeypatch: pytest.MonkeyPatch,
    sampler: Sampler,
) -> None:
    monkeypatch.setattr(engine, "seconds_between_checkpoints", 0.0)
    options: dict[str, Any] = {**LARGER, "sampler": sampler, "start": start_from(draft, 0.6)}
    undisturbed = make(**options)
    for done in (1, 2, 3):
        stopped = Run()

        def stop(event: object, done: int = done) -> None:
            if isinstance(event, Step) and event.index == done:
                raise JobCancelled

        with pytest.raises(JobCancelled):
            run(engine, picture, keep=stopped, watch=stop, **options)
        resumed = make(checkpoint=stopped.checkpoint, **options)
        assert [step.index for step in resumed.told(Step)] == list(range(done + 1, 4))
        assert np.array_equal(resumed.frames, undisturbed.frames)


def test_a_checkpoint_of_another_start_is_not_taken_up(make: Make, draft: torch.Tensor) -> None:
    checkpoint = make(start=start_from(draft, 0.6), **LARGER).checkpoint
    for other in (start_from(draft, 0.8), start_from(draft + 0.1, 0.6), None):
        (notice,) = make(start=other, checkpoint=checkpoint, **LARGER).told(Noticed)
        assert (notice.code, notice.values) == ("started_over", {"differs": "start"})


# --- what cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"nothing of the kind", save({"other": torch.zeros(1)})])
def test_latents_that_are_none_are_refused_by_name(make: Make, data: bytes) -> None:
    with pytest.raises(DraftLatentsGone):
        make(start=Start(data, 0.6), **LARGER)


def test_an_exact_clip_and_one_of_another_shape_start_from_no_draft() -> None:
    assert SPEC.check_start is not None
    draft = I2VGenXLOptions(width=512, height=288)
    SPEC.check_start(draft, I2VGenXLOptions(width=1280, height=704))
    with pytest.raises(RefineExact):
        SPEC.check_start(draft, I2VGenXLOptions(width=1024, height=576, exact=True))
    with pytest.raises(RefineShape) as refused:
        SPEC.check_start(draft, I2VGenXLOptions(width=1024, height=1024))
    assert refused.value.values == {"size": "1024×1024", "draft": "512×288", "example": "1024×576"}
