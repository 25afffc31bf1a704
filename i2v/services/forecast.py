"""How long a clip will take and what it needs: learned from finished jobs, reckoned where there are none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from i2v.domain.job import Job
from i2v.engines.base import EngineSpec, MemoryNeed, Site
from i2v.engines.registry import engine_spec
from i2v.machine.memory import GIB
from i2v.machine.rates import matmul_flops

_MOST_DIGITS = 3

RECKONED_LOW, RECKONED_HIGH = 0.7, 3.0
"""A model reaches between all and a third of the rate of a bare matrix product, and half precision may double it."""


@dataclass(frozen=True)
class Span:
    """A range, both ends included."""

    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        return {"low": round(self.low, 2), "high": round(self.high, 2)}


def told_apart(needed: float, free: float, digits: int = 1) -> tuple[float, float]:
    """What is needed and what there is, rounded, with more digits where they would read the same and are not."""
    while digits < _MOST_DIGITS and needed != free and round(needed, digits) == round(free, digits):
        digits += 1
    return round(needed, digits), round(free, digits)


@dataclass(frozen=True)
class Foresight:
    """What a clip will take: `seconds` and `memory_gb`, None where nobody knows, and where the seconds come from.

    `basis` is `learned` (this machine's finished jobs) or `reckoned` (operations and the processor's measured rate).
    """

    seconds: Span | None
    memory_gb: Span | None
    basis: str | None


def learned_pace(done: list[Job]) -> Span | None:
    """Seconds for a unit of an engine's work, from finished jobs of it."""
    rates = sorted(job.work_seconds / work_of(job) for job in done if job.work_seconds)
    return Span(*_middle(rates)) if rates else None


def scaled(span: Span | None, share: float) -> Span | None:
    """A share of the range; what nobody knows stays unknown."""
    return span and Span(span.low * share, span.high * share)


def expected_memory(options: Any, done: list[Job]) -> Span | None:
    """GiB that jobs of this very shape took; other shapes say too little about it."""
    shape = (options.width, options.height, options.num_frames)
    peaks = sorted(
        job.peak_memory_gb
        for job in done
        if job.peak_memory_gb and tuple(job.options[name] for name in ("width", "height", "num_frames")) == shape
    )
    if not peaks:
        return None
    return Span(peaks[0], peaks[-1])


def expected_need(spec: EngineSpec, need: MemoryNeed, sites: Sequence[Site], done: list[Job]) -> Span | None:
    """GiB that finished jobs took of which the engine would say the same as of this need, plan and memory included."""
    peaks = sorted(job.peak_memory_gb for job in done if job.peak_memory_gb and need in _needs(spec, job, sites))
    unmeasured = need.unmeasured_bytes / GIB
    return Span(peaks[0] + unmeasured, peaks[-1] + unmeasured) if peaks else None


def _needs(spec: EngineSpec, job: Job, sites: Sequence[Site]) -> list[MemoryNeed]:
    """What the engine says of a finished job, under the plan and in the memory it was made."""
    where = "gpu" if device_of(job) == "cuda" else "ram"
    made_with = job.recipe.get("made_with", {})
    told = [need for site in sites if spec.memory for need in spec.memory(_options(job), site)]
    return [need for need in told if (need.plan, need.where) == (made_with.get("plan", ""), where)]


def device_of(job: Job) -> str | None:
    """`cuda`, `mps` or `cpu`; None for an engine that takes no device. A recipe names a card by its model."""
    device = job.recipe.get("made_with", {}).get("device")
    return device if device in (None, "cpu", "mps") else "cuda"


def _options(job: Job) -> Any:
    return engine_spec(job.engine).options.model_construct(**job.options)


def work_of(job: Job) -> float:
    """What it did itself: one that started from another clip went only a share of the way."""
    return engine_spec(job.engine).work(_options(job)) * (job.strength or 1.0)


def _middle(rates: list[float]) -> tuple[float, float]:
    """The middle four fifths of the rates; a single one widened by half, since nobody knows how typical it is."""
    if len(rates) == 1:
        return rates[0] * 0.67, rates[0] * 1.5
    cut = len(rates) // 10
    return rates[cut], rates[-1 - cut]


def reckoned_seconds(spec: EngineSpec, options: Any, size_share: float) -> Span | None:
    """Seconds on this processor by the model's operations, for a machine that has finished no job of it yet.

    Args:
        spec: the engine; None comes back where it does not tell its operations.
        options: validated.
        size_share: size of the model on this disk as a share of the published one; a small one is faster.
    """
    if spec.flops is None:
        return None
    seconds = spec.flops(options) * min(size_share, 1.0) / matmul_flops()
    return Span(seconds * RECKONED_LOW, seconds * RECKONED_HIGH)
