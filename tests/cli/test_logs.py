"""`python main.py logs`, as typed in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from i2v.cli import main
from i2v.settings import PROJECT


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs"
    monkeypatch.setenv("I2V_LOGS_DIR", str(folder))
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    return folder


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_the_newest_run_is_printed_as_far_back_as_was_asked(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(logs / "app_20260101_000000.log", "old")
    write(logs / "app_20260102_000000.log", *(f"line {number}" for number in range(100)))
    write(logs / "app_20260102_000000_002.log", "line 100", "雨 🎥")
    write(logs / "app_notes.txt", "not mine")
    assert main(["logs"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [*(f"line {number}" for number in range(62, 101)), "雨 🎥"]
    assert err == f"log: {logs / 'app_20260102_000000_002.log'}\n"
    assert main(["logs", "-n", "0"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["logs", "-n", "1000"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 102
    assert main(["logs", "-n", "-1"]) == 2
    assert "lines is -1" in capsys.readouterr().err


def test_where_there_is_no_log_yet_a_sentence_says_so(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"No log yet: {logs} holds none. The app writes one when it is started.\n")


@pytest.fixture
def following(logs: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Callable[[str], None]]]:
    """`logs -f` in a process of its own, and a wait until it has printed something."""
    out = tmp_path / "out.txt"
    command = [sys.executable, str(PROJECT / "main.py"), "logs", "-f", "-n", "1"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with (
        out.open("w") as file,
        (tmp_path / "err.txt").open("w") as errors,
        subprocess.Popen(command, stdout=file, stderr=errors, text=True, env=environment) as process,
    ):

        def wait_for(words: str) -> None:
            deadline = time.monotonic() + 20
            while words not in out.read_text("utf-8") + (tmp_path / "err.txt").read_text("utf-8"):
                assert time.monotonic() < deadline, out.read_text("utf-8")
                assert process.poll() is None
                time.sleep(0.02)

        yield process, wait_for
        process.kill()


def test_following_goes_on_over_parts_and_new_starts_and_ctrl_c_ends_it_quietly(
    logs: Path, following: tuple[subprocess.Popen[str], Callable[[str], None]], tmp_path: Path
) -> None:
    process, wait_for = following
    wait_for("No log yet")
    write(logs / "app_20260101_000000.log", "first")
    wait_for("first")
    write(logs / "app_20260101_000000_002.log", "second part")
    wait_for("second part")
    write(logs / "app_20260102_000000.log", "another start")
    wait_for("another start")
    write(logs / "app_20260101_000000_002.log", "the older one still speaks")
    wait_for("still speaks")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    said = ["first", "second part", "another start", "the older one still speaks"]
    assert (tmp_path / "out.txt").read_text().splitlines() == said
    assert "Traceback" not in (tmp_path / "err.txt").read_text()


def test_whoever_has_read_enough_may_go(logs: Path) -> None:
    write(logs / "app_20260101_000000.log", *("x" * 1000 for _ in range(5000)))
    command = f'"{sys.executable}" "{PROJECT / "main.py"}" logs -n 5000 | head -n 1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == "x" * 1000 + "\n"
    assert len(done.stderr.splitlines()) == 1
