"""How far the running jobs are. In memory only: after a restart a job tells it anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from i2v.errors import I2VError


@dataclass(frozen=True)
class Progress:
    """One running job, now. `revision` grows with each change, so that a reader can tell news from old.

    Attributes:
        stage: `starting`, `loading`, `generating`, `encoding`, `saving`, `blocked`.
        step: steps done.
        total_steps: steps in all, 0 while unknown.
        seconds_left: until the last step, None while unknown.
        preview: WebP picture, or empty.
        blocked_by: why the clip cannot be saved at present.
    """

    stage: str = "starting"
    step: int = 0
    total_steps: int = 0
    seconds_left: float | None = None
    preview: bytes = b""
    preview_revision: int = 0
    blocked_by: I2VError | None = None
    revision: int = 0


class ProgressBoard:
    """Progress by job id; written by dispatchers, read by everyone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._progress: dict[str, Progress] = {}
        self._first_step: dict[str, tuple[int, float]] = {}

    def read(self, job_id: str) -> Progress | None:
        with self._lock:
            return self._progress.get(job_id)

    def enter(self, job_id: str, stage: str, blocked_by: I2VError | None = None) -> None:
        """The job is at another stage; steps and preview stay."""
        self._change(job_id, stage=stage, blocked_by=blocked_by, seconds_left=None)

    def step(self, job_id: str, index: int, total: int, preview: bytes) -> None:
        """Step `index` of `total` is done. Time left is what the steps so far took, carried on."""
        now = self._clock()
        with self._lock:
            first_index, first_time = self._first_step.setdefault(job_id, (index, now))
        per_step = (now - first_time) / (index - first_index) if index > first_index else None
        self._change(
            job_id,
            stage="generating",
            step=index,
            total_steps=total,
            seconds_left=None if per_step is None else per_step * (total - index),
        )
        if preview:
            revision = self._progress[job_id].preview_revision + 1
            self._change(job_id, preview=preview, preview_revision=revision)

    def forget(self, job_id: str) -> None:
        with self._lock:
            self._progress.pop(job_id, None)
            self._first_step.pop(job_id, None)

    def _change(self, job_id: str, **changes: object) -> None:
        with self._lock:
            before = self._progress.get(job_id, Progress())
            self._progress[job_id] = replace(before, revision=before.revision + 1, **changes)  # type: ignore[arg-type]
