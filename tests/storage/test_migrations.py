"""Databases of earlier versions, opened by this one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from i2v.errors import FolderUnusable
from i2v.storage import database as database_module
from i2v.storage.database import Database
from i2v.storage.history import HistoryTable, Wanted
from i2v.storage.jobs import JobTable
from i2v.storage.migrations import MIGRATIONS
from i2v.storage.queue_order import QueueOrder

STATUSES = ("done", "failed", "cancelled", "running", "queued", "queued")


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A file as version 1 left it, with a job in every state."""
    path = tmp_path / "jobs.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version=1")
    for number, status in enumerate(STATUSES, start=1):
        connection.execute(
            "INSERT INTO jobs (id, status, engine, engine_asked, preset, options, picture_sha256, idempotency_key,"
            " created_at, started_at, video, notices, error_code, error_values, recipe)"
            " VALUES (?, ?, 'camera', 'auto', 'fast', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"job{number}",
                status,
                json.dumps({"prompt": f"推近 lake {number}", "seed": number}),
                "a" * 64,
                f"key{number}",
                1000.0 + number,
                None if status == "queued" else 2000.0 + number,
                f"video_{number}.mp4" if status == "done" else None,
                json.dumps([{"code": "picture_alpha", "values": {"background": "white"}}]),
                "disk_full" if status == "failed" else None,
                json.dumps({"path": "outputs"}),
                json.dumps({"made_with": {"app": "0.1.0"}}),
            ),
        )
    connection.close()
    return path


@pytest.fixture
def opened(first_version: Path) -> Iterator[Database]:
    database = Database(first_version)
    yield database
    database.close()


def test_every_job_of_version_1_is_there_as_it_was(opened: Database) -> None:
    jobs = [JobTable(opened).get(f"job{number}") for number in range(1, len(STATUSES) + 1)]
    assert tuple(job.status for job in jobs) == STATUSES
    assert [job.options["seed"] for job in jobs] == [1, 2, 3, 4, 5, 6]
    assert [job.turn for job in jobs] == [job.place for job in jobs] == [1, 2, 3, 4, 5, 6]
    assert not any(job.starred or job.private or job.deleted_at or job.batch or job.parent_id for job in jobs)
    assert (jobs[0].video, jobs[0].recipe) == ("video_1.mp4", {"made_with": {"app": "0.1.0"}})
    assert (jobs[1].error_code, dict(jobs[1].error_values)) == ("disk_full", {"path": "outputs"})
    assert jobs[0].notices[0].values == {"background": "white"}


def test_the_queue_of_version_1_goes_on_in_its_order_and_can_be_rearranged(opened: Database) -> None:
    jobs, order = JobTable(opened), QueueOrder(opened, JobTable(opened))
    assert [job.id for job in order.line()] == ["job4", "job5", "job6"]
    order.move_first("job6")
    assert [job.id for job in jobs.recover(3000.0)] == ["job4"]
    assert [claimed.id for _ in range(3) if (claimed := jobs.claim(3000.0))] == ["job4", "job6", "job5"]


def test_the_history_of_version_1_is_found_starred_and_deleted(opened: Database) -> None:
    history = HistoryTable(opened)
    assert [job.id for job in history.find(Wanted(words=("LAKE",)), 9)] == [f"job{n}" for n in (6, 5, 4, 3, 2, 1)]
    assert history.star("job1", starred=True).starred
    assert history.mark_deleted("job1", 5.0).deleted_at == 5.0
    assert [job.id for job in history.deleted()] == ["job1"]
    assert history.bring_back("job1", "video_1.mp4").deleted_at is None


def test_the_file_is_copied_before_it_is_changed(opened: Database, first_version: Path) -> None:
    with sqlite3.connect(first_version.with_name("jobs.sqlite.before-v2")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone()[0] == 1
        assert copy.execute("SELECT count(*) FROM jobs").fetchone()[0] == len(STATUSES)
    copy.close()
    with opened.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


def test_a_migration_that_is_cut_short_leaves_the_earlier_version(
    first_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_short = (MIGRATIONS[0], (*MIGRATIONS[1][:-1], "INSERT INTO nowhere VALUES (1)"))
    with monkeypatch.context() as patched:
        patched.setattr(database_module, "MIGRATIONS", cut_short)
        with pytest.raises(FolderUnusable, match="nowhere"):
            Database(first_version)
    whole = Database(first_version)
    assert JobTable(whole).get("job6").turn == 6
    whole.close()


def test_what_is_asked_all_the_time_reads_no_more_rows_than_it_gives(opened: Database) -> None:
    """The newest finished jobs at each estimate, the deleted ones twice a minute."""
    asked: list[str] = []
    with opened.reading() as db:
        db.set_trace_callback(asked.append)
        JobTable(opened).latest(200, statuses=("done",))
        HistoryTable(opened).deleted()
        db.set_trace_callback(None)
        plans = [" ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")) for query in asked]
    assert len(plans) == 2
    assert all("USING INDEX" in plan and "TEMP B-TREE" not in plan for plan in plans), plans


def test_clips_of_version_2_are_drafts_refined_or_final_by_their_parents(
    first_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(database_module, "MIGRATIONS", MIGRATIONS[:2])
        second = Database(first_version)
    with second.transaction() as db:
        for number, parent, width in ((1, None, 512), (2, "job1", 512), (3, "job1", 768), (4, "gone", 768)):
            query = "UPDATE jobs SET parent_id = ?, options = ? WHERE id = ?"
            db.execute(query, (parent, json.dumps({"width": width}), f"job{number}"))
    second.close()
    third = Database(first_version)
    assert [JobTable(third).get(f"job{number}").phase for number in (1, 2, 3, 4)] == [
        "draft",
        "refine",
        "final",
        "refine",
    ]
    third.close()
