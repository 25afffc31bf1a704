"""Everything the UNet is told besides the noisy latents: sentence, picture, speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from i2v.domain.events import Noticed
from i2v.engines.base import Picture, Report
from i2v.engines.i2vgen_xl.encodings import Encodings, digest
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.pictures import fit_picture, square_view
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions
from i2v.engines.i2vgen_xl.ticking import Ticker, ticking
from i2v.errors import ClipFaulty


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

    def to(self, dtype: torch.dtype) -> Conditions:
        """The same in another type; what is in it already is not copied."""
        return Conditions(self.text.to(dtype), self.image.to(dtype), self.image_latents.to(dtype), self.fps)


def encode_conditions(
    parts: Parts, known: Encodings, options: I2VGenXLOptions, picture: Picture, tick: Ticker
) -> Conditions:
    """Runs the encoders on what is not known yet, each for as short a time on the device as the plan asks for.

    Args:
        parts: the model.
        known: what these weights made of other jobs' sentences and pictures; takes up what is new.
        options: of the clip.
        picture: the user's.
        tick: called between layers.

    Raises:
        ClipFaulty: an encoder answers with NaN or infinity even in float32.
    """
    sentences = [options.negative_prompt, options.prompt] if options.is_guided else [options.prompt]
    with torch.inference_mode():
        tokens = [_tokens(parts, sentence) for sentence in sentences]
        text = torch.cat(_encode(parts, "text_encoder", tokens, _encode_text, known, tick))
        (image,) = _encode(parts, "image_encoder", [_view(parts, options, picture)], _encode_image, known, tick)
        (latents,) = _encode(parts, "vae", [_fitted(options, picture)], _encode_latents, known, tick)
        image_latents = _with_places(latents, options.num_frames).to(parts.dtype)
        if options.is_guided:
            image = torch.cat([torch.zeros_like(image), image])
            image_latents = torch.cat([image_latents, image_latents])
        fps = torch.full((len(sentences),), options.conditioned_fps, device=parts.device)
        return Conditions(text, image, image_latents, fps)


def notice_cut_sentences(tokenizer: Any, options: I2VGenXLOptions, report: Report) -> None:
    """Tells which words of the two sentences the text encoder does not see: it reads 75 tokens and two marks."""
    for option in ("prompt", "negative_prompt") if options.is_guided else ("prompt",):
        tokens = tokenizer(getattr(options, option)).input_ids
        cut = tokens[tokenizer.model_max_length - 1 : -1]
        if cut:
            values = {"option": option, "cut": tokenizer.decode(cut), "limit": tokenizer.model_max_length - 2}
            report(Noticed("sentence_cut", values))


def _encode(
    parts: Parts,
    name: str,
    given: Sequence[torch.Tensor],
    encode: Callable[[Parts, torch.Tensor], torch.Tensor],
    known: Encodings,
    tick: Ticker,
) -> list[torch.Tensor]:
    """What the network of that name makes of each tensor, on the device; it comes to work for the unknown ones only."""
    questions = [(name, str(parts.device), parts.dtype, digest(each)) for each in given]
    answers = {question: answer for question in questions if (answer := known.get(question)) is not None}
    unknown = {question: each for question, each in zip(questions, given, strict=True) if question not in answers}
    if unknown:
        for question, answer in zip(unknown, _work(parts, name, list(unknown.values()), encode, tick), strict=True):
            answers[question] = answer
            known.keep(question, answer)
    return [answers[question].to(parts.device) for question in questions]


def _work(
    parts: Parts,
    name: str,
    given: Sequence[torch.Tensor],
    encode: Callable[[Parts, torch.Tensor], torch.Tensor],
    tick: Ticker,
) -> list[torch.Tensor]:
    """What the network of that name makes of each tensor, in the model's type; where that type does not hold what the
    network computes, in float32."""
    for dtype in (None, torch.float32):
        with parts.working(name, dtype), ticking(tick, getattr(parts, name)):
            answers = [encode(parts, each.to(parts.device)) for each in given]
        if all(bool(answer.isfinite().all()) for answer in answers):
            return answers
    raise ClipFaulty(fault="nan")


def _tokens(parts: Parts, sentence: str) -> torch.Tensor:
    """(1, 77), padded or cut."""
    tokenizer = parts.tokenizer
    settings = {"padding": "max_length", "max_length": tokenizer.model_max_length, "truncation": True}
    tokens: torch.Tensor = tokenizer(sentence, return_tensors="pt", **settings).input_ids
    return tokens


def _encode_text(parts: Parts, tokens: torch.Tensor) -> torch.Tensor:
    """The last but one layer of the text encoder, normalised, (1, 77, channels).

    The pipeline's own `encode_prompt` asks for `text_encoder.text_model`, which transformers 5.6 took away.
    """
    layers = parts.text_encoder(tokens, output_hidden_states=True).hidden_states
    normalised: torch.Tensor = parts.text_encoder.final_layer_norm(layers[-2])
    return normalised


def _view(parts: Parts, options: I2VGenXLOptions, picture: Picture) -> torch.Tensor:
    """What the image encoder looks at, (1, 3, side, side), float32."""
    settings = parts.feature_extractor
    side = settings.crop_size["width"]
    view = square_view(picture.pixels, options.clip_size, side, options.crop_place, exact=options.exact)
    mean, deviation = (
        torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in (settings.image_mean, settings.image_std)
    )
    return (_to_tensor(view) - mean) / deviation


def _encode_image(parts: Parts, view: torch.Tensor) -> torch.Tensor:
    """What the picture shows, (1, 1, channels)."""
    projected: torch.Tensor = parts.image_encoder(view.to(parts.image_encoder.dtype)).image_embeds  # (1, channels)
    return projected[:, None]


def _fitted(options: I2VGenXLOptions, picture: Picture) -> torch.Tensor:
    """The clip's part of the picture, (1, 3, height, width), float32, -1…1."""
    fitted = fit_picture(picture.pixels, options.clip_size, options.crop_place, exact=options.exact)
    return 2.0 * _to_tensor(fitted) - 1.0


def _encode_latents(parts: Parts, fitted: torch.Tensor) -> torch.Tensor:
    """The picture's latents, (1, 4, height/8, width/8).

    They are the posterior's mean. The library draws a sample from torch's global generator instead, so that one seed
    gives two clips.
    """
    mean = parts.vae.encode(fitted.to(parts.vae.dtype)).latent_dist.mean
    latents: torch.Tensor = mean * parts.vae.config.scaling_factor
    return latents


def _with_places(latents: torch.Tensor, num_frames: int) -> torch.Tensor:
    """The picture's latents and each later frame's place, (1, 4, frames, height/8, width/8)."""
    places = [torch.ones_like(latents) * ((frame + 1) / (num_frames - 1)) for frame in range(num_frames - 1)]
    return torch.stack([latents, *places], dim=2)


def _to_tensor(picture: Image.Image) -> torch.Tensor:
    """(1, 3, height, width), float32, 0…1, channels last in memory as the reference has it: the bits depend on that."""
    return torch.from_numpy(np.asarray(picture).astype(np.float32) / 255.0)[None].permute(0, 3, 1, 2)
