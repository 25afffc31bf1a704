"""`kill -9` at random moments costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import run_kills


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_random_kills_of_server_and_worker_lose_nothing(tmp_path: Path, kills: int) -> None:
    losses = run_kills(tmp_path, kills)
    assert losses.is_clean, losses
    assert losses.accepted > 0
