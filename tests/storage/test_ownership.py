"""One owner per folder, across real processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from i2v.errors import FolderOwned
from i2v.storage.ownership import Ownership, read_owner

HOLD = """
import sys, pathlib
from i2v.storage.ownership import Ownership
owner = Ownership(pathlib.Path(sys.argv[1])); owner.announce("http://localhost:1234"); print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_is_told_where_the_first_is_and_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    state = tmp_path / "outputs" / ".i2v"
    state.mkdir(parents=True)
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(FolderOwned) as refused:
            Ownership(state)
        assert refused.value.values == {"path": str(state.parent), "pid": first.pid, "url": "http://localhost:1234"}
        first.send_signal(signal.SIGKILL)
        first.wait()
    taken = Ownership(state)
    assert read_owner(state) == {}
    taken.announce("http://localhost:7860")
    assert read_owner(state)["url"] == "http://localhost:7860"
    taken.release()
    assert read_owner(state) == {}
