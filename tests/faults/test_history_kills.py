"""`kill -9` while clips are deleted, brought back and read in anew: none is lost, none is doubled."""

from __future__ import annotations

import random
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.history import fill_folder
from i2v.media.embed import read_recipe
from tests.serving import Server

CLIPS = 40


class Waverer(threading.Thread):
    """Deletes clips and brings them back, and remembers what was promised of each."""

    def __init__(self, server: Server, ids: list[str]) -> None:
        super().__init__(daemon=True)
        self.ending = threading.Event()
        self.is_there: dict[str, bool | None] = dict.fromkeys(ids, True)
        self.deeds = 0
        self._server = server
        self._dice = random.Random(1)

    def run(self) -> None:
        while not self.ending.is_set():
            job_id = self._dice.choice(list(self.is_there))
            deletes = self.is_there[job_id] is not False
            self.is_there[job_id] = None  # nobody knows until there is an answer
            if self._ask("DELETE" if deletes else "POST", f"/jobs/{job_id}" + ("" if deletes else "/restore")):
                self.is_there[job_id] = not deletes
                self.deeds += 1

    def _ask(self, method: str, path: str) -> bool:
        request = urllib.request.Request(f"{self._server.url}/api/v1{path}", method=method)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as refused:
            refused.close()
            return False
        except OSError:
            time.sleep(0.02)
            return False
        return True


@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_random_kills_neither_lose_nor_double_a_clip(tmp_path: Path, kills: int) -> None:
    fill_folder(tmp_path / "outputs", CLIPS)
    names = {path.name: read_recipe(path) for path in (tmp_path / "outputs").glob("*.mp4")}
    ids = {recipe.job_id: name for name, recipe in names.items() if recipe}
    assert len(ids) == CLIPS
    dice = random.Random(kills)
    server = Server(tmp_path).start()
    for _ in range(kills // 2):  # at any moment of reading the clips in
        time.sleep(dice.uniform(0, 0.1))
        server.kill()
        server.start()
    _wait_until_read(server)
    assert sorted(job["id"] for job in server.jobs()) == sorted(ids)
    waverer = Waverer(server, sorted(ids))
    waverer.start()
    for _ in range(kills):
        time.sleep(dice.uniform(0.05, 0.5))
        server.kill()
        server.start()
    waverer.ending.set()
    waverer.join()
    assert waverer.deeds > kills
    server.kill()
    server.start()
    _wait_until_read(server)
    jobs = {job["id"]: job for job in server.jobs()}
    assert len(jobs) == len(server.jobs())
    for job_id, was_promised in waverer.is_there.items():
        lies_there = (server.outputs / ids[job_id]).exists()
        lies_in_trash = (server.outputs / ".i2v" / "trash" / f"{job_id}.mp4").exists()
        assert (job_id in jobs, lies_there, lies_in_trash) in ((True, True, False), (False, False, True)), job_id
        assert was_promised in (None, job_id in jobs), job_id
        if job_id not in jobs:
            urllib.request.urlopen(
                urllib.request.Request(f"{server.url}/api/v1/jobs/{job_id}/restore", method="POST"), timeout=10
            ).close()
    assert {path.name: read_recipe(path) for path in server.outputs.glob("*.mp4")} == names
    assert not any(job["is_video_missing"] for job in server.jobs())
    server.stop()
    assert [str(path) for path in tmp_path.rglob("*.part")] == []


def _wait_until_read(server: Server) -> None:
    deadline = time.monotonic() + 30
    while server.get("/api/v1/jobs")["unread"] != 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
