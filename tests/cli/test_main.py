"""What every command has in common."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from i2v import __version__, cli
from i2v.cli import main
from i2v.settings import PROJECT


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


def test_a_bug_shows_a_reference_and_its_traceback_is_in_the_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def stumble(arguments: object) -> int:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr("i2v.cli.jobs.run_jobs", stumble)
    assert main(["jobs", "list"]) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "[internal]" in told
    (record,) = caplog.records
    assert record.args is not None
    assert str(record.args[0]) in told  # type: ignore[index]
    assert "nobody foresaw this" in caplog.text


@pytest.mark.parametrize("arguments", [[], ["models", "list"], ["help", "queue_full"], ["--show-config"]])
def test_a_python_without_the_packages_is_told_which_one_has_them(arguments: list[str]) -> None:
    """`-S` hides them, as they are hidden from the system's own Python."""
    command = [sys.executable, "-S", str(PROJECT / "main.py"), *arguments]
    environ = {**os.environ, "I2V_LANGUAGE": "en", "I2V_LAUNCHED": ""}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    first, *_, last = done.stderr.splitlines()
    assert re.search("lacks what the app needs: (torch|No module named '[a-z])", first)
    assert last.startswith("[environment_incomplete]  .venv")


def test_whoever_has_read_enough_of_a_command_may_go() -> None:
    """Small answers too: what is left in the buffer is written only at the end."""
    for command in ("help", "--show-config"):
        line = f'"{sys.executable}" "{PROJECT / "main.py"}" {command} | true; echo "${{PIPESTATUS[0]}}"'
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("0\n", "")


def test_help_without_a_command_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert f"\n  {command} " in told


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(("language", "word"), [("en", "no command"), ("zh-CN", "命令")])
def test_an_unknown_command_is_told_with_those_there_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", language)
    assert main(["bogus"]) == 2
    told = capsys.readouterr().err
    assert word in told
    assert "bogus" in told
    assert ", ".join(cli.COMMANDS) in told
    assert "[command_unknown]" in told


def test_every_command_helps(capsys: pytest.CaptureFixture[str]) -> None:
    for command in set(cli.COMMANDS) - {"bench"}:  # that one hands over to another process
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert command == "serve" or command in capsys.readouterr().out
