"""Samplers: how each is set up for this model, and their state in and out of a checkpoint.

All of them work in float32 on the CPU, whatever the UNet runs on: latents are small, and one arithmetic on every
machine keeps a seed's path and a checkpoint's meaning the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    UniPCMultistepScheduler,
)

from i2v.engines.i2vgen_xl.spec import Sampler

_CLASSES: Mapping[Sampler, Any] = {
    "ddim": DDIMScheduler,
    "dpmpp_2m": DPMSolverMultistepScheduler,
    "euler": EulerDiscreteScheduler,
    "unipc": UniPCMultistepScheduler,
}

_NOISE_SCHEDULE = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
)


def create_sampler(name: Sampler, config: Mapping[str, Any], num_inference_steps: int) -> Any:
    """A sampler with its timesteps set.

    `ddim` is the model's own scheduler exactly as configured ("leading": 50 steps run from t = 981 down to 1). The
    others take the model's noise schedule and "trailing" spacing: they start at the last timestep, the only one at
    which a model with zero terminal signal-to-noise was trained on pure noise (Lin et al., arXiv 2305.08891).

    Args:
        name: `ddim`, `dpmpp_2m`, `unipc` or `euler`.
        config: the model's scheduler configuration.
        num_inference_steps: how many steps to take.
    """
    if name == "ddim":
        sampler = DDIMScheduler.from_config(dict(config))
    else:
        schedule = {key: config[key] for key in _NOISE_SCHEDULE if key in config}
        sampler = _CLASSES[name](**schedule, timestep_spacing="trailing")
    sampler.set_timesteps(num_inference_steps)
    if len(sampler.timesteps) > num_inference_steps:
        _drop_surplus_steps(sampler, num_inference_steps)
    return sampler


def estimate_clean(sampler: Any, model_input: torch.Tensor, prediction: torch.Tensor, timestep: Any) -> torch.Tensor:
    """The clip that the model has in mind at this step, from its v-prediction: x0 = √ᾱ·x − √(1−ᾱ)·v.

    All tensors are (1, 4, frames, height/8, width/8), float32; `model_input` is what the UNet saw.
    """
    signal: torch.Tensor = sampler.alphas_cumprod[int(timestep)]
    return signal.sqrt() * model_input - (1 - signal).sqrt() * prediction


def sampler_state(sampler: Any) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Everything a sampler remembers: tensors by name, and a JSON tree in which `{"tensor": name}` stands for them.

    Multistep samplers keep earlier predictions and counters; without them a resumed run silently differs.
    """
    tensors: dict[str, torch.Tensor] = {}
    tree = {
        key: _to_tree(value, f"sampler.{key}", tensors)
        for key, value in vars(sampler).items()
        if key != "_internal_dict"  # the configuration, which create_sampler gives
    }
    return tensors, tree


def restore_sampler(sampler: Any, tensors: Mapping[str, torch.Tensor], tree: Mapping[str, Any]) -> None:
    """Puts back what `sampler_state` took."""
    for key, value in tree.items():
        setattr(sampler, key, _from_tree(value, tensors))


def _drop_surplus_steps(sampler: Any, num_inference_steps: int) -> None:
    """Takes off the step beyond the end that some counts get (61, 103, 121, …).

    The libraries count trailing steps with `np.arange(1000, 0, -1000 / n)`, whose last value may be a hair above 0.
    """
    sampler.timesteps = sampler.timesteps[:num_inference_steps]
    sampler.sigmas = torch.cat([sampler.sigmas[:num_inference_steps], sampler.sigmas[-1:]])


def _to_tree(value: Any, name: str, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        tensors[name] = value.detach().clone(memory_format=torch.contiguous_format)  # some share memory with others
        return {"tensor": name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [_to_tree(entry, f"{name}.{place}", tensors) for place, entry in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}, which a checkpoint cannot hold")


def _from_tree(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if isinstance(value, dict):
        return tensors[value["tensor"]].clone()
    if isinstance(value, list):
        return [_from_tree(entry, tensors) for entry in value]
    return value
