from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch

from i2v.engines.i2vgen_xl.checkpoint import read_checkpoint, write_checkpoint
from i2v.engines.i2vgen_xl.samplers import create_sampler, estimate_clean
from i2v.engines.i2vgen_xl.spec import Sampler

SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
OTHERS = tuple(name for name in SAMPLERS if name != "ddim")

PUBLISHED = {
    "num_train_timesteps": 1000,
    "beta_start": 0.0001,
    "beta_end": 0.02,
    "beta_schedule": "squaredcos_cap_v2",
    "trained_betas": None,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "set_alpha_to_one": True,
    "clip_sample": False,
    "thresholding": False,
    "steps_offset": 1,
    "timestep_spacing": "leading",
}
"""The scheduler's configuration in the published model."""

# The samplers of diffusers 0.42.1 hand tensors to `np.array`, which numpy 2 finds old-fashioned.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")

Predict = Callable[[torch.Tensor, int], torch.Tensor]


def known_score(signal: torch.Tensor) -> Predict:
    """The v-prediction of a model that has learned two narrow bumps at ±1 perfectly, under guidance 9."""
    width = 0.5

    def conditional(x: torch.Tensor, t: int, weight: float) -> torch.Tensor:
        alpha, noise = signal[t].double().sqrt(), 1 - signal[t].double()
        spread = alpha**2 * width**2 + noise
        odds = torch.log(torch.tensor(weight / (1 - weight))) + ((x + alpha) ** 2 - (x - alpha) ** 2) / (2 * spread)
        share = torch.sigmoid(odds)
        pull = alpha * width**2 / spread
        clean = share * (1 + pull * (x - alpha)) + (1 - share) * (-1 + pull * (x + alpha))
        velocity: torch.Tensor = alpha * (x - alpha * clean) / noise.sqrt() - noise.sqrt() * clean
        return velocity

    def guided(x: torch.Tensor, t: int) -> torch.Tensor:
        unguided = conditional(x, t, 0.5)
        toward: torch.Tensor = unguided + 9.0 * (conditional(x, t, 0.8) - unguided)
        return toward

    return guided


def sampled(sampler: Any, predict: Predict, noise: torch.Tensor) -> torch.Tensor:
    latents: torch.Tensor = noise * sampler.init_noise_sigma
    for timestep in sampler.timesteps:
        model_input = sampler.scale_model_input(latents, timestep)
        latents = sampler.step(predict(model_input, int(timestep)), timestep, latents).prev_sample
    return latents


def test_ddim_runs_as_the_model_is_configured() -> None:
    timesteps = create_sampler("ddim", PUBLISHED, 50).timesteps
    assert (int(timesteps[0]), int(timesteps[-1]), len(timesteps)) == (981, 1, 50)


@pytest.mark.parametrize("name", OTHERS)
def test_the_others_start_at_the_last_timestep_and_take_just_the_steps_asked_for(name: Sampler) -> None:
    for num_inference_steps in range(1, 201):
        sampler = create_sampler(name, PUBLISHED, num_inference_steps)
        assert len(sampler.timesteps) == num_inference_steps
        assert int(sampler.timesteps[0]) == 999
        assert int(sampler.timesteps[-1]) >= 0
        assert len(sampler.sigmas) == num_inference_steps + 1


