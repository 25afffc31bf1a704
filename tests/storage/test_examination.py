"""A database looked at from outside, beside its owner."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from i2v.storage.database import Database
from i2v.storage.examination import Examination, examine_database, sentences_in
from i2v.storage.migrations import MIGRATIONS


def add_job(connection: sqlite3.Connection, job_id: str, options: str) -> None:
    connection.execute(
        "INSERT INTO jobs (id, status, engine, engine_asked, preset, options, picture_sha256, created_at)"
        " VALUES (?, 'done', 'camera', 'auto', 'fast', ?, 'x', 1)",
        (job_id, options),
    )


def test_a_whole_one_tells_its_jobs_while_its_owner_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    assert examine_database(path) == Examination("absent")
    database = Database(path)
    with database.transaction() as connection:
        add_job(connection, "a", '{"prompt": "zoom in", "negative_prompt": "blur"}')
        add_job(connection, "b", '{"prompt": "镜头推近"}')
    # What was just written stands in the log beside the file.
    assert examine_database(path) == Examination("good", jobs=2)
    assert sentences_in(path) == {"zoom in", "blur", "镜头推近"}
    with database.transaction() as connection:
        add_job(connection, "c", "{}")
    database.close()
    assert examine_database(path).jobs == 3


def test_a_damaged_and_a_later_one_are_told_apart_and_left_alone(tmp_path: Path) -> None:
    later, damaged = tmp_path / "later.sqlite", tmp_path / "damaged.sqlite"
    for path in (later, damaged):
        Database(path).close()
    with sqlite3.connect(later) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    damaged.write_bytes(b"no database at all")
    assert len(MIGRATIONS) < 99
    assert examine_database(later) == Examination("newer", version=99)
    assert examine_database(damaged) == Examination("damaged")
    assert sentences_in(damaged) == set()
    assert damaged.read_bytes() == b"no database at all"
