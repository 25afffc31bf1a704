"""The order of those that wait, and changes to them. A job that has begun is out of reach: each change is guarded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from i2v.domain.job import QUEUED, RUNNING, Job
from i2v.errors import JobBegun, JobUnknown
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable

_ALL = 20_000
"""More than any queue holds."""


class QueueOrder:
    """The queue as its user arranges it. Running jobs keep turns below all that wait, so one that is interrupted goes
    on first."""

    def __init__(self, database: Database, jobs: JobTable) -> None:
        self._database = database
        self._jobs = jobs

    def line(self) -> list[Job]:
        """What runs, then what waits in the order of its turn."""
        active = self._jobs.latest(_ALL, statuses=(RUNNING, QUEUED))
        return sorted(active, key=lambda job: (job.status == QUEUED, job.turn))

    def move(self, job_id: str, before: str | None) -> None:
        """Puts a waiting job before another one, or at the end.

        Raises:
            JobUnknown: there is no such job.
            JobBegun: one of the two waits no more; nothing has changed.
        """
        with self._database.transaction() as db:
            waiting = _waiting(db)
            for named in {job_id, before or job_id}:
                if named not in waiting:
                    raise _why_not(db, named)
            if before != job_id:
                waiting.remove(job_id)
                waiting.insert(waiting.index(before) if before else len(waiting), job_id)
                _number(db, waiting)

    def move_first(self, job_id: str) -> None:
        """Puts a waiting job before all others that wait.

        Raises:
            JobUnknown, JobBegun: as with `move`.
        """
        with self._database.transaction() as db:
            waiting = _waiting(db)
            if job_id not in waiting:
                raise _why_not(db, job_id)
            waiting.remove(job_id)
            _number(db, [job_id, *waiting])

    def edit(self, job_id: str, changes: Mapping[str, Any]) -> None:
        """Gives a job that has never begun other columns, all of them or none; it keeps its place.

        Raises:
            JobUnknown: there is no such job.
            JobBegun: it is at work, over, or waits to go on where it was interrupted.
        """
        values = [
            value if isinstance(value, str | int | float | None) else json.dumps(value, ensure_ascii=False)
            for value in changes.values()
        ]
        names = ", ".join(f"{name} = ?" for name in changes)
        query = f"UPDATE jobs SET {names} WHERE id = ? AND status = 'queued' AND started_at IS NULL RETURNING id"
        with self._database.transaction() as db:
            if db.execute(query, (*values, job_id)).fetchone() is None:
                raise _why_not(db, job_id)

    def cancel_waiting(self, now: float) -> int:
        """Cancels every job that waits; how many these were."""
        with self._database.transaction() as db:
            query = "UPDATE jobs SET status = 'cancelled', finished_at = ? WHERE status = 'queued'"
            return db.execute(query, (now,)).rowcount


def _waiting(db: sqlite3.Connection) -> list[str]:
    return [row["id"] for row in db.execute("SELECT id FROM jobs WHERE status = 'queued' ORDER BY turn, place")]


def _number(db: sqlite3.Connection, waiting: list[str]) -> None:
    """Turns anew in whole steps: halving the gap between two neighbours would run out of digits one day."""
    last = db.execute("SELECT max(turn) FROM jobs WHERE status = 'running'").fetchone()[0] or 0.0
    turns = [(last + place, job_id) for place, job_id in enumerate(waiting, start=1)]
    db.executemany("UPDATE jobs SET turn = ? WHERE id = ?", turns)


def _why_not(db: sqlite3.Connection, job_id: str) -> JobBegun | JobUnknown:
    row = db.execute("SELECT status FROM jobs WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return JobUnknown(job_id=job_id)
    return JobBegun(job_id=job_id, status="interrupted" if row["status"] == QUEUED else row["status"])