def test_the_timesteps_of_every_sampler_at_every_count_are_those_of_its_spacing() -> None:
    """Leading counts up from 1 in whole strides; trailing counts down from the last in even ones, rounded."""
    for count in range(1, 201):
        leading = [1000 // count * index + 1 for index in reversed(range(count))]
        trailing = [1000 - index * 1000 / count - 1 for index in range(count)]
        for name in SAMPLERS:
            timesteps = create_sampler(name, PUBLISHED, count).timesteps.tolist()
            if name == "ddim":
                assert timesteps == leading
            else:
                assert max(abs(found - even) for found, even in zip(timesteps, trailing, strict=True)) <= 0.5
    assert create_sampler("unipc", PUBLISHED, 25).timesteps.tolist() == list(range(999, 0, -40))
    firsts = [int(create_sampler("ddim", PUBLISHED, count).timesteps[0]) for count in (20, 50, 60, 80)]
    assert firsts == [951, 981, 945, 949]


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_model_sees_unit_noise_at_the_first_step(name: Sampler) -> None:
    sampler = create_sampler(name, PUBLISHED, 25)
    noise = torch.ones(1, 4, 2, 2, 2)
    seen = sampler.scale_model_input(noise * sampler.init_noise_sigma, sampler.timesteps[0])
    torch.testing.assert_close(seen, noise, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("name", "steps", "furthest"), [("dpmpp_2m", 25, 0.02), ("unipc", 25, 0.02), ("euler", 50, 0.02)]
)
def test_each_comes_close_to_a_known_answer(name: Sampler, steps: int, furthest: float) -> None:
    fine = create_sampler("euler", PUBLISHED, 1000)
    predict = known_score(fine.alphas_cumprod)
    noise = torch.randn(1, 1, 1, 1024, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    answer = sampled(fine, predict, noise)
    reached = sampled(create_sampler(name, PUBLISHED, steps), predict, noise)
    as_published = sampled(create_sampler("ddim", PUBLISHED, 50), predict, noise)

    def distance(found: torch.Tensor) -> float:
        return float((found - answer).pow(2).mean().sqrt())

    assert distance(reached) < furthest
    assert distance(reached) < distance(as_published)


def remembered(sampler: Any) -> dict[str, Any]:
    """All that a sampler has but its configuration."""
    return {key: value for key, value in vars(sampler).items() if key != "_internal_dict"}


def are_same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(are_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(are_same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_run_stopped_after_any_step_goes_on_to_the_same_bits(name: Sampler) -> None:
    def predict(x: torch.Tensor, t: int) -> torch.Tensor:
        return torch.sin(3 * x + t)

    def steps(sampler: Any, latents: torch.Tensor, first: int, last: int) -> torch.Tensor:
        for timestep in sampler.timesteps[first:last]:
            model_input = sampler.scale_model_input(latents, timestep)
            latents = sampler.step(predict(model_input, int(timestep)), timestep, latents).prev_sample
        return latents

    whole = create_sampler(name, PUBLISHED, 12)
    noise = torch.randn(1, 4, 2, 4, 4, generator=torch.Generator().manual_seed(5)) * whole.init_noise_sigma
    undisturbed = steps(whole, noise, 0, 12)
    assert undisturbed.isfinite().all()
    for done in range(1, 12):
        first = create_sampler(name, PUBLISHED, 12)
        data = write_checkpoint(done, steps(first, noise, 0, done), None, first, {}, {})
        checkpoint = read_checkpoint(data)
        assert checkpoint is not None
        second = create_sampler(name, PUBLISHED, 12)
        checkpoint.restore(second)
        assert are_same(remembered(second), remembered(first)), f"stopped after {done}"
        assert torch.equal(steps(second, checkpoint.latents, done, 12), undisturbed), f"stopped after {done}"


def test_the_estimate_undoes_noise_when_the_prediction_is_right() -> None:
    sampler = create_sampler("ddim", PUBLISHED, 50)
    generator = torch.Generator().manual_seed(2)
    clean, noise = (torch.randn(1, 4, 2, 4, 4, generator=generator) for _ in range(2))
    signal = sampler.alphas_cumprod[401]
    noisy = signal.sqrt() * clean + (1 - signal).sqrt() * noise
    velocity = signal.sqrt() * noise - (1 - signal).sqrt() * clean
    torch.testing.assert_close(estimate_clean(sampler, noisy, velocity, torch.tensor(401)), clean)


@pytest.mark.parametrize("data", [b"", b"abc", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}"])
def test_something_else_is_no_checkpoint(data: bytes) -> None:
    assert read_checkpoint(data) is None


def test_a_damaged_checkpoint_is_none() -> None:
    sampler = create_sampler("unipc", PUBLISHED, 3)
    data = write_checkpoint(1, torch.zeros(1, 4, 2, 4, 4), None, sampler, {}, {})
    assert read_checkpoint(data) is not None
    assert read_checkpoint(data[:-4]) is None
