"""The queue in its user's hands: seen, put in another order, changed before the start, tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from i2v.domain.job import CANCELLED, FAILED, QUEUED, Job
from i2v.domain.notices import Notice
from i2v.engines.registry import engine_spec
from i2v.errors import JobBegun, JobNotFailed, RequestMalformed
from i2v.services.drafts import refining
from i2v.services.forecast import Span, learned_pace, scaled, work_of
from i2v.services.library import Library
from i2v.services.submit import Submitter, picture_notices
from i2v.storage.queue_order import QueueOrder

PACE_SECONDS = 5.0
"""For so long what was learned from finished jobs holds."""
_NAMES = ("engine", "preset", "picture_sha256")
"""Null for one of these is as if it were not named; null for an option is a value: no seed, the default."""


class Queue:
    """What runs and what waits. Adding to it is the `Submitter`'s, stopping one job the `Library`'s."""

    def __init__(self, order: QueueOrder, submitter: Submitter, library: Library, limit: int) -> None:
        self._order = order
        self._submitter = submitter
        self._library = library
        self._limit = limit
        self._one_edit_at_a_time = threading.Lock()
        self._paces: dict[str, tuple[Span | None, float]] = {}

    def view(self, language: str) -> dict[str, Any]:
        """What runs, then what waits, in order; `position` is 0 for a job at work, else 1, 2, …

        `expected_seconds` is how long a job takes and `starts_in_seconds` when it begins, as ranges learned from
        this machine's own jobs; null where nobody knows.
        """
        line = self._order.line()
        told, position = [], 0
        views = self._library.views(line, language)
        for job, view, (length, start) in zip(line, views, self._foresee(line), strict=True):
            position += int(job.status == QUEUED)
            told.append(
                {
                    **view,
                    "position": position,
                    "is_editable": job.status == QUEUED and job.started_at is None,
                    "expected_seconds": length.to_json() if length else None,
                    "starts_in_seconds": start.to_json() if start else None,
                }
            )
        return {"jobs": told, "waiting": position, "limit": self._limit}

    def move(self, job_id: str, before: str | None) -> Job:
        """Puts a waiting job before another one, or at the end.

        Raises:
            JobUnknown, JobBegun: see `QueueOrder.move`.
        """
        self._order.move(job_id, before)
        return self._library.get(job_id)

    def run_next(self, job_id: str) -> Job:
        """Puts a waiting job before all others that wait.

        Raises:
            JobUnknown, JobBegun: see `QueueOrder.move`.
        """
        self._order.move_first(job_id)
        return self._library.get(job_id)

    def edit(self, job_id: str, change: Mapping[str, Any], told: Sequence[Notice] = ()) -> Job:
        """Gives a waiting job other settings, all of them or none; it keeps its place.

        Args:
            job_id: one that has never begun.
            change: as in a wish; what it does not name stays. A preset replaces what it speaks of, another engine
                keeps what it knows, and `seed` as null draws a new one.
            told: what intake had to say of a new picture.

        Raises:
            JobUnknown, JobBegun: it cannot be changed any more.
            BadInput: as with `Submitter.submit`; the job stays as it was.
        """
        with self._one_edit_at_a_time:
            job = self._library.get(job_id)
            if job.status != QUEUED or job.started_at is not None:
                raise JobBegun(job_id=job_id, status="interrupted" if job.status == QUEUED else job.status)
            is_same_picture = change.get("picture_sha256", job.picture_sha256) == job.picture_sha256
            accepted = self._submitter.accept(
                self._changed(job, change), picture_notices(job) if is_same_picture else told
            )
            if change.get("engine") is None:
                accepted = replace(accepted, asked=job.engine_asked)
            told_anew = [notice.to_json() for notice in accepted.notices]
            self._order.edit(job_id, {**accepted.columns(), "notices": told_anew})
        return self._library.get(job_id)

    def retry(self, job_id: str, idempotency_key: str | None = None) -> Job:
        """The wish of a job that failed or was cancelled, as a new job.

        Raises:
            JobUnknown: there is no such job.
            JobNotFailed: it is still going, or has its clip.
            BadInput: as with `Submitter.submit`.
        """
        job = self._library.get(job_id)
        if job.status not in (FAILED, CANCELLED):
            raise JobNotFailed(job_id=job_id, status=job.status)
        return self._submitter.submit_again(job, idempotency_key)

    def cancel_waiting(self) -> int:
        """Cancels every job that waits; the one at work goes on. How many these were."""
        return self._order.cancel_waiting(time.time())

    def _changed(self, job: Job, change: Mapping[str, Any]) -> dict[str, Any]:
        """The job's wish with the change in it."""
        engine, preset = change.get("engine"), change.get("preset")
        if not all(isinstance(name, str | None) for name in (engine, preset)):
            raise RequestMalformed(reason="engine and preset must be text")
        spec = self._submitter.engine_for(engine) if engine else engine_spec(job.engine)
        kept = {name: value for name, value in job.options.items() if name in spec.options.model_fields}
        for name in spec.presets.get(preset or "", {}):
            kept.pop(name, None)
        named = {name: value for name, value in change.items() if value is not None or name not in _NAMES}
        fixed = {"engine": job.engine, "picture_sha256": job.picture_sha256, "private": job.private}
        wish = {**fixed, **refining(job), **kept, **named}
        return wish if preset or spec.name != job.engine else {"preset": job.preset, **wish}

    def _foresee(self, line: Sequence[Job]) -> Iterable[tuple[Span | None, Span | None]]:
        """For each job how long it takes and when it starts."""
        before: Span | None = Span(0.0, 0.0)
        for job in line:
            length = scaled(self._pace(job.engine), work_of(job))
            yield length, before if job.status == QUEUED else None
            left = length if job.status == QUEUED else self._left(job, length)
            before = Span(before.low + left.low, before.high + left.high) if before and left else None

    def _pace(self, engine: str) -> Span | None:
        """Seconds for a unit of its work; several tabs ask for it again and again."""
        pace, told_at = self._paces.get(engine, (None, -PACE_SECONDS))
        if time.monotonic() - told_at >= PACE_SECONDS:
            pace = learned_pace(self._submitter.finished(engine))
            self._paces[engine] = (pace, time.monotonic())
        return pace

    def _left(self, job: Job, length: Span | None) -> Span | None:
        """What remains of a job at work."""
        progress = self._library.progress(job.id)
        if progress and progress.seconds_left is not None:
            return Span(progress.seconds_left, progress.seconds_left)
        return Span(0.0, length.high) if length else None
