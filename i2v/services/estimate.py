"""How long a clip will take and what it needs, learned from the jobs this machine has finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from i2v.domain.job import DONE, Job
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec
from i2v.services.submit import Submitter
from i2v.storage.jobs import JobTable

JOBS_LOOKED_AT = 200
"""Newest finished jobs to learn from; older ones ran on another version or another machine."""


@dataclass(frozen=True)
class Span:
    """A range; a single job is widened by half, since nobody knows how typical it was."""

    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        return {"low": round(self.low, 2), "high": round(self.high, 2)}


class Estimator:
    """Answers before the press; unknown stays unknown."""

    def __init__(self, submitter: Submitter, jobs: JobTable) -> None:
        self._submitter = submitter
        self._jobs = jobs

    def estimate(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Engine, options in force, seconds and peak memory as ranges or None, notices as codes.

        Raises:
            BadInput: as `Submitter.submit` would.
        """
        asked, spec, options, notices = self._submitter.check(wish)
        done = [job for job in self._jobs.latest(JOBS_LOOKED_AT, statuses=(DONE,)) if job.engine == spec.name]
        seconds = expected_seconds(spec, options, done)
        memory = expected_memory(spec, options, done)
        return {
            "engine": spec.name,
            "engine_asked": asked,
            "options": options.model_dump(),
            "seconds": seconds.to_json() if seconds else None,
            "peak_memory_gb": memory.to_json() if memory else None,
            "learned_from": len(done),
            "notices": [notice.to_json() for notice in notices],
        }


def expected_seconds(spec: EngineSpec, options: Any, done: list[Job]) -> Span | None:
    """Seconds in proportion to the work that finished jobs took."""
    wanted = spec.work(options)
    rates = sorted(job.seconds / _work(job) for job in done if job.seconds)
    if not rates:
        return None
    low, high = _middle(rates)
    return Span(low * wanted, high * wanted)


def expected_memory(spec: EngineSpec, options: Any, done: list[Job]) -> Span | None:
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


def _work(job: Job) -> float:
    spec = engine_spec(job.engine)
    return spec.work(spec.options.model_construct(**job.options))


def _middle(rates: list[float]) -> tuple[float, float]:
    """The middle four fifths of the rates; of a single one, half as much either way."""
    if len(rates) == 1:
        return rates[0] * 0.67, rates[0] * 1.5
    cut = len(rates) // 10
    return rates[cut], rates[-1 - cut]
