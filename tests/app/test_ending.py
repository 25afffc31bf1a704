"""Signals during the start: noted first, obeyed between two steps; in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")

BEGIN = """
import os, signal
from i2v.app.ending import EndingLater
ending = EndingLater()
ending.obey()
try:
    os.kill(os.getpid(), NUMBER)
    print("went on", end=" ")
    THEN
except KeyboardInterrupt:
    print("ended", end=" ")
"""


def told(number: signal.Signals, then: str) -> str:
    script = BEGIN.replace("NUMBER", str(number.value)).replace("THEN", then)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_asked_within_a_step_is_obeyed_after_it(number: signal.Signals) -> None:
    assert told(number, "pass") == "went on"
    assert told(number, "ending.obey(); print('too far')") == "went on ended"
    assert told(number, "ending.end_at_once(); print('too far')") == "went on ended"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_asks_twice_does_not_wait(number: signal.Signals) -> None:
    assert told(number, f"os.kill(os.getpid(), {number.value}); print('too far')") == "went on ended"


def test_from_the_last_step_on_it_ends_at_once() -> None:
    script = "from i2v.app.ending import EndingLater; import os; EndingLater().end_at_once(); os.kill(os.getpid(), 15)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in done.stderr


def test_what_is_ignored_stays_so() -> None:
    script = (
        "import os, signal; signal.signal(2, signal.SIG_IGN)\n"
        "from i2v.app.ending import EndingLater\n"
        "e = EndingLater(); os.kill(os.getpid(), 2); e.end_at_once(); os.kill(os.getpid(), 2); print('here')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "here\n"
