"""The jobs table as history: found by words, starred, deleted and brought back, and taken in from the clips' folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from i2v.domain.job import Job, Status
from i2v.errors import JobUnknown
from i2v.storage.database import Database, plain
from i2v.storage.jobs import job_of

_SEARCHED = "plain(coalesce(json_extract(options, '$.prompt'), '') || char(10) || coalesce(video, ''))"
_FOUND_COLUMNS = (
    "id, status, engine, engine_asked, preset, options, picture_sha256, created_at, finished_at, video, private,"
    " parent_id, strength, phase, recipe"
)

# Jobs among which the sentences of somebody are looked for: more than anybody types in years.
_LOOKED_THROUGH = 5000


@dataclass(frozen=True)
class Wanted:
    """Which jobs to list; nothing named means all of them.

    `words` must all occur in the sentence or the file's name, whatever their case.
    """

    statuses: tuple[Status, ...] = ()
    words: tuple[str, ...] = ()
    only_starred: bool = False


class HistoryTable:
    """Jobs that are over, in the order of time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, wanted: Wanted, limit: int, before: int | None = None) -> list[Job]:
        """Jobs that are not deleted, the newest first; `before` is the `place` of the one to go on from."""
        with self._database.reading() as db:
            query, values = _finding(db, wanted, before)
            return [job_of(row) for row in db.execute(query, (*values, limit))]

    def newest_by_sentence(self) -> Iterator[Job]:
        """Of every sentence its newest finished job, the newest first; private and deleted jobs are left out."""
        with self._database.reading() as db:
            query = """
                SELECT * FROM jobs WHERE deleted_at IS NULL AND +status = 'done' AND +private = 0
                ORDER BY created_at DESC, place DESC LIMIT ?
            """
            seen = {""}
            for row in db.execute(query, (_LOOKED_THROUGH,)):
                job = job_of(row)
                sentence = str(job.options.get("prompt") or "").strip()
                if sentence not in seen:
                    seen.add(sentence)
                    yield job

    def star(self, job_id: str, *, starred: bool) -> Job:
        """Marks a job or takes the mark away.

        Raises:
            JobUnknown: no such job.
        """
        query = "UPDATE jobs SET starred = ? WHERE id = ? AND deleted_at IS NULL RETURNING *"
        return self._change(query, (int(starred), job_id), job_id)

    def mark_deleted(self, job_id: str, now: float) -> Job:
        """Hides a job that is over.

        Raises:
            JobUnknown: no such job, or it is not over.
        """
        query = """
            UPDATE jobs SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL
            AND status IN ('done', 'failed', 'cancelled') RETURNING *
        """
        return self._change(query, (now, job_id), job_id)

    def bring_back(self, job_id: str, video: str | None) -> Job:
        """Shows a deleted job again, its clip under this name.

        Raises:
            JobUnknown: no such job was deleted.
        """
        query = "UPDATE jobs SET deleted_at = NULL, video = ? WHERE id = ? AND deleted_at IS NOT NULL RETURNING *"
        return self._change(query, (video, job_id), job_id)

    def deleted(self) -> list[Job]:
        """All that can still be brought back."""
        with self._database.reading() as db:
            return [job_of(row) for row in db.execute("SELECT * FROM jobs WHERE deleted_at IS NOT NULL")]

    def purge(self, job_id: str) -> None:
        """Forgets a deleted job for good."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM jobs WHERE id = ? AND deleted_at IS NOT NULL", (job_id,))

    def ids_by_video(self) -> dict[str, str]:
        """Every clip's file name that any job claims, deleted ones too, and the job's id."""
        with self._database.reading() as db:
            rows = db.execute("SELECT video, id FROM jobs WHERE video IS NOT NULL").fetchall()
        return {row["video"]: row["id"] for row in rows}

    def known(self, job_id: str) -> Job | None:
        """The job with this id, deleted or not."""
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return job_of(row) if row else None

    def rename(self, job_id: str, video: str) -> None:
        """The clip of a finished job goes by another name now."""
        with self._database.transaction() as db:
            db.execute("UPDATE jobs SET video = ? WHERE id = ? AND status = 'done'", (video, job_id))

    def take_in(self, found: Sequence[Job]) -> None:
        """Finished jobs read from their clips; one whose id is there already stays as it is. All of them or none."""
        marks = "?, 'done', ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
        query = f"INSERT INTO jobs ({_FOUND_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        with self._database.transaction() as db:
            for job in found:
                options, recipe = (json.dumps(dict(part), ensure_ascii=False) for part in (job.options, job.recipe))
                facts = (job.picture_sha256, job.created_at, job.finished_at, job.video, int(job.private))
                way = (job.parent_id, job.strength, job.phase)
                db.execute(query, (job.id, job.engine, job.engine_asked, options, *facts, *way, recipe))

    def _change(self, query: str, values: Sequence[object], job_id: str) -> Job:
        with self._database.transaction() as db:
            row = db.execute(query, values).fetchone()
        if row is None:
            raise JobUnknown(job_id=job_id)
        return job_of(row)


def _finding(db: sqlite3.Connection, wanted: Wanted, before: int | None) -> tuple[str, list[object]]:
    """The query for one page, without its limit. It walks an index by time and stops when the page is full."""
    conditions, values = ["deleted_at IS NULL"], list[object]()
    if wanted.only_starred:
        conditions.append("starred = 1")
    if wanted.statuses:
        # The sign keeps SQLite from gathering all jobs in a state, only to sort them.
        conditions.append(f"+status IN ({', '.join('?' * len(wanted.statuses))})")
        values += wanted.statuses
    for word in wanted.words:
        conditions.append(f"instr({_SEARCHED}, ?) > 0")
        values.append(plain(word))
    if before is not None:
        # The one to go on from may be gone for good by now; then its neighbour stands for it.
        neighbour = "SELECT created_at, place FROM jobs WHERE place <= ? ORDER BY place DESC LIMIT 1"
        row = db.execute(neighbour, (before,)).fetchone()
        conditions.append(f"(created_at, place) {'<' if row and row['place'] == before else '<='} (?, ?)")
        values += [row["created_at"], row["place"]] if row else [0, 0]
    condition = " AND ".join(conditions)
    return f"SELECT * FROM jobs WHERE {condition} ORDER BY created_at DESC, place DESC LIMIT ?", values
