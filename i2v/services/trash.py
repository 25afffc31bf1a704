"""Deleted jobs, which can be brought back for a while.

The row says what is meant, the file follows it: whoever dies between the two leaves a file in the wrong place, and the
next start puts it where its row says.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from i2v.dispatch.job_files import JobFiles
from i2v.domain.job import Job
from i2v.errors import I2VError, JobUnknown
from i2v.media.lasting import move_lasting
from i2v.services.pictures import PictureStore
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable

log = logging.getLogger(__name__)

UNDO_SECONDS = 600.0


@dataclass(frozen=True)
class Belongings:
    """What a job leaves beside its clip, and what goes with it in the end."""

    files: tuple[JobFiles, ...]
    pictures: PictureStore


class Trash:
    """Clips of deleted jobs, by job id, out of sight of whoever looks into the outputs folder."""

    def __init__(
        self,
        output_dir: Path,
        folder: JobFiles,
        jobs: JobTable,
        history: HistoryTable,
        belongings: Belongings,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._output_dir = output_dir
        self._folder = folder
        self._jobs = jobs
        self._history = history
        self._belongings = belongings
        self._now = now
        self._one_at_a_time = threading.Lock()

    def delete(self, job_id: str) -> None:
        """Hides a job that is over and takes its clip out of the outputs folder.

        Raises:
            JobUnknown: no such job, or it is not over.
            OutputUnwritable: the file is held or may not be moved; the job is as it was.
        """
        with self._one_at_a_time:
            job = self._history.mark_deleted(job_id, self._now())
            try:
                self._put_away(job)
            except I2VError:
                self._history.bring_back(job_id, job.video)
                raise

    def restore(self, job_id: str) -> Job:
        """Brings a job and its clip back; a name that another clip has taken meanwhile gets a number.

        Raises:
            JobUnknown: no such job was deleted within the last ten minutes.
        """
        with self._one_at_a_time:
            job = self._history.known(job_id)
            if job is None or job.deleted_at is None or self._is_due(job):
                raise JobUnknown(job_id=job_id)
            restored = self._history.bring_back(job_id, self._free_name(job))
            try:
                self._bring_out(restored)
            except I2VError:
                self._history.mark_deleted(job_id, job.deleted_at)
                raise
            return restored

    def settle(self) -> None:
        """At start: finishes what a server that was killed has begun."""
        try:
            for job in self._history.deleted():
                if not self._folder.path(job.id).exists():
                    self._put_away(job)
            for job_id in self._folder.ids():
                known = self._history.known(job_id)
                if known is None:
                    self._folder.drop(job_id)  # the database was lost after it had been deleted
                elif known.deleted_at is None:
                    self._bring_out(known)
        except (I2VError, OSError) as error:
            log.error("deleted clips stay where they are until the next start: %s", error)

    def sweep(self) -> None:
        """Removes for good what was deleted more than ten minutes ago; what somebody holds open, the next time."""
        with self._one_at_a_time:
            for job in self._history.deleted():
                if self._is_due(job):
                    try:
                        self._remove(job)
                    except OSError as cause:
                        log.warning("job %s: deleted, but not removed yet: %s", job.id, cause)

    def _remove(self, job: Job) -> None:
        for files in (self._folder, *self._belongings.files):
            files.drop(job.id)
        self._history.purge(job.id)
        self._belongings.pictures.drop_unless(job.picture_sha256, self._jobs.refers_to)

    def _is_due(self, job: Job) -> bool:
        return job.deleted_at is not None and job.deleted_at + UNDO_SECONDS < self._now()

    def _put_away(self, job: Job) -> None:
        if job.video:
            with contextlib.suppress(FileNotFoundError):  # taken away by hand before
                move_lasting(self._output_dir / job.video, self._folder.path(job.id))

    def _bring_out(self, job: Job) -> None:
        if job.video:
            with contextlib.suppress(FileNotFoundError):
                move_lasting(self._folder.path(job.id), self._output_dir / job.video)

    def _free_name(self, job: Job) -> str | None:
        if job.video is None or not self._folder.path(job.id).exists():
            return job.video
        name, number = Path(job.video), 1
        while (self._output_dir / name).exists():
            number += 1
            name = Path(job.video).with_stem(f"{Path(job.video).stem}_{number}")
        return name.name
