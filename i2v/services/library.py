"""Looking at jobs and their files, cancelling and deleting them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from i2v.dispatch.job_files import JobFiles
from i2v.dispatch.progress import Progress, ProgressBoard
from i2v.domain.job import QUEUED, RUNNING, Job, Status
from i2v.errors import ClipMissing, JobStopping
from i2v.services.clip_judge import job_judgement
from i2v.services.trash import Trash
from i2v.services.views import failure_view, iso_time, notice_views, progress_view
from i2v.storage.history import HistoryTable, Wanted
from i2v.storage.jobs import JobTable
from i2v.text.addresses import address

STOP_SECONDS = 3.0
"""How long a job that is to be deleted may take to stop."""


@dataclass(frozen=True)
class Shelves:
    """Where a job's things are."""

    output_dir: Path
    jobs: JobTable
    history: HistoryTable
    board: ProgressBoard
    latents: JobFiles
    trash: Trash


class Library:
    """All jobs, past and present."""

    def __init__(self, shelves: Shelves, cancel_running: Callable[[str], None]) -> None:
        self._shelves = shelves
        self._cancel_running = cancel_running

    def get(self, job_id: str) -> Job:
        return self._shelves.jobs.get(job_id)

    def find(
        self,
        limit: int = 20,
        before: int | None = None,
        statuses: Sequence[Status] = (),
        words: str = "",
        only_starred: bool = False,
    ) -> list[Job]:
        """Jobs, the newest first; `before` is the `place` of the last one seen. See `Wanted`."""
        wanted = Wanted(tuple(statuses), tuple(words.split()), only_starred)
        return self._shelves.history.find(wanted, limit, before)

    def sentences(self, limit: int) -> list[dict[str, Any]]:
        """What was asked for before, each sentence once with the newest clip that came of it and is still there."""
        jobs = (job for job in self._shelves.history.newest_by_sentence() if self._has_file(job))
        return [
            {
                "sentence": str(job.options["prompt"]).strip(),
                "job_id": job.id,
                "thumbnail_url": address(f"/api/v1/jobs/{job.id}/thumbnail"),
                "video_url": address(f"/api/v1/jobs/{job.id}/video"),
                "created_at": iso_time(job.created_at),
            }
            for job in itertools.islice(jobs, limit)
        ]

    def progress(self, job_id: str) -> Progress | None:
        return self._shelves.board.read(job_id)

    def cancel(self, job_id: str) -> Job:
        """Stops a job within two seconds; one that is over stays as it is."""
        job = self._shelves.jobs.request_cancel(job_id, time.time())
        if job.status == RUNNING:
            self._cancel_running(job_id)
        return job

    def star(self, job_id: str, *, starred: bool) -> Job:
        """Marks a job, or takes the mark away.

        Raises:
            JobUnknown: no such job.
        """
        return self._shelves.history.star(job_id, starred=starred)

    def delete(self, job_id: str) -> None:
        """Cancels the job if need be, then takes it and its clip out of sight; for ten minutes both can come back.

        Raises:
            JobUnknown: no such job.
            JobStopping: it does not come to its end.
            OutputUnwritable: the clip cannot be moved; the job is as it was.
        """
        job = self.cancel(job_id)
        until = time.monotonic() + STOP_SECONDS
        while not job.is_over:
            if time.monotonic() > until:
                raise JobStopping(job_id=job_id)
            time.sleep(0.05)
            job = self.get(job_id)
        self._shelves.trash.delete(job_id)

    def restore(self, job_id: str) -> Job:
        """Brings a deleted job and its clip back.

        Raises:
            JobUnknown: it was not deleted, or more than ten minutes ago.
        """
        return self._shelves.trash.restore(job_id)

    def clip_paths(self, job_ids: Iterable[str]) -> list[Path]:
        """The files of several clips, each once.

        Raises:
            JobUnknown, ClipMissing: as with `video_path`, for the first that is not there.
        """
        return [self.video_path(job_id) for job_id in dict.fromkeys(job_ids)]

    def video_path(self, job_id: str) -> Path:
        """The finished clip's file.

        Raises:
            JobUnknown: no such job.
            ClipMissing: it is not finished, or the file was taken away.
        """
        job = self.get(job_id)
        path = self._shelves.output_dir / (job.video or "?")
        if not self._has_file(job):
            raise ClipMissing(job_id=job_id, status=job.status, video=job.video or "-")
        return path

    def latents_path(self, job_id: str) -> Path:
        """The denoised latents' file.

        Raises:
            JobUnknown, ClipMissing: as with `video_path`.
        """
        job = self.get(job_id)
        path = self._shelves.latents.path(job_id)
        if not path.is_file():
            raise ClipMissing(job_id=job_id, status=job.status, video="latents")
        return path

    def view(self, job: Job, language: str) -> dict[str, Any]:
        """A job as page, REST and command line show it, in the reader's language."""
        return self.views([job], language)[0]

    def views(self, jobs: Sequence[Job], language: str) -> list[dict[str, Any]]:
        """Several jobs; the queue is asked once, however many of them wait."""
        line = self._shelves.jobs.line() if any(job.status == QUEUED for job in jobs) else []
        before = {job_id: count for count, job_id in enumerate(line)}
        return [self._view(job, before.get(job.id, 0) if job.status == QUEUED else 0, language) for job in jobs]

    def _view(self, job: Job, waiting_before: int, language: str) -> dict[str, Any]:
        progress = self._shelves.board.read(job.id)
        is_running = job.status == RUNNING
        base = address(f"/api/v1/jobs/{job.id}")
        return {
            "id": job.id,
            "status": job.status,
            "engine": job.engine,
            "engine_asked": job.engine_asked,
            "preset": job.preset,
            "options": dict(job.options),
            "picture": {
                "sha256": job.picture_sha256,
                "url": address(f"/api/v1/pictures/{job.picture_sha256}") if job.picture_sha256 else None,
            },
            "waiting_before": waiting_before,
            "progress": progress_view(progress, base, language) if is_running and progress else None,
            "video": job.video,
            "video_url": f"{base}/video" if job.video else None,
            "thumbnail_url": f"{base}/thumbnail" if job.video else None,
            "is_video_missing": job.video is not None and not self._has_file(job),
            "seconds": job.seconds,
            "peak_memory_gb": job.peak_memory_gb,
            "frames_sha256": job.recipe.get("frames_sha256"),
            "made_with": dict(job.recipe.get("made_with", {})),
            "notices": notice_views(job.notices, language),
            "error": failure_view(job, language),
            "cancel_requested": job.cancel_requested,
            "created_at": iso_time(job.created_at),
            "started_at": iso_time(job.started_at),
            "finished_at": iso_time(job.finished_at),
            "place": job.place,
            "batch": job.batch,
            "parent_id": job.parent_id,
            "strength": job.strength,
            "phase": job.phase,
            "starred": job.starred,
            "private": job.private,
            **job_judgement(job, language),
        }

    def _has_file(self, job: Job) -> bool:
        return job.video is not None and (self._shelves.output_dir / job.video).is_file()
