"""The denoising loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.samplers import estimate_clean
from i2v.engines.i2vgen_xl.ticking import Ticker, ticking, wait_for
from i2v.engines.i2vgen_xl.unet import Constants, hold_constants, predict


class NotFinite(Exception):
    """The UNet answered with NaN or infinity; latents and sampler stand where they stood before that step."""


@dataclass(frozen=True)
class StepMade:
    """After step `done` (1-based): the latents, and the clip the model has in mind; both (1, 4, f, h/8, w/8)."""

    done: int
    latents: torch.Tensor
    estimate: torch.Tensor


def draw_noise(seed: int, num_frames: int, height: int, width: int) -> torch.Tensor:
    """The noise of a seed, (1, 4, frames, height/8, width/8): drawn in float32 on the CPU, alike on every device."""
    generator = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((1, 4, num_frames, height // 8, width // 8), generator=generator, dtype=torch.float32)


def denoise(
    parts: Parts,
    sampler: Any,
    conditions: Conditions,
    latents: torch.Tensor,
    *,
    done: int,
    guidance_scale: float,
    tick: Ticker,
) -> Iterator[StepMade]:
    """Takes the steps after `done`, one at a time.

    Args:
        parts: the model; its plan says whether the two branches run at once.
        sampler: stands after step `done`.
        conditions: on the device, in the model's dtype.
        latents: after step `done`, scaled as the sampler wants them; (1, 4, f, h/8, w/8), float32, CPU.
        done: steps already taken.
        guidance_scale: weight of the guided branch over the unguided.
        tick: called between layers.

    Raises:
        NotFinite: NaN or infinity came out of the UNet.
    """
    with torch.inference_mode(), ticking(tick, parts.unet):
        constants = hold_constants(parts.unet, conditions)
    for index in range(done, len(sampler.timesteps)):
        timestep = sampler.timesteps[index]
        with torch.inference_mode():
            model_input = sampler.scale_model_input(latents, timestep)
            prediction = _predict(parts, constants, model_input, timestep, guidance_scale, tick)
            if not prediction.isfinite().all():
                raise NotFinite
            estimate = estimate_clean(sampler, model_input, prediction, timestep)
            latents = sampler.step(prediction, timestep, latents, return_dict=False)[0]
        yield StepMade(index + 1, latents, estimate)


def _predict(
    parts: Parts,
    constants: Constants,
    model_input: torch.Tensor,
    timestep: torch.Tensor,
    guidance_scale: float,
    tick: Ticker,
) -> torch.Tensor:
    """The guided v-prediction, (1, 4, f, h/8, w/8), float32 on the CPU."""
    sample = model_input.to(parts.device, parts.dtype)
    with ticking(tick, parts.unet):
        answer = predict(parts.unet, sample, timestep.to(parts.device), constants, is_two_pass=parts.plan.is_two_pass)
    wait_for(parts.device, tick)
    answer = answer.to("cpu", torch.float32)  # (branches, 4, f, h/8, w/8)
    if len(answer) == 1:
        return answer
    unguided, guided = answer.chunk(2)
    return unguided + guidance_scale * (guided - unguided)
