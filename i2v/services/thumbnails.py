"""Small pictures of clips: drawn when first asked for, kept beside the database."""

from __future__ import annotations

from i2v.dispatch.job_files import JobFiles
from i2v.media.thumbnail import draw_thumbnail
from i2v.services.library import Library


class Thumbnails:
    """WebP by job id. A clip never changes, so neither does its thumbnail."""

    def __init__(self, files: JobFiles, library: Library) -> None:
        self._files = files
        self._library = library

    def get(self, job_id: str) -> bytes:
        """The thumbnail; a clip taken away by hand goes on showing the one it had.

        Raises:
            JobUnknown, ClipMissing: there is no clip to draw it from.
            ClipUnreadable: the clip shows no frame.
        """
        self._library.get(job_id)  # a deleted job shows nothing, drawn or not
        drawn = self._files.load(job_id)
        if not drawn:
            drawn = draw_thumbnail(self._library.video_path(job_id))
            self._files.save(job_id, drawn)
        return drawn
