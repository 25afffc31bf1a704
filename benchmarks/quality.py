"""What each saving costs in distance from the truth: the tables and charts of docs/quality.md.

    python -m benchmarks.quality [--write]

Two things are measured. In worlds whose answer is known exactly (`benchmarks/known_world.py`) the truth is the end of
the way itself. On the tests' tiny network, whose weights are random, it is where 1000 steps end. A figure is the
distance from there, as a share of what the authors' setting leaves (ddim, 50 steps, guidance 9). `--write` puts tables
and charts where they belong; without it the tables are printed.
"""

from __future__ import annotations

import argparse
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.charts import Line, Panel, draw_panels
from benchmarks.known_world import WHOLE, World, distance
from benchmarks.sampler_curve import make_worlds
from benchmarks.tiny_network import FINE_STEPS, GUIDANCE, TinyNetwork
from i2v.engines.i2vgen_xl.course import Pass, plan_passes
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions, count_flops

_DOCS = Path(__file__).parents[1] / "docs"
STEPS = (10, 15, 20, 25, 30, 40, 50, 60, 80)
SPARED_STEPS = (20, 25, 30, 50)
COLOURS = ("#5b6b7c", "#b07a00", "#0a7d5a", "#b3261e", "#6b3fa0", "#1769aa", "#8a5a44", "#444444")
SAMPLERS: Mapping[str, str] = {
    "ddim": "ddim, as the authors have it",
    "ddim_trailing": "ddim, from the last timestep on",
    "euler": "euler",
    "dpmpp_2m": "dpmpp_2m",
    "unipc": "unipc",
    "unipc_bf16": "unipc, the network in bfloat16",
}


@dataclass(frozen=True)
class Saving:
    """A way to spare work within the steps of unipc."""

    name: str
    interval: tuple[float, float] = (0.0, 1.0)
    every: int = 1

    def passes(self, steps: int) -> tuple[Pass, ...]:
        return plan_passes(steps, interval=self.interval, is_guided=True, deep_cache_interval=self.every)

    def work(self, steps: int) -> float:
        """Operations as a share of the authors' setting, at 512 × 512 × 16."""
        begin, end = self.interval
        spared = I2VGenXLOptions(
            num_inference_steps=steps, guidance_start=begin, guidance_end=end, deep_cache_interval=self.every
        )
        return count_flops(spared) / count_flops(I2VGenXLOptions())


SAVINGS = (
    Saving("fewer steps alone"),
    Saving("guidance to 0.7", (0.0, 0.7)),
    Saving("guidance to 0.5", (0.0, 0.5)),
    Saving("guidance to 0.3", (0.0, 0.3)),
    Saving("guidance from 0.1", (0.1, 1.0)),
    Saving("deep layers every 2 steps", every=2),
    Saving("deep layers every 3 steps", every=3),
)

Sample = Callable[[str, Sequence[Pass]], float]
"""How far a sampler with such passes ends from the truth."""


def share_left(samples: Sequence[Sample], name: str, passes: Sequence[Pass], authors: Sequence[float]) -> list[float]:
    """The distance in each place, as a share of what the authors' setting leaves there."""
    return [sample(name, passes) / left for sample, left in zip(samples, authors, strict=True)]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@dataclass(frozen=True)
class Findings:
    """Of one kind of place, shares by sampler and steps, and by saving and steps; a share for each place."""

    samplers: Mapping[str, Mapping[int, list[float]]]
    savings: Mapping[Saving, Mapping[int, list[float]]]


def find(samples: Sequence[Sample]) -> Findings:
    authors = [sample("ddim", [WHOLE] * 50) for sample in samples]
    samplers = {
        name: {steps: share_left(samples, name, [WHOLE] * steps, authors) for steps in STEPS} for name in SAMPLERS
    }
    savings = {
        saving: {steps: share_left(samples, "unipc", saving.passes(steps), authors) for steps in SPARED_STEPS}
        for saving in SAVINGS
    }
    return Findings(samplers, savings)


