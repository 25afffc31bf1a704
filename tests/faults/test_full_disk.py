"""A disk that is full, for real: a small file system in memory, filled to the brim."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.media.video import probe_mp4
from tests.serving import Server

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux may mount a small disk"
)

LONG = {"prompt": "zoom in", "engine": "camera", "width": 1280, "height": 1280, "num_frames": 32}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Six megabytes for outputs, queue and temporary files."""
    folder = tmp_path / "outputs"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, leave_bytes: int = 0) -> Path:
    """Takes all the room there is, but so much."""
    path = folder / "fill"
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise
        file.truncate(max(0, file.tell() - leave_bytes))
    return path


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_job_waits_for_room_and_the_queue_goes_on(tmp_path: Path, small: Path, picture: bytes) -> None:
    server = Server(tmp_path).start()

    def view(job: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = server.get(f"/api/v1/jobs/{job['id']}")
        return told

    first = server.submit(picture, LONG)
    wait_until(lambda: (view(first)["progress"] or {}).get("step", 0) >= 2)
    filler = fill(small)
    wait_until(lambda: (view(first)["progress"] or {}).get("blocked_by"))
    assert view(first)["progress"]["blocked_by"]["code"] == "disk_full"
    assert list(small.glob("*.mp4")) == []
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.submit(picture, {"prompt": "pan left", "engine": "camera", "num_frames": 4})
    assert refused.value.code == 507
    assert b"disk_full" in refused.value.read()
    refused.value.close()
    assert server.get("/health") == {"status": "ok"}
    filler.unlink()
    done = server.wait_for(first["id"])
    assert (done["status"], done["error"]) == ("done", None)
    assert probe_mp4(small / done["video"]).num_frames == 32
    second = server.submit(picture, {"prompt": "pan left", "engine": "camera", "num_frames": 4})
    assert server.wait_for(second["id"])["status"] == "done"
    server.stop()


def test_a_start_without_room_keeps_the_history(tmp_path: Path, small: Path, picture: bytes) -> None:
    server = Server(tmp_path).start()
    job = server.submit(picture, {"prompt": "pan left", "engine": "camera", "num_frames": 4})
    assert server.wait_for(job["id"])["status"] == "done"
    server.stop()
    filler = fill(small, leave_bytes=8192)
    environment = {**os.environ, "I2V_NO_BROWSER": "1", "I2V_INPUT_DIR": str(tmp_path / "inputs"), "I2V_LANGUAGE": "en"}
    for _ in range(2):
        command = [sys.executable, "main.py", "--port", str(server.port), "--output_dir", str(small)]
        start = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        try:
            _, told = start.communicate(timeout=5)
            # Where even the queue does not open, the folder and the reason are named.
            assert start.returncode == 2
            assert str(small) in told
            assert "[folder_unusable]" in told
            assert "Traceback" not in told
        except subprocess.TimeoutExpired:
            start.terminate()
            start.communicate(timeout=20)
    assert list((small / ".i2v").glob("*corrupt*")) == []
    filler.unlink()
    server.start()
    assert [one["id"] for one in server.jobs()] == [job["id"]]
    server.stop()
