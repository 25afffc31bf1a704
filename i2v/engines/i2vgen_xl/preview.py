"""A small moving preview straight from the latents, without the VAE."""

from __future__ import annotations

import io
import math

import torch
from PIL import Image

_LATENT_TO_RGB = torch.tensor(
    [
        [0.3512, 0.2297, 0.3227],
        [0.3250, 0.4974, 0.2350],
        [-0.2829, 0.1762, 0.2721],
        [-0.2120, -0.2616, -0.7177],
    ]
)
"""How much red, green and blue each latent channel of the Stable Diffusion VAE carries: a linear fit to decoded
pictures that is common among its users."""

_MOST_FRAMES = 16


def draw_preview(estimate: torch.Tensor, fps: int) -> bytes:
    """The clip as the model sees it at this step: an animated WebP, one pixel per latent position.

    Args:
        estimate: clean latents, (1, 4, frames, height/8, width/8).
        fps: the clip's; the preview leaves frames out, not time.
    """
    stride = math.ceil(estimate.shape[2] / _MOST_FRAMES)
    chosen = estimate[0, :, ::stride].float().permute(1, 2, 3, 0)  # (frames, h/8, w/8, 4)
    colours = ((chosen @ _LATENT_TO_RGB / 2 + 0.5).clamp(0, 1) * 255).round().byte().numpy()
    first, *others = [Image.fromarray(frame) for frame in colours]
    target = io.BytesIO()
    first.save(
        target,
        format="WEBP",
        save_all=True,
        append_images=others,
        duration=round(1000 * stride / fps),
        loop=0,
        quality=75,
        method=0,
    )
    return target.getvalue()
