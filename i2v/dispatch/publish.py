"""Puts a finished clip under its final name, proven, or not at all."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from i2v.domain.events import Clip
from i2v.domain.job import Job
from i2v.domain.recipe import Recipe
from i2v.errors import ClipDamaged
from i2v.media.embed import read_recipe
from i2v.media.lasting import write_lasting
from i2v.media.video import probe_mp4

log = logging.getLogger(__name__)


class Publisher:
    """The only writer of the outputs folder."""

    def __init__(self, output_dir: Path, now: Callable[[], datetime] = datetime.now) -> None:
        self._output_dir = output_dir
        self._now = now

    def publish(self, clip: Clip) -> str:
        """Writes the clip beside its target, decodes it, and renames it; gives the file's name.

        Raises:
            ClipDamaged: it does not decode to the frames it should have.
            DiskFull, OutputUnwritable: the folder takes no file; nothing of it is left under a final name.
        """

        def prove(path: Path) -> None:
            found = probe_mp4(path)
            if (found.num_frames, found.width, found.height) != (clip.num_frames, clip.width, clip.height):
                expected = f"{clip.num_frames} × {clip.width}×{clip.height}"
                raise ClipDamaged(expected=expected, found=f"{found.num_frames} × {found.width}×{found.height}")

        path = self._free_path()
        write_lasting(path, clip.data, prove)
        return path.name

    def adopt(self, job: Job) -> tuple[str, Recipe] | None:
        """The clip of a job that was published just before its server died, if there is one."""
        since = (job.started_at or job.created_at) - 2
        for path in sorted(self._output_dir.glob("video_*.mp4"), reverse=True):
            if path.stat().st_mtime < since:
                break
            recipe = read_recipe(path)
            if recipe is not None and recipe.job_id == job.id:
                return path.name, recipe
        return None

    def free_bytes(self) -> int:
        """Room on the outputs' disk; 0 where the folder is gone."""
        try:
            return shutil.disk_usage(self._output_dir).free
        except OSError:
            return 0

    def takes_files(self) -> bool:
        """Whether the outputs folder lets us write now."""
        try:
            with tempfile.TemporaryFile(dir=self._output_dir):
                return True
        except OSError:
            return False

    def sweep(self) -> None:
        """Removes what a write that never ended has left."""
        for part in self._output_dir.glob("video_*.part"):
            log.info("removing %s of an earlier run", part.name)
            with contextlib.suppress(OSError):  # on Windows a scanner may hold it: then at the next start
                part.unlink()

    def _free_path(self) -> Path:
        stem = self._now().strftime("video_%Y%m%d_%H%M%S")
        path, number = self._output_dir / f"{stem}.mp4", 1
        while path.exists():
            number += 1
            path = self._output_dir / f"{stem}_{number}.mp4"
        return path
