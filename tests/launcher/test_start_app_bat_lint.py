"""start_app.bat keeps to what Windows' command interpreter gets right in every folder."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.launcher.start_project import ROOT

RAW = (ROOT / "start_app.bat").read_bytes()
LINES = [line.strip() for line in RAW.decode("ascii", errors="replace").splitlines()]
CODE = [line for line in LINES if line and not line.lower().startswith(("rem ", "@echo"))]


def test_it_is_ascii() -> None:
    assert RAW.isascii()


def test_every_line_ends_in_crlf() -> None:
    assert RAW.count(b"\n") == RAW.count(b"\r\n") > 0
    assert RAW.endswith(b"\r\n")


def test_it_stays_thin() -> None:
    assert len(LINES) <= 110


def test_it_has_no_parenthesised_blocks() -> None:
    assert [line for line in CODE if not line.startswith("echo") and re.search(r"[()]", line)] == []
    assert [line for line in CODE if re.match(r"(for|else)\b", line, re.I)] == []


def test_delayed_expansion_is_off() -> None:
    assert "setlocal EnableExtensions DisableDelayedExpansion" in CODE


def test_every_variable_is_quoted() -> None:
    """Unquoted, a path with & or a space would be taken apart. Numbers and the py launcher's -3.12 may stand bare."""
    for line in CODE:
        quoted = re.sub(r'"[^"]*"', "", line)
        bare = set(re.findall(r"%(\w+)%|%~\w*\d", quoted))
        assert bare <= {"I2V_CODE", "I2V_VERSION", "I2V_TRY_VERSION"}, line
        assert line.count('"') % 2 == 0, line


def test_every_label_that_is_named_exists_and_is_used() -> None:
    labels = {line[1:].lower() for line in CODE if line.startswith(":")}
    named = {name.lower() for line in CODE for name in re.findall(r"\b(?:goto :?|call :)(\w+)", line, re.I)}
    assert labels == named


def test_programs_are_named_in_full() -> None:
    """`python` may be a shim that is a .bat, and one script that runs another without `call` never comes back."""
    named = re.findall(r'(?:^|I2V_TRY=)"?([a-z]+)"', "\n".join(CODE), re.MULTILINE)
    assert [name for name in named if not name.endswith(".exe")] == []
    assert '"python.exe" "%I2V_LAUNCHER%" --check-python 2>&1' in CODE


def test_exit_codes_are_compared_as_text() -> None:
    """`if errorlevel 1` misses the negative codes of a crash."""
    assert [line for line in CODE if re.search(r"\bif (not )?errorlevel\b", line, re.I)] == []


def test_it_never_goes_on_behind_a_failure_without_a_code() -> None:
    assert LINES[-1] == "exit /b %I2V_CODE%"
    assert CODE.index('set "I2V_CODE=1"') < CODE.index('if not exist "%I2V_LAUNCHER%" goto incomplete')


def test_a_linter_that_others_wrote_finds_no_error() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "blinter", str(ROOT / "start_app.bat"), "--no-config"]
    done = subprocess.run([*command, "--fail-on", "error"], capture_output=True, text=True, timeout=60, check=False)
    assert "start_app.bat" in done.stdout
    assert done.returncode == 0, done.stdout
