"""A job from wish to clip: its states, and the one row that holds all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from i2v.domain.notices import Notice
from i2v.domain.way import DRAFT, Phase

Status = Literal["queued", "running", "done", "failed", "cancelled"]

QUEUED: Status = "queued"
RUNNING: Status = "running"
DONE: Status = "done"
FAILED: Status = "failed"
CANCELLED: Status = "cancelled"

OVER: frozenset[Status] = frozenset({DONE, FAILED, CANCELLED})

_MOVES: Mapping[Status, frozenset[Status]] = {
    QUEUED: frozenset({RUNNING, CANCELLED}),
    RUNNING: frozenset({QUEUED, DONE, FAILED, CANCELLED}),
    DONE: frozenset(),
    FAILED: frozenset(),
    CANCELLED: frozenset(),
}


def may_become(status: Status, then: Status) -> bool:
    """Whether a job in `status` may go to `then`. A running job whose worker died goes back to `queued`."""
    return then in _MOVES[status]


@dataclass(frozen=True)
class Job:
    """One row of the jobs table. Times are seconds since the epoch in UTC, durations from a monotonic clock.

    `engine` is the one that runs; `engine_asked` what the user named (`auto` or an engine).
    `seconds` is all a clip took, `work_seconds` the part after the engine was loaded: what an estimate learns from.
    `place` is the row's order in the history, `turn` its order in the queue: the lowest runs first.
    Candidates made in one go share a `batch`; `parent_id` is the clip that this one was refined from, and `strength` is
    set where it starts from that clip's latents (see `Start`). `phase` is the step of the way that it is (see `Way`).
    The clip of a `private` job does not carry its sentences; this row does.
    `measures` is what the finished clip shows (`diagnosis/clip`), empty until somebody has measured it.
    `deleted_at` is set while a deleted job can still be brought back.
    """

    id: str
    status: Status
    engine: str
    engine_asked: str
    options: Mapping[str, Any]
    picture_sha256: str
    place: int
    created_at: float
    preset: str = ""
    idempotency_key: str | None = None
    attempts: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    cancel_requested: bool = False
    video: str | None = None
    seconds: float | None = None
    work_seconds: float | None = None
    peak_memory_gb: float | None = None
    notices: tuple[Notice, ...] = ()
    error_code: str | None = None
    error_values: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    turn: float = 0.0
    batch: str | None = None
    parent_id: str | None = None
    strength: float | None = None
    phase: Phase = DRAFT
    starred: bool = False
    private: bool = False
    deleted_at: float | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in OVER
