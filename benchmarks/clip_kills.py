"""Kills the worker of I2VGen-XL's jobs at random moments, with the tests' model, and compares what comes out.

The worker is the real process behind its real pipe; what it told as checkpoint goes to the next one, as a server does
it.
"""

from __future__ import annotations

import collections
import itertools
import queue
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from i2v.dispatch.local import LocalWorker
from i2v.domain.events import Assignment, Checkpoint, Event, Failed, Finished, Loading, Measured, Step
from i2v.engines.i2vgen_xl.spec import NAME, I2VGenXLOptions, Sampler

_GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
_WORKER = [sys.executable, "-W", "ignore", "-m", "benchmarks.saving_worker"]
STEPS = 12
_SPARED = {"guidance_start": 0.2, "guidance_end": 0.8, "deep_cache_interval": 2}
_CLIP = {"prompt": "waves", "width": 64, "height": 64, "num_frames": 8, "num_inference_steps": STEPS, "seed": 5}


@dataclass
class Outcome:
    """What so many kills have cost; `differing` and `failed` should be empty.

    Attributes:
        kills: by the stage that the job was in.
        resumed: kills after which a checkpoint was at hand.
        clips: that were finished, each compared with one that nobody disturbed.
        differing: clips whose frames are not the same to the last bit.
        failed: jobs that ended with an error.
    """

    kills: dict[str, int] = field(default_factory=dict)
    resumed: int = 0
    clips: int = 0
    differing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not (self.differing or self.failed)


@dataclass
class _Attempt:
    """One worker's work on a job; `frames_sha256` is empty where it did not come to the end."""

    checkpoint: bytes
    stage: str = "starting"
    frames_sha256: str = ""
    error: str = ""
    seconds: float = 0.0

    def hear(self, event: Event | None) -> bool:
        """Whether that was the last event."""
        match event:
            case Loading(stage):
                self.stage = stage
            case Step(index):
                self.stage = "decoding" if index == STEPS else "generating"
            case Checkpoint(data):
                self.checkpoint = data
            case Measured(values):
                self.frames_sha256 = values["recipe"]["frames_sha256"]
            case Failed(code):
                self.error = code
            case None:
                self.error = "the worker ended by itself"
        return event is None or isinstance(event, (Finished, Failed))


def run_clip_kills(kills: int, seed: int = 1) -> Outcome:
    """Kills so many workers, each at a moment that dice choose within the time that a whole clip takes."""
    dice, outcome, began = random.Random(seed), Outcome(), time.monotonic()
    counted: collections.Counter[str] = collections.Counter()
    wishes = [{**_CLIP, "sampler": name, **more} for more in ({}, _SPARED) for name in get_args(Sampler)]
    with tempfile.TemporaryDirectory() as folder:
        undisturbed = [_attempt(wish, b"", Path(folder)) for wish in wishes]
        for wish, whole in itertools.cycle(zip(wishes, undisturbed, strict=True)):
            attempt = _Attempt(b"")
            while not attempt.frames_sha256 and not attempt.error:
                is_over = sum(counted.values()) == kills
                moment = None if is_over else dice.uniform(0, whole.seconds)
                attempt = _attempt(wish, attempt.checkpoint, Path(folder), moment)
                if not attempt.frames_sha256 and not attempt.error:
                    counted[attempt.stage] += 1
                    outcome.resumed += bool(attempt.checkpoint)
            what = " ".join(str(value) for value in wish.values())
            outcome.clips += 1
            outcome.failed += [f"{what}: {attempt.error}"] * bool(attempt.error)
            outcome.differing += [what] * (attempt.frames_sha256 != whole.frames_sha256)
            if sum(counted.values()) == kills:
                break
    outcome.kills, outcome.seconds = dict(counted), time.monotonic() - began
    return outcome


def _attempt(wish: dict[str, Any], checkpoint: bytes, folder: Path, killed_after: float | None = None) -> _Attempt:
    """One worker of its own, killed so many seconds after it got the job if it is not done by then."""
    attempt, worker = _Attempt(checkpoint), LocalWorker(folder, _WORKER)
    try:
        worker.inbox.get()  # it is ready
        began = time.monotonic()
        worker.send(_assignment(wish, checkpoint))
        while True:
            left = None if killed_after is None else began + killed_after - time.monotonic()
            try:
                is_last = attempt.hear(worker.inbox.get(timeout=None if left is None else max(left, 0)))
            except queue.Empty:
                return attempt
            if is_last:
                attempt.seconds = time.monotonic() - began
                return attempt
    finally:
        worker.end()


def _assignment(wish: dict[str, Any], checkpoint: bytes) -> Assignment:
    return Assignment(
        job_id="benchmark",
        engine=NAME,
        options=I2VGenXLOptions.model_validate(wish).model_dump(),
        picture=(_GOLDEN / "input.png").read_bytes(),
        picture_sha256="0" * 64,
        device="cpu",
        model_dir=str(_GOLDEN / "model"),
        checkpoint=checkpoint,
    )
