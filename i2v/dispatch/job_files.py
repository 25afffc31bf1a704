"""What a job can go on from, and the latents it leaves: one file per job beside the database."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Container
from pathlib import Path

from i2v.errors import I2VError, JobUnknown
from i2v.media.lasting import write_lasting

log = logging.getLogger(__name__)


class JobFiles:
    """Files of one kind, named by job id."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder = folder
        self._suffix = suffix
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, job_id: str) -> Path:
        """Where the job's file is or would be.

        Raises:
            JobUnknown: what an address says in an id's place may be no id at all, and must name no file.
        """
        if not re.fullmatch("[0-9A-Za-z_-]{1,64}", job_id):
            raise JobUnknown(job_id=job_id[:80])
        return self._folder / f"{job_id}{self._suffix}"

    def save(self, job_id: str, data: bytes) -> None:
        """Keeps the newest. A disk that takes no more costs the way back, not the job: it is logged."""
        try:
            write_lasting(self.path(job_id), data)
        except I2VError as cause:
            log.warning("job %s: %s not saved: %s", job_id, self._suffix, cause)

    def load(self, job_id: str) -> bytes:
        """The newest, empty where there is none."""
        try:
            return self.path(job_id).read_bytes()
        except FileNotFoundError:
            return b""

    def drop(self, job_id: str) -> None:
        self.path(job_id).unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Of all jobs that have a file here."""
        return [path.name.removesuffix(self._suffix) for path in self._folder.glob(f"*{self._suffix}")]

    def sweep(self, wanted: Container[str]) -> None:
        """Removes the files of jobs nobody knows, and parts of writes that never ended."""
        for path in self._folder.iterdir():
            if path.name.endswith(".part") or path.name.removesuffix(self._suffix) not in wanted:
                with contextlib.suppress(OSError):  # on Windows somebody may hold it: then at the next start
                    path.unlink()
