from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from i2v.storage.database import Database
from i2v.storage.jobs import JobTable


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "jobs.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def jobs(database: Database) -> JobTable:
    return JobTable(database)
