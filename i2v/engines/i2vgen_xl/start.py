"""Starting from another clip: its latents brought to the new size and length, and part of the noise put back."""

from __future__ import annotations

from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch.nn.functional import interpolate

from i2v.domain.request import Start
from i2v.engines.i2vgen_xl.spec import count_steps_taken
from i2v.errors import DraftLatentsGone


def begin_from(start: Start, sampler: Any, noise: torch.Tensor) -> tuple[int, torch.Tensor]:
    """How many steps are skipped, and the latents that stand in their place, scaled as the sampler wants them.

    The steps that are left are those which diffusers' image-to-image pipelines take.

    Args:
        start: the other clip's latents, and the share of the way that is gone anew.
        sampler: fresh, its timesteps set; is told that it begins in their middle.
        noise: the seed's, (1, 4, frames, height/8, width/8), float32.

    Raises:
        DraftLatentsGone: these are no latents.
    """
    _, _, num_frames, height, width = noise.shape
    latents = resize_latents(read_latents(start.latents), num_frames, height, width)
    steps = len(sampler.timesteps)
    skipped = steps - count_steps_taken(steps, start.strength)
    if hasattr(sampler, "set_begin_index"):  # DDIM looks at the timestep alone
        sampler.set_begin_index(skipped)
    return skipped, sampler.add_noise(latents, noise, sampler.timesteps[skipped : skipped + 1])


def resize_latents(latents: torch.Tensor, num_frames: int, height: int, width: int) -> torch.Tensor:
    """The same motion at another size and length, (1, 4, num_frames, height, width).

    In space bicubic, with a wider filter where it shrinks; in time linear between neighbours, the first and the last
    frame staying what they are.

    Args:
        latents: (1, 4, f, h, w), float32.
        num_frames: wanted frames.
        height: wanted latent rows.
        width: wanted latent columns.
    """
    frames = latents[0].transpose(0, 1)  # (f, 4, h, w)
    if frames.shape[-2:] != (height, width):
        frames = interpolate(frames, (height, width), mode="bicubic", antialias=True)
    if len(frames) != num_frames:
        flat = frames.flatten(1).T[None]  # (1, 4·height·width, f)
        flat = interpolate(flat, num_frames, mode="linear", align_corners=True)
        frames = flat[0].T.reshape(num_frames, -1, height, width)
    return frames.transpose(0, 1)[None].contiguous()


def read_latents(data: bytes) -> torch.Tensor:
    """What `checkpoint.write_latents` wrote, (1, 4, frames, height/8, width/8), float32.

    Raises:
        DraftLatentsGone: the bytes are something else.
    """
    try:
        latents = load(data)["latents"]
    except (SafetensorError, KeyError, ValueError) as cause:
        raise DraftLatentsGone() from cause
    if latents.ndim != 5 or latents.shape[:2] != (1, 4) or not latents.isfinite().all():
        raise DraftLatentsGone()
    return latents.float()
