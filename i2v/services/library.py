"""Looking at jobs and their files, cancelling and deleting them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from i2v.dispatch.job_files import JobFiles
from i2v.dispatch.progress import Progress, ProgressBoard
from i2v.domain.job import QUEUED, RUNNING, Job
from i2v.domain.notices import Notice
from i2v.errors import ClipMissing, rebuild
from i2v.media.intake import TakenPicture
from i2v.services.pictures import PictureStore
from i2v.storage.jobs import JobTable
from i2v.text import describe, say


@dataclass(frozen=True)
class Shelves:
    """Where a job's things are."""

    output_dir: Path
    jobs: JobTable
    board: ProgressBoard
    pictures: PictureStore
    latents: JobFiles
    checkpoints: JobFiles


class Library:
    """All jobs, past and present."""

    def __init__(self, shelves: Shelves, cancel_running: Callable[[str], None]) -> None:
        self._shelves = shelves
        self._cancel_running = cancel_running

    def get(self, job_id: str) -> Job:
        return self._shelves.jobs.get(job_id)

    def latest(self, limit: int = 20, before: int | None = None) -> list[Job]:
        """Jobs, the newest first."""
        return self._shelves.jobs.latest(limit, before)

    def progress(self, job_id: str) -> Progress | None:
        return self._shelves.board.read(job_id)

    def cancel(self, job_id: str) -> Job:
        """Stops a job within two seconds; one that is over stays as it is."""
        job = self._shelves.jobs.request_cancel(job_id, time.time())
        if job.status == RUNNING:
            self._cancel_running(job_id)
        return job

    def delete(self, job_id: str) -> None:
        """Cancels the job if need be, then removes its row, its clip, and its picture if no other job needs it.

        Raises:
            JobUnknown: no such job.
        """
        job = self.cancel(job_id)
        for _ in range(60):
            if job.is_over:
                break
            time.sleep(0.05)
            job = self.get(job_id)
        if job.video:
            (self._shelves.output_dir / job.video).unlink(missing_ok=True)
        self._shelves.latents.drop(job_id)
        self._shelves.checkpoints.drop(job_id)
        self._shelves.jobs.delete(job_id)
        self._shelves.pictures.drop_unless(job.picture_sha256, self._shelves.jobs.refers_to)

    def video_path(self, job_id: str) -> Path:
        """The finished clip's file.

        Raises:
            JobUnknown: no such job.
            ClipMissing: it is not finished, or the file was taken away.
        """
        job = self.get(job_id)
        path = self._shelves.output_dir / (job.video or "?")
        if job.video is None or not path.is_file():
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

    def picture_view(self, taken: TakenPicture, language: str) -> dict[str, Any]:
        """A picture just taken in: where to see it, and what was done to it."""
        return {
            "sha256": taken.sha256,
            "url": f"/api/v1/pictures/{taken.sha256}",
            "width": taken.width,
            "height": taken.height,
            "notices": _notice_views(taken.notices, language),
        }

    def view(self, job: Job, language: str) -> dict[str, Any]:
        """A job as page, REST and command line show it, in the reader's language."""
        progress = self._shelves.board.read(job.id)
        is_running = job.status == RUNNING
        base = f"/api/v1/jobs/{job.id}"
        return {
            "id": job.id,
            "status": job.status,
            "engine": job.engine,
            "engine_asked": job.engine_asked,
            "preset": job.preset,
            "options": dict(job.options),
            "picture": {"sha256": job.picture_sha256, "url": f"/api/v1/pictures/{job.picture_sha256}"},
            "waiting_before": self._shelves.jobs.waiting_before(job) if job.status == QUEUED else 0,
            "progress": _progress_view(progress, base, language) if is_running and progress else None,
            "video": job.video,
            "video_url": f"{base}/video" if job.video else None,
            "seconds": job.seconds,
            "peak_memory_gb": job.peak_memory_gb,
            "frames_sha256": job.recipe.get("frames_sha256"),
            "made_with": dict(job.recipe.get("made_with", {})),
            "notices": _notice_views(job.notices, language),
            "error": _failure_view(job, language),
            "cancel_requested": job.cancel_requested,
            "created_at": _iso(job.created_at),
            "started_at": _iso(job.started_at),
            "finished_at": _iso(job.finished_at),
            "place": job.place,
            "batch": job.batch,
            "parent_id": job.parent_id,
            "starred": job.starred,
            "private": job.private,
        }


def _progress_view(progress: Progress, base: str, language: str) -> dict[str, Any]:
    return {
        "stage": progress.stage,
        "step": progress.step,
        "total_steps": progress.total_steps,
        "seconds_left": progress.seconds_left,
        "preview_url": f"{base}/preview?r={progress.preview_revision}" if progress.preview else None,
        "blocked_by": describe(progress.blocked_by, language).to_json() if progress.blocked_by else None,
        "revision": progress.revision,
    }


def _failure_view(job: Job, language: str) -> dict[str, str] | None:
    if job.error_code is None:
        return None
    return describe(rebuild(job.error_code, dict(job.error_values)), language).to_json()


def _notice_views(notices: Iterable[Notice], language: str) -> list[dict[str, str]]:
    return [{"code": notice.code, "text": say("notices", notice.code, language, **notice.values)} for notice in notices]


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
