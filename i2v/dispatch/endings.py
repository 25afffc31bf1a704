"""How jobs end, and what happens to an end that the disk does not take: it waits, and the user is told why."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from i2v.dispatch.run import Patience, Records, Run, StoppingError
from i2v.domain.events import Clip
from i2v.domain.job import RUNNING
from i2v.errors import ClipMissing, DiskFull, I2VError, OutputUnwritable, plain_values

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
RETRY_SECONDS = 1.0


class Endings:
    """Brings a job to its end: the clip published, the row written, leftovers removed."""

    def __init__(
        self, records: Records, patience: Patience, stopping: threading.Event, is_cancelled: Callable[[str], bool]
    ) -> None:
        self._records = records
        self._patience = patience
        self._stopping = stopping
        self._is_cancelled = is_cancelled
        self._blocked_seconds: dict[str, float] = {}

    def finish(self, run: Run) -> None:
        """Publishes the clip and calls the job done; nothing more where that has happened.

        Raises:
            I2VError: the clip is damaged, or the disk refused it for too long.
            StoppingError: the server ends first.
        """
        if run.is_over:
            return
        if run.clip is None:
            raise ClipMissing(job_id=run.job.id, status=RUNNING, video=None)
        video = self._publish(run, run.clip)
        if video is None:
            self.cancel(run)
            return
        facts = {
            "seconds": run.measured.get("seconds"),
            "work_seconds": run.work_seconds(),
            "peak_memory_gb": run.measured.get("peak_memory_gb"),
            "recipe": run.measured.get("recipe", {}),
            "finished_at": time.time(),
        }
        self._record(run, lambda: self._records.jobs.finish_done(run.job.id, video, facts))
        self._leave(run)
        run.is_over = True
        log.info("job %s: done, %s", run.job.id, video)
        self._records.on_done(run.job.id)

    def cancel(self, run: Run) -> None:
        """Calls the job cancelled."""
        if run.is_over:
            return
        self._record(run, lambda: self._records.jobs.finish_cancelled(run.job.id, time.time()))
        self._leave(run)
        run.is_over = True
        log.info("job %s: cancelled", run.job.id)

    def fail(self, run: Run, error: I2VError) -> None:
        """Calls the job failed; one that only lacked a disk waits for it and then runs once more."""
        if run.is_over:
            return
        if isinstance(error, DiskFull | OutputUnwritable) and self._outlast(run, error):
            if self._is_cancelled(run.job.id):
                self.cancel(run)
            else:
                self.requeue(run, crashed=False)
            return
        log.error("job %s: failed: %s", run.job.id, error)
        told = plain_values(error)
        self._record(run, lambda: self._records.jobs.finish_failed(run.job.id, error.code, told, time.time()))
        self._blocked_seconds.pop(run.job.id, None)

    def requeue(self, run: Run, *, crashed: bool) -> None:
        """Lets the job wait again, in its old place."""
        if run.is_over:
            return
        self._record(run, lambda: self._records.jobs.requeue(run.job.id, crashed=crashed))

    def _leave(self, run: Run) -> None:
        self._records.checkpoints.drop(run.job.id)
        self._blocked_seconds.pop(run.job.id, None)

    def _publish(self, run: Run, clip: Clip) -> str | None:
        """The file's name; None when the user cancelled while the disk refused it."""
        self._records.board.enter(run.job.id, "saving")
        while True:
            try:
                return self._records.publisher.publish(clip)
            except (DiskFull, OutputUnwritable) as error:
                if not self._wait(run, error):
                    raise
            if self._is_cancelled(run.job.id):
                return None

    def _outlast(self, run: Run, error: I2VError) -> bool:
        """Waits until the disk may take what it refused a worker, or the user cancels; False when patience is over."""
        publisher = self._records.publisher
        free_bytes = publisher.free_bytes()
        while self._wait(run, error):
            if self._is_cancelled(run.job.id):
                return True
            # A job is run again only when something was mended: refused once more, it would have been for nothing.
            if publisher.free_bytes() > free_bytes if isinstance(error, DiskFull) else publisher.takes_files():
                return True
        return False

    def _wait(self, run: Run, error: I2VError) -> bool:
        """One look later; False when the job's patience with the disk is over."""
        waited = self._blocked_seconds.get(run.job.id, 0.0)
        if waited >= self._patience.blocked:
            return False
        if waited == 0.0:
            log.error("job %s: the disk takes no clip at present: %s", run.job.id, error)
        self._records.board.enter(run.job.id, "blocked", blocked_by=error)
        until = waited + RETRY_SECONDS
        while waited < until and not self._is_cancelled(run.job.id):
            if self._stopping.wait(LOOK_SECONDS):
                raise StoppingError
            waited += LOOK_SECONDS
        self._blocked_seconds[run.job.id] = waited
        return True

    def _record(self, run: Run, write: Callable[[], object]) -> None:
        """Writes a row as soon as the disk takes it; a server that ends first finds the job running when it starts."""
        while True:
            try:
                write()
                return
            except DiskFull as error:
                self._records.board.enter(run.job.id, "blocked", blocked_by=error)
                if self._stopping.wait(RETRY_SECONDS):
                    raise StoppingError from error
