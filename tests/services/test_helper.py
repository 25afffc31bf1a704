"""Helper processes: given all they are to read, however late they begin, and ended when their time is over."""

from __future__ import annotations

import threading

import pytest

from i2v.services.helper import HelperFailed, ask_helper

SLOW = "tests.services.slow_helper"


def test_a_helper_that_reads_late_gets_more_than_a_pipe_holds() -> None:
    assert ask_helper(SLOW, given=b"x" * 3_000_000, seconds=60).strip() == b"3000000"


def test_a_helper_without_end_is_ended() -> None:
    with pytest.raises(HelperFailed, match=r"not done after 0\.5 s"):
        ask_helper(SLOW, "forever", given=b"x" * 3_000_000, seconds=0.5)
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(HelperFailed, match="stopped"):
        ask_helper(SLOW, "forever", given=b"", seconds=3600, is_calm=True, stopping=stopping)


def test_the_last_word_of_a_helper_that_fails_is_kept() -> None:
    with pytest.raises(HelperFailed, match="No module named"):
        ask_helper("tests.services.no_such_helper", given=b"", seconds=60)
