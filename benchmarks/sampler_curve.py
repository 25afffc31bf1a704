"""How far samplers stay from where they would end with many more steps, by steps and guidance.

    python -m benchmarks.sampler_curve [--held-out]

There is no model in it. Its place is taken by a world whose right answer is known exactly: pictures of 16 numbers from
a mixture of twelve normal distributions, of which the sentence names two. The samplers are the engine's own, with the
model's noise schedule and its kind of guidance. A figure is the distance from the same sampler's end after 499 steps,
as a share of what the authors' setting (ddim, 50 steps, guidance 9) leaves in the same world: 1 is as good as theirs.

The rules of `i2v/diagnosis/settings/rules.yaml` were set by the development worlds; `--held-out` takes others.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

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
SAMPLERS = ("ddim", "euler", "dpmpp_2m", "unipc")
GUIDANCES = (6, 9, 12, 15)
STEPS = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
MANY_STEPS = 499
WORLDS = {"development": ((0, 0.3), (1, 0.5)), "held-out": ((2, 0.4), (3, 0.25), (4, 0.6))}
"""Seed, and the spread of each of the normal distributions."""
_NUMBERS, _KINDS, _NAMED, _PICTURES = 16, 12, 2, 128


@dataclass(frozen=True)
class World:
    """`centres` of the kinds of picture, (12, 16), and how far pictures lie from them."""

    centres: torch.Tensor
    spread: float

    def expected(self, noisy: torch.Tensor, signal: torch.Tensor, kinds: int) -> torch.Tensor:
        """The picture to be expected behind noisy ones, (n, 16), among the first so many kinds."""
        variance = signal * self.spread**2 + 1 - signal
        centres = self.centres[:kinds]
        away = noisy[:, None] - signal.sqrt() * centres  # (n, kinds, 16)
        share = torch.softmax(-(away**2).sum(-1) / (2 * variance), 1)
        behind = centres + (signal.sqrt() * self.spread**2 / variance) * away
        return (share[..., None] * behind).sum(1)

    def prediction(self, noisy: torch.Tensor, signal: torch.Tensor, guidance: float) -> torch.Tensor:
        """What a perfect model with guidance says: v = √ᾱ·ε − √(1−ᾱ)·x0."""
        both = []
        for kinds in (_NAMED, _KINDS):
            clean = self.expected(noisy, signal, kinds)
            noise = (noisy - signal.sqrt() * clean) / (1 - signal).sqrt()
            both.append(signal.sqrt() * noise - (1 - signal).sqrt() * clean)
        named, whole = both
        return whole + guidance * (named - whole)


def make_world(seed: int, spread: float) -> tuple[World, torch.Tensor]:
    """A world whose pictures vary by about 1, and noise to begin with, (128, 16)."""
    chance = torch.Generator().manual_seed(seed)
    centres = torch.randn(_KINDS, _NUMBERS, generator=chance) * math.sqrt(1 - spread**2)
    return World(centres, spread), torch.randn(_PICTURES, _NUMBERS, generator=chance)


def run(world: World, noise: torch.Tensor, name: Any, steps: int, guidance: float) -> torch.Tensor:
    """Where a sampler ends, (128, 16)."""
    sampler = create_sampler(name, SCHEDULE, steps)
    pictures: torch.Tensor = noise * sampler.init_noise_sigma
    for timestep in sampler.timesteps:
        seen = sampler.scale_model_input(pictures, timestep)
        prediction = world.prediction(seen, sampler.alphas_cumprod[int(timestep)], guidance)
        pictures = sampler.step(prediction, timestep, pictures).prev_sample
    return pictures


def errors(world: World, noise: torch.Tensor, name: str, guidance: float, counts: Sequence[int]) -> list[float]:
    """Root mean square distance from the end after very many steps, for each count of steps."""
    best = run(world, noise, name, MANY_STEPS, guidance)
    return [float((run(world, noise, name, steps, guidance) - best).pow(2).mean().sqrt()) for steps in counts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--held-out", action="store_true", help="worlds that the rules were not set by")
    worlds = [make_world(*each) for each in WORLDS["held-out" if parser.parse_args().held_out else "development"]]
    measures = [errors(*world, "ddim", 9, [50])[0] for world in worlds]
    print("| sampler | guidance | " + " | ".join(f"{steps} steps" for steps in STEPS) + " |")
    print("|---|---|" + "---|" * len(STEPS))
    for name in SAMPLERS:
        for guidance in GUIDANCES:
            found = torch.tensor([errors(*world, name, guidance, STEPS) for world in worlds])  # (worlds, counts)
            shares = (found / torch.tensor(measures)[:, None]).mean(0).tolist()
            print(f"| {name} | {guidance} | " + " | ".join(f"{share:.1f}" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
