"""What a clip will take of this computer, before it is made: time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from i2v.domain.job import DONE, Job
from i2v.domain.options import Options
from i2v.engines.base import EngineSpec, Site
from i2v.engines.registry import engine_specs
from i2v.errors import JobLong, MemoryShort
from i2v.services.fitting import Case, Fit, computed_gb, judge, largest_that_fits
from i2v.services.forecast import (
    Foresight,
    Span,
    device_of,
    expected_memory,
    expected_need,
    learned_pace,
    reckoned_seconds,
    scaled,
    told_apart,
)
from i2v.services.machine import Machine, Space
from i2v.services.models import Models
from i2v.storage.jobs import JobTable

LONG_SECONDS = 600.0
JOBS_LOOKED_AT = 200
"""Newest finished jobs to learn from; older ones ran on another version or another machine."""

_SIGNS = {"gpu": "VRAM", "ram": "RAM"}
"""What a memory is called in any language."""


class Outlook:
    """Learns from finished jobs, computes where there are none, and says so where neither helps."""

    def __init__(self, jobs: JobTable | None, models: Models, machine: Machine) -> None:
        """Without `jobs`, as where another process owns them, it computes only."""
        self._jobs = jobs
        self._models = models
        self._machine = machine

    def prospect(self, spec: EngineSpec) -> Prospect:
        """What can be told of an engine's clips now, for several of them at once."""
        share = self._models.size_share(spec)
        # Several where nobody can say in which precision models run here, the least memory first.
        sites = [Site(self._machine.device(), size, min(1.0, share)) for size in self._machine.value_bytes()]
        return Prospect(spec, self.finished(spec.name), sites, share, self._machine)

    def foresee(self, spec: EngineSpec, options: Options) -> Foresight:
        """Seconds and peak memory as this machine's own jobs or, without any, its processor lets expect."""
        return self.prospect(spec).foresee(options)

    def fit(self, spec: EngineSpec, options: Options) -> Fit:
        """Whether the clip fits into memory now, under which plan, and what would where it does not."""
        return self.prospect(spec).fit(options)

    def require_confirmation(self, spec: EngineSpec, options: Options, wish: Mapping[str, Any], share: float) -> None:
        """Nobody should learn by waiting that a clip takes hours or does not fit; who knows it and insists may have it.

        Args:
            spec: the engine.
            options: validated.
            wish: may say that it is `confirmed`.
            share: of a whole clip's work; less than 1 for one that starts from another, more for several.

        Raises:
            MemoryShort, JobLong: and the wish is not `confirmed`.
        """
        if wish.get("confirmed"):
            return
        fit = self.fit(spec, options)
        if fit.light == "red":
            raise memory_short(spec.name, fit.to_json())
        if self._machine.device() != "cpu":
            return
        seconds = scaled(self.foresee(spec, options).seconds, share)
        if seconds is not None and (seconds.low + seconds.high) / 2 > LONG_SECONDS:
            low, high = (max(1, round(bound / 60)) for bound in (seconds.low, seconds.high))
            raise JobLong(low_minutes=low, high_minutes=high, engine=spec.name)

    def finished(self, engine: str) -> list[Job]:
        """Its newest finished jobs where models run now, to learn from: a processor's hours say nothing of a card."""
        newest = self._jobs.latest(JOBS_LOOKED_AT, statuses=(DONE,)) if self._jobs else []
        return [job for job in newest if job.engine == engine and device_of(job) in (None, self._machine.device())]


@dataclass(frozen=True)
class Prospect:
    """What can be told of one engine's clips at one moment: `done` to learn from, and the `sites` it may run at."""

    spec: EngineSpec
    done: list[Job]
    sites: list[Site]
    size_share: float
    machine: Machine

    @cached_property
    def _pace(self) -> Span | None:
        return learned_pace(self.done)

    def foresee(self, options: Options) -> Foresight:
        """As `Outlook.foresee`."""
        memory_gb = expected_memory(options, self.done)
        learned = scaled(self._pace, self.spec.work(options))
        if learned and not self._leaves_card(options):
            return Foresight(learned, memory_gb, "learned")
        reckoned = None
        if self.machine.device() == "cpu" or self._leaves_card(options):
            reckoned = reckoned_seconds(self.spec, options, self.size_share)
        return Foresight(reckoned, memory_gb, "reckoned" if reckoned else None)

    def fit(self, options: Options) -> Fit:
        """As `Outlook.fit`."""
        spec = self.spec
        if spec.memory is None:
            return Fit("unknown")
        needs = [spec.memory(options, site) for site in self.sites]  # the least first
        where = needs[0][0].where
        space = self.machine.space(where)
        if space is None:
            span = Span(computed_gb(needs[0][-1]).low, computed_gb(needs[-1][0]).high)
            return Fit("unknown", None, span, where, None, "computed")
        cautious, hopeful = Case(needs[-1], space.free), Case(needs[0], space.free_at_most)
        learn = partial(expected_need, spec, sites=self.sites, done=self.done)
        light, needed_gb, basis = judge(cautious, hopeful, learn)
        fit = Fit(light, cautious.chosen.plan, needed_gb, where, space, basis)
        return fit if light != "red" else self._smaller(fit, options, space)

    def _leaves_card(self, options: Options) -> bool:
        """Whether a model's clip is made by the processor although there is a card, as an exact one is."""
        site, spec = self.sites[0], self.spec
        if site.device != "cuda" or spec.flops is None or spec.memory is None:
            return False
        return spec.memory(options, site)[0].where == "ram"

    def _smaller(self, fit: Fit, options: Options, space: Space) -> Fit:
        """The same verdict with the largest clip that would fit."""

        def fits(smaller: Options) -> bool:
            assert self.spec.memory is not None
            return self.spec.memory(smaller, self.sites[-1])[-1].peak_bytes <= space.free

        return replace(fit, instead=largest_that_fits(options, fits))


def memory_short(engine: str, told: Mapping[str, Any]) -> MemoryShort:
    """The refusal of a clip that does not fit.

    Args:
        engine: its name.
        told: an estimate, or `Fit.to_json`, whose light is red.
    """
    memory, size = told["memory"], told["instead"] or {"width": None, "height": None, "num_frames": None}
    needed_gb, free_gb = told_apart(memory["needed_gb"]["high"], memory["free_gb"])
    quick = next(name for name, spec in engine_specs().items() if not spec.needs_weights)
    return MemoryShort(
        engine=engine,
        needed_gb=needed_gb,
        free_gb=free_gb,
        total_gb=round(memory["total_gb"], 1),
        where=memory["where"],
        memory=_SIGNS[memory["where"]],
        basis=memory["basis"],
        instead="×".join(map(str, size.values())) if size["width"] else quick,
        **size,
    )
