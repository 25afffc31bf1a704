"""The jobs table: queue, status, history in one. Every change of status is one guarded UPDATE."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from i2v.domain.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, Status, may_become
from i2v.domain.notices import Notice
from i2v.errors import JobUnknown
from i2v.storage.database import Database

_COLUMNS = (
    "id, status, engine, engine_asked, preset, options, picture_sha256, idempotency_key, created_at, notices,"
    " batch, parent_id, strength, phase, private"
)
# Its place, unless those that wait were given higher turns when they were put in another order. The history goes by
# time: a clock that was set back must not hide the new behind the old.
_TAKE_LAST_TURN = """
    UPDATE jobs SET turn = max(place, 1 + (SELECT max(turn) FROM jobs WHERE status IN ('queued', 'running'))),
    created_at = (SELECT max(created_at) FROM jobs WHERE deleted_at IS NULL) WHERE id = ? RETURNING *
"""


class JobTable:
    """Jobs by id; the only reader and writer of the table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> Job:
        """Puts a job at the end of the queue and gives it its place. Durable once this returns."""
        return self.add_all([job])[0]

    def add_all(self, jobs: Sequence[Job]) -> list[Job]:
        """Puts several jobs at the end of the queue: all of them or none."""
        with self._database.transaction() as db:
            return [job_of(_insert(db, job)) for job in jobs]

    def get(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobUnknown: no such id, or it was deleted.
        """
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM jobs WHERE id = ? AND deleted_at IS NULL", (job_id,)).fetchone()
        if row is None:
            raise JobUnknown(job_id=job_id)
        return job_of(row)

    def by_key(self, idempotency_key: str) -> Job | None:
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM jobs WHERE idempotency_key = ?", (idempotency_key,)).fetchone()
        return job_of(row) if row else None

    def of_batch(self, batch: str) -> list[Job]:
        """Candidates made in one go, in their order; none where the name is unknown."""
        query = "SELECT * FROM jobs WHERE batch = ? AND deleted_at IS NULL ORDER BY place"
        with self._database.reading() as db:
            return [job_of(row) for row in db.execute(query, (batch,))]

    def refined_from(self, job_id: str) -> list[Job]:
        """Clips made from this one, in their order."""
        query = "SELECT * FROM jobs WHERE parent_id = ? AND deleted_at IS NULL ORDER BY place"
        with self._database.reading() as db:
            return [job_of(row) for row in db.execute(query, (job_id,))]

    def drafts_started_from(self) -> set[str]:
        """Ids of all clips whose latents another one starts from."""
        with self._database.reading() as db:
            rows = db.execute("SELECT DISTINCT parent_id FROM jobs WHERE strength IS NOT NULL").fetchall()
        return {row["parent_id"] for row in rows}

    def latest(self, limit: int, statuses: Sequence[Status]) -> list[Job]:
        """Jobs in these states, the newest first; deleted ones too, since what they took is still worth knowing."""
        wanted = ", ".join("?" * len(statuses))
        query = f"SELECT * FROM jobs WHERE status IN ({wanted}) ORDER BY place DESC LIMIT ?"
        with self._database.reading() as db:
            rows = db.execute(query, (*statuses, limit)).fetchall()
        return [job_of(row) for row in rows]

    def count(self, status: Status) -> int:
        with self._database.reading() as db:
            return int(db.execute("SELECT count(*) FROM jobs WHERE status = ?", (status,)).fetchone()[0])

    def line(self) -> list[str]:
        """Ids of the jobs at work and then of those that wait, in their order."""
        query = "SELECT id FROM jobs WHERE status IN ('queued', 'running') ORDER BY status = 'queued', turn"
        with self._database.reading() as db:
            return [row["id"] for row in db.execute(query)]

    def refers_to(self, picture_sha256: str) -> bool:
        """Whether any job is about this picture."""
        with self._database.reading() as db:
            query = "SELECT 1 FROM jobs WHERE picture_sha256 = ? LIMIT 1"
            return db.execute(query, (picture_sha256,)).fetchone() is not None

    def claim(self, now: float) -> Job | None:
        """Takes the next queued job for running; two callers never get the same one."""
        query = """
            UPDATE jobs SET status = 'running', started_at = coalesce(started_at, ?)
            WHERE id = (SELECT id FROM jobs WHERE status = 'queued' ORDER BY turn LIMIT 1) RETURNING *
        """
        with self._database.transaction() as db:
            row = db.execute(query, (now,)).fetchone()
        return job_of(row) if row else None

    def recover(self, now: float) -> list[Job]:
        """At start: what an earlier server left running waits again; what was to be cancelled is."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE jobs SET status = 'cancelled', finished_at = ?"
                " WHERE cancel_requested = 1 AND status IN ('queued', 'running')",
                (now,),
            )
            rows = db.execute("UPDATE jobs SET status = 'queued' WHERE status = 'running' RETURNING *").fetchall()
        return [job_of(row) for row in rows]

    def requeue(self, job_id: str, *, crashed: bool) -> Job:
        """A running job whose worker is gone waits again, in its old place."""
        return self._move(job_id, QUEUED, {"attempts": self.get(job_id).attempts + int(crashed)})

    def finish_done(self, job_id: str, video: str, facts: Mapping[str, Any]) -> Job:
        """The clip is published under `video`; `facts` holds seconds, peak_memory_gb, finished_at and recipe."""
        return self._move(job_id, DONE, {"video": video, **facts})

    def finish_failed(self, job_id: str, code: str, values: Mapping[str, Any], finished_at: float) -> Job:
        told = {"error_code": code, "error_values": _dump(values), "finished_at": finished_at}
        return self._move(job_id, FAILED, told)

    def finish_cancelled(self, job_id: str, finished_at: float) -> Job:
        return self._move(job_id, CANCELLED, {"finished_at": finished_at})

    def add_notice(self, job_id: str, notice: Notice) -> None:
        """Keeps one more notice with the job; the same one twice is kept once."""
        with self._database.transaction() as db:
            row = db.execute("SELECT notices FROM jobs WHERE id = ?", (job_id,)).fetchone()
            kept = json.loads(row["notices"]) if row else []
            if row and notice.to_json() not in kept:
                db.execute("UPDATE jobs SET notices = ? WHERE id = ?", (_dump([*kept, notice.to_json()]), job_id))

    def keep_measures(self, job_id: str, measures: Mapping[str, Any]) -> None:
        """Keeps what a finished clip shows."""
        with self._database.transaction() as db:
            db.execute("UPDATE jobs SET measures = ? WHERE id = ? AND status = 'done'", (_dump(measures), job_id))

    def request_cancel(self, job_id: str, now: float) -> Job:
        """A queued job is cancelled at once, a running one is marked; one that is over stays as it is."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE jobs SET status = 'cancelled', finished_at = ? WHERE id = ? AND status = 'queued'",
                (now, job_id),
            )
            db.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ? AND status = 'running'", (job_id,))
        return self.get(job_id)

    def _move(self, job_id: str, status: Status, changes: Mapping[str, Any]) -> Job:
        """One guarded change of status; a job that is no longer running is left alone."""
        assert may_become(RUNNING, status)
        names = ", ".join(f"{name} = ?" for name in changes)
        query = f"UPDATE jobs SET status = ?, {names} WHERE id = ? AND status = 'running'"
        values = [_dump(value) if isinstance(value, Mapping) else value for value in changes.values()]
        with self._database.transaction() as db:
            db.execute(query, (status, *values, job_id))
        return self.get(job_id)


def _insert(db: sqlite3.Connection, job: Job) -> sqlite3.Row:
    values = (
        job.id,
        job.status,
        job.engine,
        job.engine_asked,
        job.preset,
        _dump(job.options),
        job.picture_sha256,
        job.idempotency_key,
        job.created_at,
        _dump([notice.to_json() for notice in job.notices]),
        job.batch,
        job.parent_id,
        job.strength,
        job.phase,
        int(job.private),
    )
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO jobs ({_COLUMNS}) VALUES ({marks})", values)
    row: sqlite3.Row = db.execute(_TAKE_LAST_TURN, (job.id,)).fetchone()
    return row


def _dump(value: object) -> str:
    return json.dumps(value if isinstance(value, list) else dict(value), ensure_ascii=False)  # type: ignore[call-overload]


def job_of(row: sqlite3.Row) -> Job:
    """One row as the job it holds."""
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 - iterating a Row gives values, not names
    for name in ("options", "error_values", "recipe", "measures"):
        values[name] = json.loads(values[name])
    values["notices"] = tuple(Notice.from_json(entry) for entry in json.loads(values["notices"]))
    for name in ("cancel_requested", "starred", "private"):
        values[name] = bool(values[name])
    return Job(**values)
