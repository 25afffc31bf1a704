"""Kills server and worker at random moments, again and again, and counts what is lost.

    python -m benchmarks.kills --kills 100
    python -m benchmarks.kills --engine i2vgen-xl --kills 50

The first has clips of the camera made and kills server and worker; the second has clips of I2VGen-XL made by the tests'
model, kills their worker in the middle of them, and compares their frames with those of clips that nobody disturbed.
"""

from __future__ import annotations

import argparse
import collections
import io
import random
import tempfile
import threading
import time
import urllib.error
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from PIL import Image

from benchmarks.clip_kills import Outcome, run_clip_kills
from i2v.errors import I2VError
from i2v.media.embed import read_recipe
from i2v.media.video import probe_mp4
from tests.serving import Server


@dataclass
class Losses:
    """What a run of kills has cost; every list should be empty."""

    kills: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.not_done or self.unreadable or self.doubled or self.orphans or self.leftovers)


class Submitter(threading.Thread):
    """Hands in job after job, as a stubborn client does: the same key again until there is an answer."""

    def __init__(self, server: Server, seed: int) -> None:
        super().__init__(daemon=True)
        self.accepted: list[str] = []
        self.ending = threading.Event()
        self._server = server
        self._random = random.Random(seed)
        buffer = io.BytesIO()
        Image.effect_noise((320, 256), 60).convert("RGB").save(buffer, "PNG")
        self._picture = buffer.getvalue()

    def run(self) -> None:
        while not self.ending.is_set():
            key = uuid.uuid4().hex
            frames = self._random.choice([4, 8, 16])
            wish = {"engine": "camera", "prompt": "zoom in", "width": 256, "height": 256, "num_frames": frames}
            while True:
                try:
                    self.accepted.append(self._server.submit(self._picture, wish, key)["id"])
                    break
                except urllib.error.HTTPError as refused:
                    refused.close()
                    time.sleep(0.2)  # the queue is full, or the server starts
                except OSError:
                    time.sleep(0.05)
            time.sleep(self._random.uniform(0, 0.3))


def run_kills(home: Path, kills: int, seed: int = 1) -> Losses:
    """Runs until so many processes have died, then lets the queue end and looks at every promise."""
    dice = random.Random(seed)
    began = time.monotonic()
    losses = Losses()
    counted: collections.Counter[str] = collections.Counter()
    server = Server(home).start()
    submitter = Submitter(server, seed)
    submitter.start()
    while sum(counted.values()) < kills:
        time.sleep(dice.uniform(0.05, 1.2))
        workers = server.workers()
        if dice.random() < 0.5 and workers:
            workers[0].kill()
            counted["worker"] += 1
        else:
            server.kill()
            counted["server"] += 1
            losses.orphans += _still_alive(workers)
            server.start(wait=dice.random() < 0.7)
    server.wait_until_ready()
    submitter.ending.set()
    submitter.join()
    losses.kills = dict(counted)
    losses.accepted = len(submitter.accepted)
    for job_id in submitter.accepted:
        try:
            server.wait_for(job_id, 300)
        except urllib.error.HTTPError as refused:
            refused.close()
            losses.lost.append(job_id)
    _look(server, submitter.accepted, losses)
    workers = server.workers()
    server.stop()
    losses.orphans += _still_alive(workers)
    losses.leftovers += [str(path) for path in home.rglob("*.part")]
    losses.leftovers += [str(path) for path in (server.outputs / ".i2v" / "checkpoints").iterdir()]
    losses.seconds = time.monotonic() - began
    return losses


def _still_alive(workers: list[psutil.Process]) -> list[int]:
    """Workers that outlive their server by more than a second. One that only waits to be buried is dead."""
    deadline = time.monotonic() + 1.0
    while (alive := [worker for worker in workers if _is_alive(worker)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return [worker.pid for worker in alive]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _look(server: Server, accepted: list[str], losses: Losses) -> None:
    jobs = server.jobs()
    counted = collections.Counter(job["id"] for job in jobs)
    losses.doubled += [job_id for job_id in accepted if counted[job_id] > 1]
    losses.not_done += [f"{job['id']}: {job['status']} {job['error']}" for job in jobs if job["status"] != "done"]
    made: collections.Counter[str] = collections.Counter()
    for path in server.outputs.glob("*.mp4"):
        recipe = read_recipe(path)
        try:
            frames = probe_mp4(path).num_frames
        except I2VError as error:
            losses.unreadable.append(f"{path.name}: {error}")
            continue
        if recipe is None or recipe.options["num_frames"] != frames:
            losses.unreadable.append(f"{path.name}: {frames} frames, recipe {recipe}")
        else:
            made[recipe.job_id] += 1
    losses.doubled += [f"{job_id}: {count} clips" for job_id, count in made.items() if count > 1]
    losses.lost += [job["id"] for job in jobs if job["status"] == "done" and not made[job["id"]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--engine", choices=["camera", "i2vgen-xl"], default="camera")
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    if parsed.engine != "camera":
        show_clip_kills(run_clip_kills(parsed.kills, parsed.seed))
        return
    with tempfile.TemporaryDirectory() as home:
        losses = run_kills(Path(home), parsed.kills, parsed.seed)
    print(f"kills              {losses.kills}")
    print(f"jobs accepted      {losses.accepted}")
    for name in ("lost", "not_done", "unreadable", "doubled", "orphans", "leftovers"):
        found = getattr(losses, name)
        print(f"{name:<18} {len(found)} {found[:3] or ''}")
    print(f"seconds            {losses.seconds:.0f}")


def show_clip_kills(outcome: Outcome) -> None:
    print(f"kills              {sum(outcome.kills.values())} {outcome.kills}")
    print(f"with a checkpoint  {outcome.resumed}")
    print(f"clips              {outcome.clips}")
    print(f"other frames       {len(outcome.differing)} {outcome.differing or ''}")
    print(f"failed             {len(outcome.failed)} {outcome.failed or ''}")
    print(f"seconds            {outcome.seconds:.0f}")


if __name__ == "__main__":
    main()
