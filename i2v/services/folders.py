"""The data folders, made and proven to take files before anything relies on them."""

from __future__ import annotations

import tempfile

from i2v.errors import FolderUnusable
from i2v.settings import Settings


def prepare_folders(settings: Settings) -> None:
    """Makes the folders.

    Raises:
        FolderUnusable: one of them takes no file.
    """
    for folder in (settings.output_dir, settings.input_dir, settings.temp_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(4096))
        except OSError as cause:
            raise FolderUnusable(path=str(folder), reason=cause.strerror or str(cause)) from cause
