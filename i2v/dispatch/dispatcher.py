"""One dispatcher per worker: claims a job, follows it to its end, and survives whatever happens to the worker."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable

from i2v.dispatch.endings import Endings
from i2v.dispatch.local import LocalWorker
from i2v.dispatch.run import Patience, Records, Run, StoppingError
from i2v.domain.events import (
    Assignment,
    Cancel,
    Cancelled,
    Checkpoint,
    Clip,
    Event,
    Failed,
    Finished,
    Latents,
    Loading,
    Measured,
    Noticed,
    Ready,
    Step,
)
from i2v.domain.job import RUNNING, Job
from i2v.domain.notices import Notice
from i2v.errors import DiskFull, I2VError, WorkerCrashed, WorkerSilent, rebuild

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
CANCEL_PATIENCE_SECONDS = 1.4
CRASHES_AT_ONE_STAGE = 3
CRASHES_AT_THE_START = 6
"""A worker that dies before its first word hardly does so because of the job; but somebody must be told in the end."""
START_PAUSE_SECONDS = 0.1
START_SECONDS = 60.0
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 10.0


class _WorkerLostError(Exception):
    """The worker ended in the middle of a job; `error` is what to say if it happens again and again."""

    def __init__(self, error: I2VError | None = None) -> None:
        super().__init__(str(error))
        self.error = error


class Dispatcher:
    """Runs jobs one after the other on one worker."""

    def __init__(
        self,
        records: Records,
        assign: Callable[[Job], Assignment],
        start_worker: Callable[[], LocalWorker],
        patience: Patience | None = None,
    ) -> None:
        self._jobs, self._board, self._publisher = records.jobs, records.board, records.publisher
        self._checkpoints, self._latents = records.checkpoints, records.latents
        self._assign = assign
        self._start_worker = start_worker
        self._patience = patience or Patience()
        self._worker: LocalWorker | None = None
        self._worker_is_fresh = True
        self._worker_engine = ""
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._cancelled: set[str] = set()
        self._crashes: Counter[tuple[str, str, int]] = Counter()
        self._last_words = ""
        self._endings = Endings(records, self._patience, self._stopping, self._cancelled.__contains__)
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    # --- from outside -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Takes up what an earlier server left behind, then works on until `stop`."""
        self.take_up()
        self._thread.start()

    def take_up(self) -> None:
        """Of the jobs at work when an earlier server ended, those whose clips are there are done; the others wait."""
        for job in self._jobs.latest(1000, statuses=(RUNNING,)):
            adopted = self._publisher.adopt(job)
            if adopted:
                video, recipe = adopted
                log.info("job %s: clip %s was finished already", job.id, video)
                self._jobs.finish_done(job.id, video, {"finished_at": time.time(), "recipe": recipe.to_dict()})
        for job in self._jobs.recover(time.time()):
            log.info("job %s: goes on", job.id)
        self._publisher.sweep()

    def wake(self) -> None:
        """There is a new job."""
        self._news.set()

    def cancel(self, job_id: str) -> None:
        """Stops the job if it is the one at hand; the row must say so already."""
        self._cancelled.add(job_id)

    def stop(self) -> None:
        """Ends the worker; the job at hand waits for the next start."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether somebody works off the queue."""
        return self._thread.is_alive()

    @property
    def worker_pid(self) -> int | None:
        """The worker's process, if one is there."""
        worker = self._worker
        return worker.pid if worker else None

    @property
    def worker_engine(self) -> str:
        """The engine that the worker had last, which may still be loaded; empty for one without a job so far."""
        return self._worker_engine if self._worker and not self._worker_is_fresh else ""

    # --- the thread -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        pause = PAUSE_SECONDS
        try:
            while not self._stopping.is_set():
                try:
                    self._work_once()
                    pause = PAUSE_SECONDS
                except StoppingError:
                    raise
                except Exception as cause:
                    # The queue must never stand still for good: a full disk is freed again, a bug hits one job.
                    told = None if isinstance(cause, DiskFull) else cause
                    log.error("the queue rests for %.0f s: %s", pause, cause, exc_info=told)
                    self._end_worker()
                    self._stopping.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                    self._take_up_again()
        except StoppingError:
            log.info("dispatcher stops")
        finally:
            self._end_worker()

    def _work_once(self) -> None:
        self._news.clear()
        job = self._jobs.claim(time.time())
        if job is None:
            self._rest()
        else:
            self._carry_out(Run(job))

    def _take_up_again(self) -> None:
        """A job whose end could not be written stands there as running, but nobody is at it."""
        try:
            self._jobs.recover(time.time())
        except I2VError as error:
            log.error("the queue cannot be taken up yet: %s", error)

    def _rest(self) -> None:
        """Waits for a job with a worker at the ready; after long rest the worker is exchanged for a fresh one."""
        try:
            self._ready_worker()
        except _WorkerLostError:
            log.error("no worker at the ready: %s", self._last_words)
        if not self._news.wait(self._patience.idle) and not self._worker_is_fresh:
            log.info("no job for %.0f s: the worker gives its memory back", self._patience.idle)
            self._end_worker()

    def _carry_out(self, run: Run) -> None:
        job = run.job
        log.info("job %s: begins (%s)", job.id, job.engine)
        self._board.enter(job.id, "starting")
        try:
            worker = self._ready_worker()
            self._worker_is_fresh, self._worker_engine = False, job.engine
            worker.send(self._assign(job))
            self._follow(run, worker)
        except _WorkerLostError as loss:
            self._end_worker()
            self._answer_loss(run, loss)
        except StoppingError:
            if job.id in self._cancelled:
                self._endings.cancel(run)
            else:
                self._endings.requeue(run, crashed=False)
            raise
        except I2VError as error:
            self._endings.fail(run, error)
        except Exception as cause:
            log.exception("job %s: the dispatcher itself failed", job.id)
            self._end_worker()
            self._endings.fail(run, I2VError(reference=job.id, reason=str(cause)))
        finally:
            self._cancelled.discard(job.id)
            self._board.forget(job.id)

    def _ready_worker(self) -> LocalWorker:
        """The worker, started and waited for if need be."""
        if self._worker is None or not self._worker.is_alive:
            self._end_worker()
            self._worker, self._worker_is_fresh = self._start_worker(), True
            if not isinstance(self._first_word(self._worker), Ready):
                self._end_worker()
                raise _WorkerLostError
        return self._worker

    def _first_word(self, worker: LocalWorker) -> Event | None:
        waited = 0.0
        while waited < START_SECONDS:
            if self._stopping.is_set():
                raise StoppingError
            try:
                return worker.inbox.get(timeout=TICK_SECONDS)
            except queue.Empty:
                waited += TICK_SECONDS
        return None

    def _follow(self, run: Run, worker: LocalWorker) -> None:
        """Takes in the job's events until it is over."""
        silent = 0.0
        while True:
            if self._stopping.is_set():
                raise StoppingError
            self._heed_cancel(run, worker)
            try:
                event = worker.inbox.get(timeout=TICK_SECONDS)
            except queue.Empty:
                # Counted in our own ticks: a laptop that slept for an hour has not been silent for an hour.
                silent += TICK_SECONDS
                if silent > self._patience.silent:
                    raise _WorkerLostError(WorkerSilent(stage=self._stage(run), seconds=round(silent))) from None
                continue
            silent = 0.0
            if event is None:
                raise _WorkerLostError
            if self._take_in(run, event):
                return

    def _heed_cancel(self, run: Run, worker: LocalWorker) -> None:
        if run.job.id not in self._cancelled or run.is_over:
            return
        if run.cancel_sent_at is None:
            run.cancel_sent_at = time.monotonic()
            worker.send(Cancel(run.job.id))
        elif time.monotonic() - run.cancel_sent_at > CANCEL_PATIENCE_SECONDS:
            log.info("job %s: the worker is in the middle of a long step and is ended", run.job.id)
            self._end_worker()

    def _take_in(self, run: Run, event: Event) -> bool:
        """One event; True when the job is over."""
        job_id = run.job.id
        match event:
            case Loading(stage):
                self._board.enter(job_id, stage)
                run.note_work(stage)
            case Step(index, total, preview):
                run.note_work("generating")
                self._board.step(job_id, index, total, preview)
            case Checkpoint(data):
                self._checkpoints.save(job_id, data)
            case Latents(data):
                self._latents.save(job_id, data)
            case Noticed(code, values):
                self._jobs.add_notice(job_id, Notice(code, values))
            case Measured(values):
                run.measured = values
                self._endings.finish(run)
                self._board.forget(job_id)
            case Clip():
                run.clip = event
            case Cancelled():
                self._endings.cancel(run)
                return True
            case Failed(code, values, fatal):
                error = rebuild(code, values)
                raise _WorkerLostError(error) if fatal else error
            case Finished():
                self._endings.finish(run)
                return True
        return False

    def _answer_loss(self, run: Run, loss: _WorkerLostError) -> None:
        """A job whose worker died waits again, unless it was cancelled or keeps dying at one place."""
        if run.is_over:
            log.warning("job %s: its worker ended after its clip was there: %s", run.job.id, self._last_words)
            return
        if run.job.id in self._cancelled:
            self._endings.cancel(run)
            return
        progress = self._board.read(run.job.id)
        place = (run.job.id, self._stage(run), progress.step if progress else 0)
        self._crashes[place] += 1
        crashes = self._crashes[place]
        told = (run.job.id, place[1], place[2], crashes, self._last_words)
        log.warning("job %s: its worker ended at %s, step %d (%d): %s", *told)
        if place[1] == "starting" and crashes < CRASHES_AT_THE_START:
            self._stopping.wait(START_PAUSE_SECONDS * 2**crashes)
        elif place[1] == "starting" or crashes >= CRASHES_AT_ONE_STAGE:
            self._endings.fail(
                run, loss.error or WorkerCrashed(attempts=crashes, stage=place[1], reason=self._last_words)
            )
            return
        self._endings.requeue(run, crashed=True)

    def _stage(self, run: Run) -> str:
        progress = self._board.read(run.job.id)
        return progress.stage if progress else "starting"

    def _end_worker(self) -> None:
        if self._worker:
            worker, self._worker = self._worker, None
            worker.end()
            self._last_words = worker.how_it_ended()
