"""How far samplers end from the truth, by steps and guidance.

    python -m benchmarks.sampler_curve [--held-out]

There is no model in it. Its place is taken by worlds whose right answer is known exactly (`benchmarks/known_world.py`).
The samplers are the engine's own, with the model's noise schedule and its kind of guidance. A figure is the distance
from where the way truly ends, as a share of what the authors' setting (ddim, 50 steps, guidance 9) leaves in the same
world: 1 is as good as theirs. At another guidance the truth is another, and the measure stays that of guidance 9.

What a real model could do otherwise: it errs, most where it has seen least, so that a sampler which asks it at fewer
or other moments may meet other errors; its way may be rougher than these, which costs samplers of higher order more;
and it has the picture to go by, which leaves less to be decided early on the way.

The rules of `i2v/diagnosis/settings/rules.yaml` were set by the development worlds; `--held-out` takes others.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch

from benchmarks.known_world import WHOLE, World, distance, make_world

SAMPLERS = ("ddim", "ddim_trailing", "euler", "dpmpp_2m", "unipc")
GUIDANCES = (6, 9, 12, 15)
STEPS = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)


def make_worlds(*, is_held_out: bool = False) -> list[World]:
    if is_held_out:
        return [
            make_world(2, 0.4),
            make_world(3, 0.25),
            make_world(4, 0.6),
            make_world(6, 0.5, is_detailed=True),
        ]
    return [make_world(0, 0.3), make_world(1, 0.5), make_world(5, 0.7, is_detailed=True)]


def left_by_authors(world: World) -> float:
    """What the authors' setting leaves in a world."""
    return distance(world.sample("ddim", [WHOLE] * 50, 9), world.truth(9))


def distances(world: World, name: str, guidance: float, counts: Sequence[int]) -> list[float]:
    """From the truth, for each count of steps."""
    truth = world.truth(guidance)
    return [distance(world.sample(name, [WHOLE] * steps, guidance), truth) for steps in counts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--held-out", action="store_true", help="worlds that the rules were not set by")
    worlds = make_worlds(is_held_out=parser.parse_args().held_out)
    torch.set_num_threads(1)  # of numbers this few more threads only wait for each other
    measures = [left_by_authors(world) for world in worlds]
    print("| sampler | guidance | " + " | ".join(f"{steps} steps" for steps in STEPS) + " |")
    print("|---|---|" + "---|" * len(STEPS))
    for name in SAMPLERS:
        for guidance in GUIDANCES:
            found = [distances(world, name, guidance, STEPS) for world in worlds]
            shares = [
                sum(left / measure for left, measure in zip(each, measures, strict=True)) / len(worlds)
                for each in zip(*found, strict=True)
            ]
            print(f"| {name} | {guidance} | " + " | ".join(f"{share:.1f}" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
