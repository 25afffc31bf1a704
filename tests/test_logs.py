"""The log is for people: readable, bounded, without secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from i2v.logs import start_log


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_tokens_are_blanked_and_nobody_forges_a_line(tmp_path: Path) -> None:
    path = start_log(tmp_path)
    assert path is not None
    logging.getLogger("i2v.test").info("got %s and %s\n2026 ERROR forged", "hf_abcdefghij", "Bearer abc.def-ghi")
    text = path.read_text("utf-8")
    assert "abcdefghij" not in text
    assert "abc.def" not in text
    assert "\n    2026 ERROR forged" in text
    assert text.startswith("20")


def test_the_newest_ten_files_are_kept(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"app_20200101_0000{number:02}.log").write_text("old")
    path = start_log(tmp_path)
    kept = sorted(tmp_path.glob("app_*.log"))
    assert len(kept) == 10
    assert path in kept
    assert kept[0].name == "app_20200101_000021.log"


def test_a_folder_that_takes_no_log_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file stands here")
    assert start_log(tmp_path / "logs") is None
    assert "no log file" in capsys.readouterr().err
