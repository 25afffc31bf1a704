"""Where a clip stands on the way from draft to final clip, what the next step takes, and that step itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from i2v.domain.job import DONE, Job
from i2v.domain.way import FINAL, PHASES, REFINE, Phase, refined_values, spread_values
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec
from i2v.errors import I2VError, JobUnknown, PhaseUnknown, RefineUnchanged
from i2v.services.drafts import SHAPE
from i2v.services.estimate import Estimator
from i2v.services.library import Library
from i2v.services.submit import Submitter
from i2v.storage.jobs import JobTable
from i2v.text import describe

_FORESEEN = ("engine", "options", "light", "plan", "memory", "instead", "peak_memory_gb", "basis")


class Ways:
    """The steps of the way. Seed, picture and sentence stay as they are in the clip that a step begins with."""

    def __init__(
        self, jobs: JobTable, library: Library, submitter: Submitter, estimator: Estimator, max_resolution: int
    ) -> None:
        self._jobs = jobs
        self._library = library
        self._submitter = submitter
        self._estimator = estimator
        self._max_resolution = max_resolution

    def refine(self, job_id: str, change: Mapping[str, Any], idempotency_key: str | None = None) -> list[Job]:
        """Several refined clips of one draft, which differ in one option, as a batch.

        Args:
            job_id: a finished clip.
            change: options that are to be others than the way has them, and `confirmed`, as in a wish.
            idempotency_key: the same key again gives the jobs it gave before.

        Raises:
            JobUnknown, PhaseUnknown: there is no such clip, or its engine's way has no such step.
            RefineUnchanged: none of them would be another clip.
            BadInput: as with `Submitter.submit`; none was queued.
        """
        wishes = self._wishes(self._library.get(job_id), REFINE, change)
        return self._submitter.submit_all(wishes, idempotency_key)

    def finish(self, job_id: str, change: Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """The final clip: larger, from the latents of this one.

        Args:
            job_id: a finished clip.
            change: as with `refine`; without a size it is the next one.
            idempotency_key: as with `refine`.

        Raises:
            BadInput: as with `refine`. The size is never lowered to what fits.
        """
        wishes = self._wishes(self._library.get(job_id), FINAL, change)
        return self._submitter.submit(wishes[0], idempotency_key)

    def view(self, job_id: str, language: str) -> dict[str, Any]:
        """The steps of a clip's way, the clips before it and those made from it, and what comes next.

        `next` is None after the last step and where nobody knows what made the clip. Its `choices` are what can be made
        then, the next size first, each with its estimate; where the step cannot be taken, `problem` says why.

        Raises:
            JobUnknown: there is no such clip.
        """
        job = self._library.get(job_id)
        phases = engine_spec(job.engine).way.phases if job.engine else ()
        before, after = ([_stop(each) for each in jobs] for jobs in (self._before(job), self._after(job)))
        following = engine_spec(job.engine).way.after(job.phase) if job.engine else None
        told = self._next(job, following, language) if following and job.status == DONE else None
        place = {"job_id": job.id, "phase": job.phase, "phases": list(phases)}
        return {**place, "before": before, "after": after, "next": told}

    def _before(self, job: Job) -> list[Job]:
        """The clips from which this one came, the first of them first, as far as they are still here."""
        found: list[Job] = []
        while job.parent_id is not None and job.parent_id not in {each.id for each in found}:
            try:
                job = self._library.get(job.parent_id)
            except JobUnknown:
                break
            found.insert(0, job)
        return found

    def _after(self, job: Job) -> list[Job]:
        """The clips made from this one: of each step the first of the newest batch."""
        newest: dict[Phase, Job] = {}
        for each in self._jobs.refined_from(job.id):
            known = newest.get(each.phase)
            if each.phase != job.phase and (known is None or known.batch is None or known.batch != each.batch):
                newest[each.phase] = each
        return sorted(newest.values(), key=lambda each: PHASES.index(each.phase))

    def _next(self, job: Job, phase: Phase, language: str) -> dict[str, Any]:
        spec = engine_spec(job.engine)
        told: dict[str, Any] = {"phase": phase, "varies": None, "values": [], "choices": [], "problem": None}
        try:
            if phase == FINAL:
                return {**told, "choices": [self._foresee([wish]) for wish in self._final_wishes(job, spec)]}
            wishes = self._wishes(job, phase, {})
            if spec.way.spread:
                option = spec.way.spread.option
                told |= {"varies": option, "values": [wish[option] for wish in wishes]}
            return {**told, "choices": [self._foresee(wishes)]}
        except I2VError as error:
            return {**told, "problem": {**describe(error, language).to_json(), "values": error.values}}

    def _foresee(self, wishes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What these clips take together; of their memory, what the last one does, whose guidance is the highest."""
        each = [self._estimator.estimate(wish) for wish in wishes]
        spans = [estimate["seconds"] for estimate in each if estimate["seconds"]]
        total = {end: round(sum(span[end] for span in spans), 2) for end in ("low", "high")}
        told = {name: each[-1][name] for name in _FORESEEN}
        return {**told, "count": len(each), "seconds": total if len(spans) == len(each) else None}

    def _wishes(self, job: Job, phase: Phase, change: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The wishes of a step, as `Submitter.submit` takes them."""
        spec = engine_spec(job.engine)
        if phase not in spec.way.phases:
            raise PhaseUnknown(phase=phase, engine=spec.name, known=", ".join(spec.way.phases))
        if phase == FINAL:
            return [_shaped(job, spec, {**self._final_wishes(job, spec)[0], **change})]
        wish = _shaped(job, spec, {**refined_values(spec.way.refine or {}, job.options), **change})
        spread = spec.way.spread
        centre = wish.get(spread.option, job.options[spread.option]) if spread else None
        if spread is None or not isinstance(centre, int | float):
            return [wish]  # what is no number is refused by whoever reads the wish
        wishes = [{**wish, spread.option: value} for value in spread_values(spread, spec.options, centre)]
        # The draft may be one of them already: it is not made over again.
        fresh = [each for each in wishes if "strength" in each or not _is_made(each, job)]
        if not fresh:
            raise RefineUnchanged(job_id=job.id)
        return fresh

    def _final_wishes(self, job: Job, spec: EngineSpec) -> list[dict[str, Any]]:
        """One for each size that the clip can be made larger to and that the limits take; at least the next one, whose
        refusal can say which limit it is."""
        sizes = spec.way.final_sizes((job.options["width"], job.options["height"]))
        legal = [size for size in sizes if max(size) <= self._max_resolution]
        return [_shaped(job, spec, {"width": width, "height": height}) for width, height in legal or sizes[:1]]


def _shaped(job: Job, spec: EngineSpec, wish: Mapping[str, Any]) -> dict[str, Any]:
    """A wish about a clip; what starts from its latents may not be in everything as a clip that begins from noise."""
    is_reshaped = any(wish.get(name, job.options[name]) != job.options[name] for name in SHAPE)
    return {**(spec.way.anew if is_reshaped else {}), **wish, "refine_of": job.id}


def _stop(job: Job) -> dict[str, Any]:
    """Another clip of the way."""
    return {"job_id": job.id, "phase": job.phase, "batch": job.batch, "status": job.status}


def _is_made(wish: Mapping[str, Any], job: Job) -> bool:
    """Whether a wish asks for the very clip that a job has made."""
    return all(job.options[name] == value for name, value in wish.items() if name in job.options)
