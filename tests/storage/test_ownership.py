"""One owner per folder, across real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from i2v.errors import FolderBusy, FolderOwned
from i2v.storage import ownership
from i2v.storage.ownership import Ownership, ask_to_end, read_owner

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


def test_an_owner_that_has_not_said_yet_where_it_answers_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "NOTE_SECONDS", 60.0)
    first = Ownership(tmp_path)
    threading.Timer(0.1, first.announce, ["http://localhost:1234"]).start()
    with pytest.raises(FolderOwned) as refused:
        Ownership(tmp_path)
    assert refused.value.values["url"] == "http://localhost:1234"
    first.release()


def test_an_owner_that_ends_meanwhile_leaves_the_folder_to_the_one_who_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Ownership(tmp_path)

    def end_without_a_word(state_dir: Path) -> dict[str, object]:
        first.release()
        return {}

    monkeypatch.setattr(ownership, "read_owner", end_without_a_word)
    Ownership(tmp_path).release()


def test_an_owner_that_answers_nowhere_is_named_by_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "NOTE_SECONDS", 0.1)
    first = Ownership(tmp_path)
    with pytest.raises(FolderBusy) as refused:
        Ownership(tmp_path)
    assert refused.value.values == {"path": str(tmp_path.parent), "pid": "?"}
    first.announce(None)
    with pytest.raises(FolderBusy) as refused:
        Ownership(tmp_path)
    assert refused.value.values["pid"] == os.getpid()
    first.release()


def test_an_owner_is_asked_to_end_by_its_number_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "GLANCE_SECONDS", 0.01)
    owner = Ownership(tmp_path)
    ended = threading.Thread(target=owner.wait_for_end_request)
    ended.start()
    for other in (os.getpid() + 1, 0):
        ask_to_end(tmp_path, other)
        ended.join(0.1)
        assert ended.is_alive()
    ask_to_end(tmp_path, os.getpid())
    ended.join(10)
    assert not ended.is_alive()
    assert not (tmp_path / "end").exists()
    owner.release()
