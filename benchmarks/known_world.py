"""A small world whose right answer is known exactly, in the place of a model.

Its pictures are a few numbers from a mixture of twelve normal distributions, of which the sentence names two. What a
perfect model would predict of noisy ones is then a formula, at every moment of the way and not only at a schedule's
timesteps, so that the way itself, an ordinary differential equation, can be followed as finely as one likes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from diffusers import DDIMScheduler

from i2v.engines.i2vgen_xl.course import Pass
from i2v.engines.i2vgen_xl.samplers import create_sampler

SCHEDULE = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "set_alpha_to_one": True,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "clip_sample": False,
}
"""The published model's."""
WHOLE = Pass(is_guided=True, is_whole=True)
_KINDS, _NAMED, _PICTURES = 12, 2, 128
_FINE_STEPS = 200
_NARROW = "_bf16"
_NEVER_QUITE = 1e-4  # of a quarter turn: where no noise is left, v is a quotient of zeros


@dataclass
class World:
    """Pictures of twelve kinds, and what is known of noisy ones.

    Attributes:
        centres: of the kinds, (12, numbers); the sentence names the first two.
        spread: standard deviation of pictures around their centre, (numbers,).
        noise: what pictures begin from, (128, numbers).
    """

    centres: torch.Tensor
    spread: torch.Tensor
    noise: torch.Tensor
    _held: torch.Tensor | None = field(default=None, repr=False)
    _truths: dict[float, torch.Tensor] = field(default_factory=dict, repr=False)

    def predict(
        self,
        noisy: torch.Tensor,
        angle: float,
        guidance: float,
        step: Pass = WHOLE,
        dtype: torch.dtype = torch.float64,
    ) -> torch.Tensor:
        """What a perfect model says of pictures, (n, numbers): v = cos φ·ε − sin φ·x0, as x = cos φ·x0 + sin φ·ε.

        Which kind of picture it may be is what deep layers see; a step that is not whole takes that over from the last
        whole one, and finds anew only where within each kind the picture lies. That is this world's likeness of taking
        over deep features, no more.

        In another type are what the model sees and what it answers, once for each branch of guidance, as the engine has
        it; between them it stays perfect.
        """
        noisy = noisy.to(dtype).double()
        signal, remains = math.cos(angle), max(math.sin(angle), _NEVER_QUITE)
        variance = signal**2 * self.spread**2 + remains**2
        away = noisy[:, None] - signal * self.centres  # (n, kinds, numbers)
        likely = -(away**2 / (2 * variance)).sum(-1)  # (n, kinds)
        if step.is_whole or self._held is None:
            self._held = likely
        behind = self.centres + (signal * self.spread**2 / variance) * away
        answers = []
        for kinds in (_NAMED, _KINDS):
            share = torch.softmax(self._held[:, :kinds], 1)
            clean = (share[..., None] * behind[:, :kinds]).sum(1)
            answers.append(((signal * noisy - clean) / remains).to(dtype).double())
        named, whole = answers
        return whole + guidance * (named - whole) if step.is_guided else named

    def truth(self, guidance: float) -> torch.Tensor:
        """Where the way ends that noise goes under guidance, (128, numbers): dx/dφ = v from φ = π/2 to 0, by Runge and
        Kutta's fourth order. Twice as many steps change it by less than a millionth."""
        if guidance not in self._truths:
            self._truths[guidance] = self._follow(guidance)
        return self._truths[guidance]

    def _follow(self, guidance: float) -> torch.Tensor:
        pictures = self.noise
        angles = torch.linspace(math.pi / 2, _NEVER_QUITE, _FINE_STEPS + 1, dtype=torch.float64).tolist()
        for angle, following in pairwise(angles):
            turn = following - angle
            first = self.predict(pictures, angle, guidance)
            second = self.predict(pictures + turn / 2 * first, angle + turn / 2, guidance)
            third = self.predict(pictures + turn / 2 * second, angle + turn / 2, guidance)
            fourth = self.predict(pictures + turn * third, following, guidance)
            pictures = pictures + turn / 6 * (first + 2 * second + 2 * third + fourth)
        return pictures

    def sample(self, name: str, passes: Sequence[Pass], guidance: float) -> torch.Tensor:
        """Where one of the engine's samplers ends, (128, numbers); a pass for each of its steps."""
        name, is_narrow = told_apart(name)
        dtype = torch.bfloat16 if is_narrow else torch.float64
        sampler = sampler_of(name, SCHEDULE, len(passes))
        pictures: torch.Tensor = self.noise * sampler.init_noise_sigma
        for timestep, step in zip(sampler.timesteps, passes, strict=True):
            seen = sampler.scale_model_input(pictures, timestep)
            angle = math.acos(math.sqrt(float(sampler.alphas_cumprod[int(timestep)])))
            answer = self.predict(seen, angle, guidance, step, dtype)
            pictures = sampler.step(answer, timestep, pictures).prev_sample
        return pictures


def make_world(seed: int, spread: float, *, is_detailed: bool = False) -> World:
    """A world whose pictures vary by about 1.

    Args:
        seed: of its centres and its noise.
        spread: of pictures around their kind's centre.
        is_detailed: 32 numbers instead of 16, varying less and less, down to a thirtieth, as detail in pictures does.
    """
    chance = torch.Generator().manual_seed(seed)
    size = torch.logspace(0, -1.5 if is_detailed else 0, 32 if is_detailed else 16, dtype=torch.float64)
    centres = torch.randn(_KINDS, len(size), generator=chance, dtype=torch.float64) * size * math.sqrt(1 - spread**2)
    noise = torch.randn(_PICTURES, len(size), generator=chance, dtype=torch.float64)
    return World(centres, size * spread, noise)


def told_apart(name: str) -> tuple[str, bool]:
    """The sampler in `unipc` or `unipc_bf16`, and whether the network it asks is in bfloat16."""
    return name.removesuffix(_NARROW), name.endswith(_NARROW)


def sampler_of(name: str, config: dict[str, Any], num_inference_steps: int) -> Any:
    """A sampler of the engine's by its name; `ddim_trailing` is ddim as if it began at the last timestep."""
    if name == "ddim_trailing":
        sampler = DDIMScheduler.from_config(config, timestep_spacing="trailing")
        sampler.set_timesteps(num_inference_steps)
        return sampler
    return create_sampler(name, config, num_inference_steps)  # type: ignore[arg-type]


def distance(found: torch.Tensor, truth: torch.Tensor) -> float:
    """Root mean square of the difference."""
    return float((found - truth).pow(2).mean().sqrt())
