"""One job at hand, and what dispatchers share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from i2v.dispatch.job_files import JobFiles
from i2v.dispatch.progress import ProgressBoard
from i2v.dispatch.publish import Publisher
from i2v.domain.events import Clip
from i2v.domain.job import Job
from i2v.storage.jobs import JobTable


@dataclass(frozen=True)
class Patience:
    """How long a dispatcher waits for what, in seconds.

    Attributes:
        idle: without a job before the worker is exchanged for a fresh one, which gives its memory back.
        silent: without a word from a worker at a job before it is taken for hung.
        blocked: for a disk that takes no clip before the job fails.
    """

    idle: float = 600.0
    silent: float = 900.0
    blocked: float = 600.0


@dataclass(frozen=True)
class Records:
    """Where the dispatchers of one server put down what they learn; `on_done` hears at once of each job whose clip is
    there."""

    jobs: JobTable
    board: ProgressBoard
    publisher: Publisher
    checkpoints: JobFiles
    latents: JobFiles
    on_done: Callable[[str], None] = lambda job_id: None


class StoppingError(Exception):
    """This server is about to end."""


@dataclass
class Run:
    """What is known of the job at hand; once it `is_over`, no word of the worker changes how it ended."""

    job: Job
    cancel_sent_at: float | None = None
    work_began_at: float | None = None
    clip: Clip | None = None
    measured: dict[str, Any] = field(default_factory=dict)
    is_over: bool = False

    def note_work(self, stage: str) -> None:
        """Work begins when the engine is loaded; one that loads again meanwhile has not begun yet."""
        if stage == "loading":
            self.work_began_at = None
        elif self.work_began_at is None:
            self.work_began_at = time.monotonic()

    def work_seconds(self) -> float | None:
        return None if self.work_began_at is None else time.monotonic() - self.work_began_at