def samplers_table(findings: Findings) -> str:
    """The mean, and in brackets the worst, where there are several places."""
    rows = ["| sampler | " + " | ".join(f"{steps} steps" for steps in STEPS) + " |", "|---" * (len(STEPS) + 1) + "|"]
    for name, by_steps in findings.samplers.items():
        rows.append(f"| {SAMPLERS[name]} | " + " | ".join(_told(by_steps[steps]) for steps in STEPS) + " |")
    return "\n".join(rows)


def savings_table(findings: Findings) -> str:
    head = " | ".join(f"{steps} steps | work" for steps in SPARED_STEPS)
    rows = [f"| saving | {head} |", "|---" * (2 * len(SPARED_STEPS) + 1) + "|"]
    for saving, by_steps in findings.savings.items():
        cells = (f"{_told(by_steps[steps])} | {saving.work(steps):.0%}" for steps in SPARED_STEPS)
        rows.append(f"| {saving.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _told(shares: Sequence[float]) -> str:
    return f"{mean(shares):.2f}" + (f" ({max(shares):.2f})" if len(shares) > 1 else "")


def samplers_panel(findings: Findings, title: str) -> Panel:
    lines = [
        Line(SAMPLERS[name], colour, [(steps, mean(shares)) for steps, shares in by_steps.items()])
        for (name, by_steps), colour in zip(findings.samplers.items(), COLOURS, strict=False)
    ]
    return Panel(title, "steps", "distance, authors' = 1", (10, 15, 20, 30, 50, 80), UP, lines)


def savings_panel(findings: Findings, title: str) -> Panel:
    lines = [
        Line(saving.name, colour, [(saving.work(steps), mean(shares)) for steps, shares in by_steps.items()])
        for (saving, by_steps), colour in zip(findings.savings.items(), COLOURS, strict=False)
    ]
    return Panel(title, "work, authors' = 1", "distance, authors' = 1", (0.2, 0.3, 0.4, 0.6, 1), UP, lines)


UP = (0.05, 0.1, 0.3, 1, 3, 10)


def in_world(world: World) -> Sample:
    return lambda name, passes: distance(world.sample(name, passes, GUIDANCE), world.truth(GUIDANCE))


def main() -> None:
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="into docs/quality.md and docs/pictures/quality")
    is_written = parser.parse_args().write
    torch.set_num_threads(1)

    worlds = [in_world(world) for is_held_out in (False, True) for world in make_worlds(is_held_out=is_held_out)]
    network = TinyNetwork()
    found = {"worlds": find(worlds), "network": find([network.distance])}
    tables = write_tables(found, network.uncertainty())
    if is_written:
        write(tables, draw_charts(found))
    else:
        print("\n\n".join(f"{name}\n\n{table}" for name, table in tables.items()))


def write_tables(found: Mapping[str, Findings], apart: float) -> dict[str, str]:
    """By their marks in the page; `apart` is how far two truths of the network are."""
    tables = {f"samplers-{place}": samplers_table(each) for place, each in found.items()}
    tables |= {f"savings-{place}": savings_table(each) for place, each in found.items()}
    told = f"There, {FINE_STEPS} steps of unipc and of dpmpp_2m end {apart:.4f} apart: so well is the truth known."
    return {**tables, "uncertainty": told}


def draw_charts(found: Mapping[str, Findings]) -> dict[str, str]:
    """By their files' names."""
    titles = {"worlds": "Seven worlds with a known answer", "network": "The tests' tiny network"}
    samplers, savings = (
        [panel(each, titles[place]) for place, each in found.items()] for panel in (samplers_panel, savings_panel)
    )
    return {
        "samplers": draw_panels(samplers, "How far each sampler ends from the truth, by steps"),
        "savings": draw_panels(savings, "How far unipc ends from the truth when work is spared, by work"),
    }


def write(tables: Mapping[str, str], charts: Mapping[str, str]) -> None:
    """Each table between its marks in the page, each chart into its file."""
    page = _DOCS / "quality.md"
    text = page.read_text("utf-8")
    for name, table in tables.items():
        marks = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(marks, lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL)  # type: ignore[misc]
    page.write_text(text, "utf-8")
    for name, chart in charts.items():
        target = _DOCS / "pictures" / "quality" / f"{name}.svg"
        target.parent.mkdir(exist_ok=True)
        target.write_text(chart, "utf-8")


if __name__ == "__main__":
    main()
