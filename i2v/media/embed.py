"""The recipe inside the clip: `encode_mp4` puts its JSON into the ©cmt tag, here it is read back."""

from __future__ import annotations

from pathlib import Path

from av.error import FFmpegError

from i2v.domain.recipe import Recipe
from i2v.media.video import open_mp4


def read_recipe(path: Path) -> Recipe | None:
    """The recipe of a clip; None for files that hold none: foreign, damaged, or gone meanwhile."""
    try:
        with open_mp4(path) as container:
            comment = container.metadata.get("comment", "")
    except (FFmpegError, OSError, ValueError):  # ValueError: metadata that is no UTF-8
        return None
    return Recipe.from_json(comment)
