"""`python main.py help`: from a code or a pasted message to what to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from i2v.cli import main
from i2v.settings import PROJECT
from i2v.text.help import help_codes, help_page


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "en")


def test_a_pasted_message_leads_to_what_to_do() -> None:
    command = [sys.executable, "main.py", "help", "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB"]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, "I2V_LANGUAGE": "en"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The graphics card's memory ran out  [out_of_gpu_memory]\n")
    assert "\n1. Choose a smaller size first" in done.stdout


def test_every_code_is_told_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language in ("en", "zh-CN"):
        monkeypatch.setenv("I2V_LANGUAGE", language)
        for code in (code for codes in help_codes().values() for code in codes):
            assert main(["help", code]) == 0
            told = capsys.readouterr().out
            page = help_page(code, language)
            assert told.startswith(f"{page.title}  [{code}]")
            assert "".join(page.steps[-1].split()) in "".join(told.split())


def test_words_may_come_without_quotes_and_other_pages_that_fit_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "CUDA", "error:", "no", "kernel", "image", "--is", "-available"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("The wanted device is not available")
    assert "gpu_fault" in told


def test_without_words_every_code_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {code} " in told for codes in help_codes().values() for code in codes)


def test_a_message_nobody_knows_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "xyzzy"]) == 1
    assert "Nothing here knows this message" in capsys.readouterr().err


def test_an_error_of_a_command_names_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bogus"]) == 2
    assert capsys.readouterr().err.endswith("[command_unknown]  More: python main.py help command_unknown\n")
