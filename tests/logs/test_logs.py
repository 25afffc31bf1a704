"""The log is for people: readable, bounded, without secrets."""

from __future__ import annotations

import errno
import io
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from i2v.logs import current_run, files, start_log
from i2v.logs.files import RunLog, log_files

log = logging.getLogger("i2v.test")


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """No log of another test, whose command ran in this process, and none for the next."""
    root = logging.getLogger()
    level = root.level
    strangers = [handler for handler in root.handlers if type(handler) in (RunLog, logging.StreamHandler)]
    for handler in strangers:
        root.removeHandler(handler)
    before = set(root.handlers)
    yield
    for handler in set(root.handlers) - before:
        root.removeHandler(handler)
        handler.close()
    for handler in strangers:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    started = start_log(tmp_path, ["own-access-token"])
    assert started is not None
    return started


def test_an_entry_tells_time_level_and_what_in_words(path: Path) -> None:
    log.info("job %s: begins (%s)", "5f", "camera")
    log.critical("the end")
    logging.getLogger("somebody.else").warning("hm")
    lines = path.read_text("utf-8").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines)
    told = [line[20:] for line in lines]
    assert told == ["info    job 5f: begins (camera)", "error   the end", "warning somebody.else: hm"]


def test_tokens_are_blanked_and_nobody_forges_a_line(path: Path) -> None:
    log.info("got %s and %s\n2026 ERROR forged", "hf_abcdefghij", "Bearer abc.def-ghi")
    log.info("own-access-token\r2026 forged\x1b[2K\x1b]0;title\x07\u2028\x85forged")
    text = path.read_text("utf-8")
    assert "abcdefghij" not in text
    assert "abc.def" not in text
    assert "own-access" not in text
    assert "\n    2026 ERROR forged" in text
    assert "\x1b" not in text
    assert all(line.startswith(("20", "    ")) for line in text.splitlines())


def test_values_of_secret_variables_and_traces_of_exceptions_are_blanked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "swordfish-1")
    monkeypatch.setenv("SOME_API_KEY", "swordfish-1234")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "swordfish-free")
    path = start_log(tmp_path)
    assert path is not None
    try:
        try:
            raise ValueError("swordfish-1234")
        except ValueError as cause:
            raise RuntimeError("asked https://hub/x?token=abcdef") from cause
    except RuntimeError:
        log.exception("no luck with %s", "swordfish-1")
    text = path.read_text("utf-8")
    assert "Traceback" in text
    assert 'raise ValueError("…")' in text
    assert "https://hub/x?token=…" in text
    assert "swordfish" not in text
    log.info("swordfish-free")
    assert "swordfish-free" in path.read_text("utf-8")


def test_long_lines_and_entries_keep_their_ends_and_no_half_token(path: Path) -> None:
    log.info("begin %s end", "x" * 10_000)
    log.info("begin\n%s\nend", "\n".join(f"line {number} " + "y" * 1000 for number in range(1000)))
    for shift in range(0, 60, 7):
        log.info("%s", "z" * shift + " own-access-token" * 20_000)
    text = path.read_text("utf-8")
    first, *_ = text.splitlines()
    assert len(first) < 2100
    assert "begin xxx" in first
    assert first.endswith("xxx end")
    assert " characters … " in first
    assert "\n    end\n" in text
    assert len(text) < 12 * 16_500
    assert "own" not in text
    assert "token" not in text


def test_a_run_with_much_to_say_goes_on_in_another_file_and_the_oldest_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES", 1000)
    for number in range(30):
        (tmp_path / f"app_20200101_0000{number:02}.log").write_text("old")
    path = start_log(tmp_path)
    assert path is not None
    assert len(log_files(tmp_path)) == 10

    def talk(name: int) -> None:
        for number in range(40):
            log.info("thread %d says %03d", name, number)

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = log_files(tmp_path)
    run = current_run()
    assert len(kept) == 10
    assert path == tmp_path / f"app_{run}.log"
    assert [file.name for file in log_files(tmp_path, run)][-1] == f"app_{run}_00{len(log_files(tmp_path, run))}.log"
    lines = [line for file in log_files(tmp_path, run) for line in file.read_text().splitlines()]
    assert sorted(line[28:] for line in lines) == sorted(
        f"thread {name} says {number:03}" for name in range(4) for number in range(40)
    )


def test_parts_beyond_the_kept_ones_are_removed_even_of_this_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES", 100)
    start_log(tmp_path)
    for number in range(50):
        log.info("%0100d", number)
    kept = log_files(tmp_path)
    assert len(kept) == 10
    assert kept[-1].name.endswith("_050.log")
    assert sum(file.stat().st_size for file in kept) < 10 * 250


def test_a_folder_that_takes_no_log_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file stands here")
    assert start_log(tmp_path / "logs") is None
    assert current_run() is None
    assert "no log file" in capsys.readouterr().err
    log.warning("hf_abcdefghij")
    assert "abcdefghij" not in capsys.readouterr().err


def test_a_log_that_cannot_be_written_any_more_says_nothing_on_the_console(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (handler,) = (one for one in logging.getLogger().handlers if isinstance(one, files.RunLog))
    assert handler.stream is not None
    handler.stream.close()
    handler.stream = FullDisk()  # type: ignore[assignment]
    log.info("lost")
    assert capsys.readouterr().err == ""


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")
