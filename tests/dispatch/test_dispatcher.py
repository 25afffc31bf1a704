"""The queue's promises, with real worker processes, real SQLite and real MP4s."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from i2v.dispatch.dispatcher import Dispatcher
from i2v.dispatch.job_files import JobFiles
from i2v.dispatch.local import LocalWorker
from i2v.dispatch.progress import ProgressBoard
from i2v.dispatch.publish import Publisher
from i2v.dispatch.run import Patience, Records
from i2v.domain.events import Assignment
from i2v.domain.job import Job
from i2v.errors import OutputUnwritable
from i2v.media.embed import read_recipe
from i2v.media.video import probe_mp4
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable

DEADLINE_SECONDS = 30.0


def wait_until(condition: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (10, 20, 30)).save(buffer, "PNG")
    return buffer.getvalue()


class Stage:
    """One data folder with a dispatcher whose workers act."""

    def __init__(self, folder: Path, patience: Patience | None = None, worker: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.outputs = folder / "outputs"
        self.outputs.mkdir(parents=True, exist_ok=True)
        self.database = Database(folder / "jobs.sqlite")
        self.jobs = JobTable(self.database)
        self.board = ProgressBoard()
        self.checkpoints = JobFiles(folder / "checkpoints", ".checkpoint")
        latents = JobFiles(folder / "latents", ".safetensors")
        self.publisher = Publisher(self.outputs)
        self.listeners: list[Callable[[str], None]] = []
        records = Records(self.jobs, self.board, self.publisher, self.checkpoints, latents, self._tell)
        self.workers: list[LocalWorker] = []
        self.worker_arguments = worker
        self.dispatcher = Dispatcher(records, self._assign, self._start_worker, patience)

    def _assign(self, job: Job) -> Assignment:
        checkpoint = self.checkpoints.load(job.id)
        return Assignment(job.id, job.engine, dict(job.options), png(), "0" * 64, checkpoint=checkpoint)

    def _tell(self, job_id: str) -> None:
        for hear in self.listeners:
            hear(job_id)

    def _start_worker(self) -> LocalWorker:
        environment_folder = self.folder
        worker = LocalWorker(environment_folder, [sys.executable, "-m", "tests.acting_worker", *self.worker_arguments])
        self.workers.append(worker)
        return worker

    def add(self, name: str, prompt: str = "", num_frames: int = 8) -> Job:
        options = {"prompt": prompt, "width": 64, "height": 64, "num_frames": num_frames, "fps": 8, "seed": 1}
        job = Job(name, "queued", "camera", "camera", options, "0" * 64, 0, time.time())
        added = self.jobs.add(job)
        self.dispatcher.wake()
        return added

    def status(self, name: str) -> str:
        return self.jobs.get(name).status

    def at_step(self, name: str, step: int) -> bool:
        progress = self.board.read(name)
        return progress is not None and progress.step >= step

    def close(self) -> None:
        self.dispatcher.stop()
        self.database.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    built = Stage(tmp_path, Patience(silent=1.0))
    built.dispatcher.start()
    yield built
    built.close()


def test_a_job_becomes_a_clip_with_its_recipe_inside(stage: Stage) -> None:
    stage.add("a")
    wait_until(lambda: stage.status("a") == "done")
    job = stage.jobs.get("a")
    assert job.video is not None
    facts = probe_mp4(stage.outputs / job.video)
    assert (facts.num_frames, facts.width, facts.height) == (8, 64, 64)
    recipe = read_recipe(stage.outputs / job.video)
    assert recipe is not None
    assert (recipe.job_id, recipe.options, recipe.to_dict()) == ("a", job.options, job.recipe)
    assert job.seconds is not None
    assert job.work_seconds is not None
    assert 0 < job.work_seconds < job.seconds + 1
    assert job.peak_memory_gb is not None
    assert 0.01 < job.peak_memory_gb < 4
    assert job.finished_at is not None
    wait_until(lambda: stage.checkpoints.load("a") == b"" and stage.board.read("a") is None)


def test_a_job_is_told_as_done_once_its_clip_and_row_are_there(stage: Stage) -> None:
    told: list[tuple[str, str, bool]] = []

    def note(job_id: str) -> None:
        job = stage.jobs.get(job_id)
        told.append((job_id, job.status, (stage.outputs / str(job.video)).is_file()))

    stage.listeners.append(note)
    stage.add("a")
    stage.add("b", "fail at 3")
    wait_until(lambda: stage.status("b") == "failed")
    assert told == [("a", "done", True)]


def test_loading_does_not_count_as_work(stage: Stage) -> None:
    stage.add("a", "load")
    wait_until(lambda: stage.status("a") == "done")
    job = stage.jobs.get("a")
    assert job.seconds is not None
    assert job.work_seconds is not None
    assert job.work_seconds < job.seconds - 0.5


def test_a_killed_worker_is_replaced_and_the_job_goes_on_from_its_checkpoint(stage: Stage) -> None:
    stage.add("a", "crash once at 5")
    wait_until(lambda: stage.status("a") == "done")
    assert stage.jobs.get("a").attempts == 1
    assert len(stage.workers) == 2
    # The second worker was given step 4 and never ran steps 1 to 4 again, else it would have crashed at 5 again.
    assert stage.workers[0].pid != stage.jobs.get("a").recipe["made_with"]["acted_by"]


def test_a_worker_killed_from_outside_costs_no_job(stage: Stage) -> None:
    stage.add("a", "slowly", num_frames=30)
    stage.add("b")
    wait_until(lambda: stage.at_step("a", 5))
    os.kill(stage.workers[-1].pid, signal.SIGKILL)
    wait_until(lambda: stage.status("a") == "done" and stage.status("b") == "done")


def test_a_job_that_crashes_its_worker_again_and_again_fails_and_the_queue_goes_on(stage: Stage) -> None:
    stage.add("poison", "crash at 1")
    stage.add("good")
    wait_until(lambda: stage.status("good") == "done")
    poison = stage.jobs.get("poison")
    assert (poison.status, poison.error_code, poison.error_values["attempts"]) == ("failed", "worker_crashed", 3)
    assert "memory" in poison.error_values["reason"]


@pytest.mark.parametrize(
    ("sentence", "code"),
    [("fail at 2", "clip_faulty"), ("stumble at 2", "engine_broken"), ("break the GPU at 2", "gpu_fault")],
)
def test_a_failed_job_says_why_and_the_next_one_runs(stage: Stage, sentence: str, code: str) -> None:
    stage.add("a", sentence)
    stage.add("b")
    wait_until(lambda: stage.status("b") == "done")
    assert (stage.status("a"), stage.jobs.get("a").error_code) == ("failed", code)


def test_a_gpu_fault_ends_its_process_each_time(stage: Stage) -> None:
    stage.add("a", "break the GPU at 2")
    wait_until(lambda: stage.status("a") == "failed")
    assert len({worker.pid for worker in stage.workers}) >= 3


def test_a_worker_that_reads_nothing_holds_up_neither_cancel_nor_queue(stage: Stage) -> None:
    """A pipe takes less than a picture, so whoever writes one to a stopped process waits."""
    stage.add("a")
    wait_until(lambda: stage.status("a") == "done")
    os.kill(stage.workers[-1].pid, signal.SIGSTOP)
    stage.add("b", "x" * 1_000_000)
    wait_until(lambda: stage.status("b") == "running")
    stage.jobs.request_cancel("b", 1.0)
    stage.dispatcher.cancel("b")
    wait_until(lambda: stage.status("b") == "cancelled", seconds=3)
    stage.add("c")
    wait_until(lambda: stage.status("c") == "done")


def test_a_hung_worker_is_ended_and_named(stage: Stage) -> None:
    stage.add("a", "hang at 2")
    stage.add("b")
    wait_until(lambda: stage.status("b") == "done")
    assert stage.jobs.get("a").error_code == "worker_silent"


def test_a_worker_that_babbles_is_ended_and_the_server_lives(stage: Stage) -> None:
    stage.add("a", "babble at 2")
    stage.add("b")
    wait_until(lambda: stage.status("b") == "done")
    assert stage.jobs.get("a").error_code == "worker_crashed"


def test_cancel_stops_a_stepping_job_within_two_seconds_and_keeps_the_worker(stage: Stage) -> None:
    stage.add("a", "slowly", num_frames=200)
    wait_until(lambda: stage.at_step("a", 2))
    began = time.monotonic()
    stage.jobs.request_cancel("a", time.time())
    stage.dispatcher.cancel("a")
    wait_until(lambda: stage.status("a") == "cancelled")
    assert time.monotonic() - began < 2.0
    stage.add("b")
    wait_until(lambda: stage.status("b") == "done")
    assert len(stage.workers) == 1
    assert list(stage.outputs.iterdir()) == [stage.outputs / str(stage.jobs.get("b").video)]


def test_cancel_stops_a_job_in_the_middle_of_a_long_step_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.dispatcher.start()
    stage.add("a", "hang at 3")
    wait_until(lambda: stage.at_step("a", 2))
    began = time.monotonic()
    stage.jobs.request_cancel("a", time.time())
    stage.dispatcher.cancel("a")
    wait_until(lambda: stage.status("a") == "cancelled")
    assert time.monotonic() - began < 2.0
    stage.close()


def test_a_stopped_server_leaves_its_job_waiting_and_the_next_one_finishes_it(tmp_path: Path) -> None:
    first = Stage(tmp_path)
    first.dispatcher.start()
    first.add("a", "slowly", num_frames=40)
    wait_until(lambda: first.at_step("a", 5))
    first.dispatcher.stop()
    assert first.status("a") == "queued"
    assert not first.workers[-1].is_alive
    assert int(first.checkpoints.load("a")) >= 5
    first.database.close()
    second = Stage(tmp_path)
    second.dispatcher.start()
    wait_until(lambda: second.status("a") == "done")
    second.close()


def test_a_clip_published_just_before_a_crash_is_adopted_not_made_again(tmp_path: Path) -> None:
    first = Stage(tmp_path)
    first.dispatcher.start()
    first.add("a")
    wait_until(lambda: first.status("a") == "done")
    video = first.jobs.get("a").video
    with first.database.transaction() as db:
        db.execute("UPDATE jobs SET status = 'running', video = NULL, recipe = '{}'")
    first.close()
    second = Stage(tmp_path, worker=("never starts",))
    second.dispatcher.start()
    assert (second.status("a"), second.jobs.get("a").video) == ("done", video)
    assert second.jobs.get("a").recipe["job_id"] == "a"
    second.close()


def test_a_worker_that_never_starts_fails_the_job_with_its_reason(tmp_path: Path) -> None:
    stage = Stage(tmp_path, worker=("never starts",))
    stage.dispatcher.start()
    stage.add("a")
    wait_until(lambda: stage.status("a") == "failed")
    job = stage.jobs.get("a")
    assert (job.error_code, job.error_values) == (
        "worker_crashed",
        {"attempts": 6, "stage": "starting", "reason": "exit code 3"},
    )
    stage.close()


def test_a_clip_waits_for_a_disk_that_takes_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    publish = stage.publisher.publish
    is_mended = False

    def refuse(clip: object) -> str:
        if not is_mended:
            raise OutputUnwritable(path=str(stage.outputs), reason="read-only")
        return publish(clip)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.publisher, "publish", refuse)
    stage.add("a")
    wait_until(lambda: (seen := stage.board.read("a")) is not None and seen.blocked_by is not None)
    is_mended = True
    wait_until(lambda: stage.status("a") == "done")
    assert len(stage.workers) == 1


def test_after_long_rest_the_worker_is_exchanged_for_a_fresh_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Patience(idle=0.3))
    stage.dispatcher.start()
    stage.add("a")
    wait_until(lambda: stage.status("a") == "done")
    wait_until(lambda: len(stage.workers) == 2)
    assert not stage.workers[0].is_alive
    wait_until(lambda: stage.workers[1].is_alive)
    stage.close()
    assert len(stage.workers) == 2


def test_what_a_worker_writes_reaches_the_log_line_by_line_and_traces_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = """
import sys
print("loading", file=sys.stderr)
print("\\r 10 %\\r 20 %\\r 30 %", file=sys.stderr)
print("x" * 1_000_000, file=sys.stderr)
try:
    {}["a"]
except KeyError as cause:
    raise ValueError("second") from cause
"""
    caplog.set_level("INFO", "i2v.dispatch.local")
    worker = LocalWorker(tmp_path, [sys.executable, "-c", said])
    assert worker.inbox.get(timeout=20) is None
    worker.end()
    wait_until(lambda: "second" in caplog.text)
    entries = [record.getMessage().partition(": ")[2] for record in caplog.records]
    assert entries[:2] == ["loading", " 30 %"]
    assert entries[2] == "x" * (64 << 10)
    traces = [record for record in caplog.records if "Traceback" in record.getMessage()]
    assert [record.levelname for record in traces] == ["WARNING", "WARNING"]
    assert [record.getMessage().splitlines()[-1] for record in traces] == ["KeyError: 'a'", "ValueError: second"]
