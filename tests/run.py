"""Runs everything that must pass: lint, format, types, tests.

    python tests/run.py [fast|all] [arguments of pytest]

`fast`, which is what runs unless told otherwise, leaves out what takes minutes or needs wine, a fresh Debian root or
nginx; `all` runs that too. What the system must have for it (a browser, wine) is installed where that is allowed. What
could not run on this machine is named above pytest's closing line: this file is also the pytest plugin that keeps that
list.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHINESE_FONTS = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
# Most tests wait for servers and browsers. Each file stays in one process, so that what its tests share is made once.
SIDE_BY_SIDE = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")
ALONE = ("pytest", "--last-failed", "--last-failed-no-failures", "none")
TESTS_FAILED = 1
# Several processes that each take all cores for their sums only stand in each other's way.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
# Marker → what such a test needs; `fast` leaves them out.
LEFT_OUT = {
    "long": "minutes",
    "wine": "wine and mingw",
    "debootstrap": "root and a fresh Debian",
    "proxies": "nginx and caddy",
}
not_run: Counter[str] = Counter()


class Step(NamedTuple):
    """One check with its result."""

    name: str
    seconds: float
    code: int


# --- What the system must have ----------------------------------------------------------------------------------------


def debian_packages(everything: bool) -> list[str]:
    """The Debian packages that are missing for the tests."""
    missing = []
    if not any(shutil.which(browser) for browser in BROWSERS):
        missing.append("chromium")
    if not CHINESE_FONTS.exists():
        missing.append("fonts-noto-cjk")
    if everything:
        tools = {
            "wine": "wine",
            "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
            "debootstrap": "debootstrap",
            "systemd-analyze": "systemd",
            "nginx": "nginx-light",
            "caddy": "caddy",
            "openssl": "openssl",
        }
        missing += [package for tool, package in tools.items() if not shutil.which(tool)]
    return missing


def is_debian() -> bool:
    """Whether this is Debian: Ubuntu's chromium package is only a pointer to a snap."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def prepare_system(everything: bool) -> None:
    """Installs what is missing: Debian's packages as root, else Playwright's own browser. A failure is not fatal."""
    if is_debian() and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = debian_packages(everything)
        commands = [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]]
        commands = commands if packages else []
    elif any(shutil.which(browser) for browser in BROWSERS):
        commands = []
    else:
        packages = ["Playwright's Chromium"]
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if not commands:
        return
    print(f"installing for the tests: {', '.join(packages)}", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip().splitlines()[-3:]
            print(f"  {' '.join(command)} failed: {' | '.join(said)}", flush=True)


# --- pytest plugin ----------------------------------------------------------------------------------------------------


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Counts the tests that `fast` leaves out, by what they need."""
    for item in items:
        marker = next((name for name in LEFT_OUT if item.get_closest_marker(name)), None)
        if marker:
            not_run[f"marked {marker}, need {LEFT_OUT[marker]}: start_app.sh --test all"] += 1


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Counts skipped tests by their reason."""
    if report.skipped and isinstance(report.longrepr, tuple) and not hasattr(report, "wasxfail"):
        not_run[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Counts skipped files by their reason."""
    if report.skipped and isinstance(report.longrepr, tuple):
        not_run[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a process that pytest-xdist has started: hands over what was left out here, where tests are collected."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = dict(not_run)


def pytest_testnodedown(node: Any) -> None:
    """In the process that started them: all have collected the same, and the reports of tests came by themselves."""
    for reason, count in getattr(node, "workeroutput", {}).get("not_run", {}).items():
        not_run[reason] = max(not_run[reason], count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what did not run."""
    terminalreporter.section("not run on this machine")
    for reason, count in sorted(not_run.items()):
        terminalreporter.write_line(f"{count:4} × {reason}")
    if not not_run:
        terminalreporter.write_line("nothing: all tests ran")


# --- The steps --------------------------------------------------------------------------------------------------------


def commands(everything: bool, pytest_arguments: Sequence[str]) -> dict[str, list[str]]:
    """Name → arguments of each step, to be run with `python -m`."""
    selection = "" if everything else " and ".join(f"not {marker}" for marker in LEFT_OUT)
    return {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": ["pytest", "-p", "tests.run", *SIDE_BY_SIDE, "-m", selection, *pytest_arguments],
    }


def run_step(name: str, arguments: Sequence[str]) -> Step:
    """Runs one step with its output on the console."""
    print(f"\n--- {name}", flush=True)
    started = time.monotonic()
    environ = {**os.environ, **ONE_THREAD}
    code = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=environ, check=False).returncode
    return Step(name, time.monotonic() - started, code)


def main(arguments: Sequence[str]) -> int:
    """Runs all steps, whatever becomes of the first ones, and returns 1 if any failed."""
    everything = arguments[:1] == ["all"]
    rest = arguments[1:] if arguments[:1] in (["all"], ["fast"]) else arguments
    prepare_system(everything)
    steps = [run_step(name, command) for name, command in commands(everything, rest).items()]
    if steps[-1].code == TESTS_FAILED:
        # Side by side they share the cores with each other's browsers. What fails alone as well is a fault; the rest is
        # named in both reports.
        selection = commands(everything, ())["pytest"][-1]
        steps.append(run_step("pytest alone", [*ALONE, "-m", selection]))
    print()
    for step in steps:
        print(f"{step.name:<12} {step.seconds:6.1f} s  {'ok' if step.code == 0 else f'FAILED (exit code {step.code})'}")
    decisive = [step for step in steps if step.name != "pytest" or steps[-1] is step]
    return 1 if any(step.code for step in decisive) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
