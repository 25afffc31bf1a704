"""The denoising loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from i2v.engines.i2vgen_xl.checkpoint import DeepSource
from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.course import Course
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.samplers import estimate_clean
from i2v.engines.i2vgen_xl.ticking import Ticker, ticking, wait_for
from i2v.engines.i2vgen_xl.unet import Constants, DeepFeatures, hold_constants, predict


class NotFinite(Exception):
    """The UNet answered with NaN or infinity; latents and sampler stand where they stood before that step."""


@dataclass(frozen=True)
class Stand:
    """Where denoising stands.

    Attributes:
        done: steps taken.
        latents: after them, scaled as the sampler wants them; (1, 4, f, h/8, w/8), float32, CPU.
        deep: the step whose deep layers stand for the next one's; None where that computes its own.
    """

    done: int
    latents: torch.Tensor
    deep: DeepSource | None = None


@dataclass(frozen=True)
class StepMade(Stand):
    """After a step; `estimate` is the clip that the model has in mind, (1, 4, f, h/8, w/8)."""

    estimate: torch.Tensor = field(kw_only=True)


def draw_noise(seed: int, num_frames: int, height: int, width: int) -> torch.Tensor:
    """The noise of a seed, (1, 4, frames, height/8, width/8): drawn in float32 on the CPU, alike on every device."""
    generator = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((1, 4, num_frames, height // 8, width // 8), generator=generator, dtype=torch.float32)


def denoise(
    parts: Parts, sampler: Any, conditions: Conditions, stand: Stand, course: Course, tick: Ticker
) -> Iterator[StepMade]:
    """Takes the steps that are left, one at a time.

    Args:
        parts: the model; its plan says whether the two branches run at once.
        sampler: stands where `stand` does.
        conditions: on the device, in the model's dtype.
        stand: where the way goes on.
        course: what each step computes.
        tick: called between layers.

    Raises:
        NotFinite: NaN or infinity came out of the UNet.
    """
    with torch.inference_mode(), ticking(tick, parts.unet):
        constants = hold_constants(parts.unet, conditions.to(parts.value_dtype))
    passes, scale = course.passes, course.guidance_scale
    features = None if all(each.is_whole for each in passes) else DeepFeatures()
    latents, source = stand.latents, stand.deep
    for index in range(stand.done, len(passes)):
        timestep = sampler.timesteps[index]
        with torch.inference_mode():
            seen = sampler.scale_model_input(latents, timestep)
            if passes[index].is_whole:
                source = DeepSource(index, seen)
                features = features and DeepFeatures()
            elif features and source and not features.passes:
                # After an interruption: computed again, from what the UNet saw then.
                told = constants.told(passes[source.index].is_guided)
                _predict(parts, told, source.seen, sampler.timesteps[source.index], scale, features, tick)
            told = constants.told(passes[index].is_guided)
            prediction = _predict(parts, told, seen, timestep, scale, features, tick)
            if not prediction.isfinite().all():
                raise NotFinite
            estimate = estimate_clean(sampler, seen, prediction, timestep)
            latents = sampler.step(prediction, timestep, latents, return_dict=False)[0]
        is_reused = index + 1 < len(passes) and not passes[index + 1].is_whole
        yield StepMade(index + 1, latents, source if is_reused else None, estimate=estimate)


def _predict(
    parts: Parts,
    constants: Constants,
    model_input: torch.Tensor,
    timestep: torch.Tensor,
    guidance_scale: float,
    deep: DeepFeatures | None,
    tick: Ticker,
) -> torch.Tensor:
    """The v-prediction, guided where there are two branches; (1, 4, f, h/8, w/8), float32 on the CPU."""
    sample, step = model_input.to(parts.device, parts.value_dtype), timestep.to(parts.device)
    with ticking(tick, parts.unet):
        answer = predict(parts.unet, sample, step, constants, is_two_pass=parts.plan.is_two_pass, deep=deep)
    wait_for(parts.device, tick)
    answer = answer.to("cpu", torch.float32)  # (branches, 4, f, h/8, w/8)
    if len(answer) == 1:
        return answer
    unguided, guided = answer.chunk(2)
    return unguided + guidance_scale * (guided - unguided)
