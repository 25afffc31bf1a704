"""Small pictures of clips: drawn when first asked for, kept beside the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from i2v.dispatch.job_files import JobFiles
from i2v.media.thumbnail import draw_thumbnail


class Thumbnails:
    """WebP by job id. A clip never changes, so neither does its thumbnail."""

    def __init__(self, files: JobFiles, clip_path: Callable[[str], Path]) -> None:
        self._files = files
        self._clip_path = clip_path

    def get(self, job_id: str) -> bytes:
        """The thumbnail; a clip taken away by hand goes on showing the one it had.

        Raises:
            JobUnknown, ClipMissing: there is no clip to draw it from.
            ClipUnreadable: the clip shows no frame.
        """
        drawn = self._files.load(job_id)
        if not drawn:
            drawn = draw_thumbnail(self._clip_path(job_id))
            self._files.save(job_id, drawn)
        return drawn
