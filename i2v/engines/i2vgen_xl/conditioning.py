"""Everything the UNet is told besides the noisy latents: sentence, picture, speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from i2v.domain.events import Noticed
from i2v.engines.base import Picture, Report
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.pictures import fit_picture, square_view
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions
from i2v.engines.i2vgen_xl.ticking import Ticker, ticking


@dataclass(frozen=True)
class Conditions:
    """The UNet's conditions. `branches` is 2 with guidance (the unguided branch first), else 1.

    Attributes:
        text: (branches, 77, channels), after the text encoder's last layer norm.
        image: (branches, 1, channels), the image encoder's projection; zeros in the unguided branch.
        image_latents: (branches, 4, frames, height/8, width/8): the picture, then each frame's place in 0…1.
        fps: (branches,), the speed the model is asked for.
    """

    text: torch.Tensor
    image: torch.Tensor
    image_latents: torch.Tensor
    fps: torch.Tensor

    @property
    def branches(self) -> int:
        return self.text.shape[0]


def encode_conditions(parts: Parts, options: I2VGenXLOptions, picture: Picture, tick: Ticker) -> Conditions:
    """Runs the encoders, each for as short a time on the device as the plan asks for."""
    with torch.inference_mode():
        texts = [options.negative_prompt, options.prompt] if options.is_guided else [options.prompt]
        with parts.visiting(parts.text_encoder), ticking(tick, parts.text_encoder):
            text = torch.cat([_encode_text(parts, sentence) for sentence in texts])
        with parts.visiting(parts.image_encoder), ticking(tick, parts.image_encoder):
            image = _encode_image(parts, options, picture)
        with parts.visiting(parts.vae), ticking(tick, parts.vae):
            image_latents = _encode_latents(parts, options, picture)
        if options.is_guided:
            image = torch.cat([torch.zeros_like(image), image])
            image_latents = torch.cat([image_latents, image_latents])
        fps = torch.full((len(texts),), options.conditioned_fps, device=parts.device)
        return Conditions(text, image, image_latents.to(parts.dtype), fps)


def notice_cut_sentences(tokenizer: Any, options: I2VGenXLOptions, report: Report) -> None:
    """Tells which words of the two sentences the text encoder does not see: it reads 75 tokens and two marks."""
    for option in ("prompt", "negative_prompt") if options.is_guided else ("prompt",):
        tokens = tokenizer(getattr(options, option)).input_ids
        cut = tokens[tokenizer.model_max_length - 1 : -1]
        if cut:
            values = {"option": option, "cut": tokenizer.decode(cut), "limit": tokenizer.model_max_length - 2}
            report(Noticed("sentence_cut", values))


def _encode_text(parts: Parts, sentence: str) -> torch.Tensor:
    """The last but one layer of the text encoder, normalised, (1, 77, channels).

    The pipeline's own `encode_prompt` asks for `text_encoder.text_model`, which transformers 5.6 took away.
    """
    tokens = parts.tokenizer(
        sentence,
        padding="max_length",
        max_length=parts.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    layers = parts.text_encoder(tokens.to(parts.device), output_hidden_states=True).hidden_states
    normalised: torch.Tensor = parts.text_encoder.final_layer_norm(layers[-2])
    return normalised


def _encode_image(parts: Parts, options: I2VGenXLOptions, picture: Picture) -> torch.Tensor:
    """What the picture shows, (1, 1, channels)."""
    settings = parts.feature_extractor
    side = settings.crop_size["width"]
    view = square_view(picture.pixels, options.clip_size, side, options.crop_place, exact=options.exact)
    mean, deviation = (
        torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in (settings.image_mean, settings.image_std)
    )
    values = (_to_tensor(view) - mean) / deviation  # (1, 3, side, side)
    projected = parts.image_encoder(values.to(parts.device, parts.dtype)).image_embeds  # (1, channels)
    shown: torch.Tensor = projected[:, None]
    return shown


def _encode_latents(parts: Parts, options: I2VGenXLOptions, picture: Picture) -> torch.Tensor:
    """The picture's latents and each later frame's place, (1, 4, frames, height/8, width/8).

    The picture's latents are the posterior's mean. The library draws a sample from torch's global generator instead,
    so that one seed gives two clips.
    """
    fitted = fit_picture(picture.pixels, options.clip_size, options.crop_place, exact=options.exact)
    values = (2.0 * _to_tensor(fitted) - 1.0).to(parts.device, parts.vae.dtype)  # (1, 3, height, width), -1…1
    latents = parts.vae.encode(values).latent_dist.mean * parts.vae.config.scaling_factor
    frames = [latents] + [
        torch.ones_like(latents) * ((frame + 1) / (options.num_frames - 1)) for frame in range(options.num_frames - 1)
    ]
    return torch.stack(frames, dim=2)


def _to_tensor(picture: Image.Image) -> torch.Tensor:
    """(1, 3, height, width), float32, 0…1, channels last in memory as the reference has it: the bits depend on that."""
    return torch.from_numpy(np.asarray(picture).astype(np.float32) / 255.0)[None].permute(0, 3, 1, 2)
