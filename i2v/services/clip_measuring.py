"""Measures clips in processes of their own: finished ones one after the other, while the queue and the playing clip go
before, and any clip at once when somebody asks."""

from __future__ import annotations

import json
import logging
import queue
import threading
from pathlib import Path
from typing import Any

from i2v.diagnosis.clip.measures import ClipMeasures
from i2v.domain.job import DONE, Job
from i2v.domain.options import Options, rgb_of
from i2v.errors import ClipUnreadable, I2VError, PictureMissing
from i2v.media.limits import Limits
from i2v.services.helper import HelperFailed, ask_helper
from i2v.services.pictures import PictureStore
from i2v.storage.jobs import JobTable

log = logging.getLogger(__name__)

MEASURE_SECONDS, PATIENT_SECONDS = 60, 600
"""Until a measuring process is ended that somebody waits for, and one that steps back behind everything else."""
_LIMITS = Limits(megabytes=3000, seconds=MEASURE_SECONDS)
_FRAMING = ("width", "height", "fit", "crop_x", "crop_y", "background", "preprocess")
_ONE_AT_A_TIME = threading.Lock()


class ClipMeasuring:
    """Takes the measures of finished jobs and keeps them with their rows.

    What a killed server has not come to is measured when somebody asks for it.
    """

    def __init__(self, jobs: JobTable, pictures: PictureStore, output_dir: Path) -> None:
        self._jobs, self._pictures, self._output_dir = jobs, pictures, output_dir
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._at_work = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="clip measuring", daemon=True)

    def start(self) -> None:
        """Measures what is added from now on."""
        self._thread.start()

    def add(self, job_id: str) -> None:
        """This job's clip is there."""
        self._waiting.put(job_id)

    def stop(self) -> None:
        """Ends the process at hand; once this returns no row is written any more."""
        self._stopping.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def measures_of(self, job: Job, clip: Path) -> ClipMeasures:
        """What is known of a finished job's clip; it is measured now if nobody has yet.

        Raises:
            ClipUnreadable: it cannot be.
        """
        with self._at_work:
            job = self._jobs.get(job.id)
            known = known_measures(job)
            if known is None:
                known = self._measure(job, clip)
                self._jobs.keep_measures(job.id, known.to_json())
            return known

    def _work(self) -> None:
        while (job_id := self._waiting.get()) is not None and not self._stopping.is_set():
            try:
                job = self._jobs.get(job_id)
                self.measures_of(job, self._output_dir / str(job.video))
            except ClipUnreadable:
                pass  # said where it was found; a clip all the same
            except I2VError as error:
                log.warning("job %s: its measures were not kept: %s", job_id, error)
            except Exception:
                log.exception("job %s: its clip was not measured", job_id)

    def _measure(self, job: Job, clip: Path) -> ClipMeasures:
        told = _told_by_helper(clip, clip.name, *self._origin(job), stopping=self._stopping)
        return _read(told, clip.name)

    def _origin(self, job: Job) -> tuple[str, ...]:
        """Where the clip's picture lies and how it was framed; nothing where it is no longer there."""
        try:
            path = self._pictures.path(job.picture_sha256)
            options = Options.model_validate({name: job.options[name] for name in _FRAMING if name in job.options})
        except (PictureMissing, ValueError):
            return ()
        bars = rgb_of(options.background) if options.background else (0, 0, 0)
        return str(path), json.dumps({**options.model_dump(include=set(_FRAMING)), "background": bars})


def known_measures(job: Job) -> ClipMeasures | None:
    """What was measured of a finished job's clip, in the form of this version."""
    return ClipMeasures.from_json(job.measures) if job.status == DONE and job.measures else None


def measure_file(clip: Path | bytes, name: str) -> ClipMeasures:
    """Measures a clip of anybody's, with limits on memory and time.

    Raises:
        ClipUnreadable: there is no such file, or the process ended without an answer.
    """
    with _ONE_AT_A_TIME:
        return _read(_told_by_helper(clip, name), name)


def _told_by_helper(clip: Path | bytes, name: str, *origin: str, stopping: threading.Event | None = None) -> bytes:
    is_calm = stopping is not None
    try:
        return ask_helper(
            "i2v.worker.measure",
            _LIMITS.to_json(),
            *origin,
            given=clip if isinstance(clip, bytes) else clip.read_bytes(),
            seconds=PATIENT_SECONDS if is_calm else MEASURE_SECONDS,
            is_calm=is_calm,
            stopping=stopping,
        )
    except HelperFailed as cause:
        if stopping and not stopping.is_set():  # what a stop leaves is measured when somebody asks; who asks is told
            log.warning("%s could not be measured: %s", name, cause)
        raise ClipUnreadable(name=name, reason=str(cause)[:200]) from cause
    except OSError as cause:
        raise ClipUnreadable(name=name, reason=cause.strerror or str(cause)) from cause


def _read(told: bytes, name: str) -> ClipMeasures:
    try:
        values: Any = json.loads(told)
        found = ClipMeasures.from_json(values)
    except (ValueError, AttributeError) as cause:
        raise ClipUnreadable(name=name, reason=f"no measures: {cause}"[:200]) from cause
    if found is None:
        raise ClipUnreadable(name=name, reason="no measures of this version")
    return found
