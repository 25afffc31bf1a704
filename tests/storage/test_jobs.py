"""The jobs table, on real SQLite files."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.domain.job import Job
from i2v.domain.notices import Notice
from i2v.errors import DatabaseNewer, JobUnknown
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable
from i2v.storage.migrations import MIGRATIONS


def a_job(name: str, **changes: object) -> Job:
    job = Job(
        id=name,
        status="queued",
        engine="camera",
        engine_asked="auto",
        options={"prompt": "推近 🎥", "seed": 2**32 - 1},
        picture_sha256="0" * 64,
        place=0,
        created_at=1000.0,
        notices=(Notice("picture_alpha", {"colour": "white"}),),
    )
    return replace(job, **changes)  # type: ignore[arg-type]


def test_a_job_comes_back_as_it_went_in(jobs: JobTable) -> None:
    added = jobs.add(a_job("a", idempotency_key="key"))
    assert jobs.get("a") == added == replace(a_job("a", idempotency_key="key"), place=added.place, turn=added.place)
    assert jobs.by_key("key") == added
    assert jobs.by_key("other") is None


def test_an_unknown_job_is_named(jobs: JobTable) -> None:
    with pytest.raises(JobUnknown, match="nobody"):
        jobs.get("nobody")


def test_jobs_are_claimed_in_their_order_and_once(jobs: JobTable) -> None:
    for name in "abc":
        jobs.add(a_job(name))
    claimed = [jobs.claim(now) for now in (1.0, 2.0, 3.0, 4.0)]
    assert [job and job.id for job in claimed] == ["a", "b", "c", None]
    assert claimed[0] is not None
    assert (claimed[0].status, claimed[0].started_at) == ("running", 1.0)


def test_many_threads_never_claim_one_job_twice(jobs: JobTable) -> None:
    for number in range(200):
        jobs.add(a_job(str(number)))
    claimed: list[str] = []

    def work() -> None:
        while job := jobs.claim(1.0):
            claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed, key=int) == [str(number) for number in range(200)]


def test_a_requeued_job_keeps_its_place_and_counts_its_crashes(jobs: JobTable) -> None:
    jobs.add(a_job("a"))
    jobs.add(a_job("b"))
    jobs.claim(1.0)
    assert jobs.requeue("a", crashed=True).attempts == 1
    assert jobs.requeue("b", crashed=True).status == "queued"
    again = jobs.claim(2.0)
    assert again is not None
    assert (again.id, again.attempts, again.started_at) == ("a", 1, 1.0)


def test_at_start_running_jobs_wait_again_and_cancelled_ones_do_not(jobs: JobTable) -> None:
    for name in "abc":
        jobs.add(a_job(name))
    jobs.claim(1.0)
    jobs.claim(1.0)
    jobs.request_cancel("b", 2.0)
    assert [job.id for job in jobs.recover(3.0)] == ["a"]
    assert [jobs.get(name).status for name in "abc"] == ["queued", "cancelled", "queued"]


def test_cancelling_stops_a_waiting_job_at_once_and_leaves_a_finished_one_alone(jobs: JobTable) -> None:
    for name in "ab":
        jobs.add(a_job(name))
    jobs.claim(1.0)
    jobs.finish_done("a", "video.mp4", {"seconds": 1.5, "recipe": {"x": 1}, "finished_at": 3.0})
    assert jobs.request_cancel("a", 4.0).status == "done"
    assert jobs.request_cancel("b", 4.0).status == "cancelled"
    done = jobs.get("a")
    assert (done.video, done.seconds, done.recipe, done.finished_at) == ("video.mp4", 1.5, {"x": 1}, 3.0)


def test_a_job_that_is_over_cannot_be_finished_again(jobs: JobTable) -> None:
    jobs.add(a_job("a"))
    jobs.claim(1.0)
    jobs.finish_cancelled("a", 2.0)
    assert jobs.finish_done("a", "video.mp4", {"seconds": 1.0}).status == "cancelled"
    assert jobs.finish_failed("a", "internal", {}, 3.0).status == "cancelled"


def test_a_notice_is_kept_once(jobs: JobTable) -> None:
    jobs.add(a_job("a", notices=()))
    for _ in range(2):
        jobs.add_notice("a", Notice("prompt_cut", {"count": 3}))
    assert jobs.get("a").notices == (Notice("prompt_cut", {"count": 3}),)


def test_one_key_makes_one_row(jobs: JobTable) -> None:
    jobs.add(a_job("a", idempotency_key="key"))
    with pytest.raises(sqlite3.IntegrityError):
        jobs.add(a_job("b", idempotency_key="key"))


def test_a_damaged_database_is_set_aside_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(b"this is no database, it only has its name" * 100)
    opened = Database(path)
    assert JobTable(opened).line() == []
    opened.close()
    (aside,) = tmp_path.glob("jobs.sqlite.corrupt-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_a_database_of_a_later_version_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(DatabaseNewer) as refused:
        Database(path)
    assert refused.value.values["found"] == 99
    assert list(tmp_path.glob("*corrupt*")) == []


def test_a_fresh_database_is_of_todays_version_and_safe_against_power_cuts(database: Database) -> None:
    with database.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_failed_transaction_leaves_nothing(database: Database, jobs: JobTable) -> None:
    jobs.add(a_job("a"))

    def spoil() -> None:
        with database.transaction() as db:
            db.execute("DELETE FROM jobs")
            raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        spoil()
    assert jobs.get("a").id == "a"
