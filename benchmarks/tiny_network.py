"""The tests' tiny network as a place to try samplers in: the engine's own loop, with a truth of 1000 steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.known_world import WHOLE, sampler_of, told_apart
from benchmarks.known_world import distance as distance_between
from i2v.domain.events import Event
from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl.attention import set_attention
from i2v.engines.i2vgen_xl.conditioning import Conditions, encode_conditions
from i2v.engines.i2vgen_xl.course import Course, Pass
from i2v.engines.i2vgen_xl.denoise import Stand, denoise, draw_noise
from i2v.engines.i2vgen_xl.encodings import Encodings
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import Parts, load_parts
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions
from i2v.engines.i2vgen_xl.ticking import Ticker

_GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
FINE_STEPS = 1000
GUIDANCE = 9.0
_WISH = I2VGenXLOptions(
    prompt="Camera slowly zooming in", width=64, height=64, num_frames=2, guidance_scale=GUIDANCE, exact=True
)


class TinyNetwork:
    """64 × 64 pixels, two frames, float32 unless a name says otherwise."""

    def __init__(self) -> None:
        self._tick = Ticker(_hear_nothing)
        self._loaded = {is_narrow: self._load(is_narrow=is_narrow) for is_narrow in (False, True)}
        self._noise = draw_noise(1, _WISH.num_frames, _WISH.height, _WISH.width)
        self._truth = self.sample("unipc", [WHOLE] * FINE_STEPS)

    def _load(self, *, is_narrow: bool) -> tuple[Parts, Conditions]:
        dtype = torch.bfloat16 if is_narrow else torch.float32
        parts = load_parts(open_model_folder(_GOLDEN / "model"), torch.device("cpu"), dtype)
        set_attention(parts, _WISH, _hear_nothing)
        with Image.open(_GOLDEN / "input.png") as image:
            picture = Picture(np.asarray(image.convert("RGB")), "")
        return parts, encode_conditions(parts, Encodings(), _WISH, picture, self._tick)

    def distance(self, name: str, passes: Sequence[Pass]) -> float:
        """How far such a way ends from the truth."""
        return distance_between(self.sample(name, passes), self._truth)

    def uncertainty(self) -> float:
        """How far two samplers' thousand steps end from each other, as a share of what the authors' setting leaves."""
        return self.distance("dpmpp_2m", [WHOLE] * FINE_STEPS) / self.distance("ddim", [WHOLE] * 50)

    def sample(self, name: str, passes: Sequence[Pass]) -> torch.Tensor:
        """Where it ends, (1, 4, frames, height/8, width/8)."""
        name, is_narrow = told_apart(name)
        parts, conditions = self._loaded[is_narrow]
        sampler = sampler_of(name, dict(parts.scheduler_config), len(passes))
        begin = Stand(0, self._noise * sampler.init_noise_sigma)
        steps = denoise(parts, sampler, conditions, begin, Course(passes, GUIDANCE), self._tick)
        latents = begin.latents
        for step in steps:
            latents = step.latents
        return latents


def _hear_nothing(event: Event) -> None:
    pass
