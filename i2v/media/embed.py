"""The recipe inside the clip: its JSON stands in the ©cmt tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from i2v.domain.recipe import Recipe
from i2v.errors import ClipUnreadable, I2VError
from i2v.media.comment import NotAnMp4, read_comment
from i2v.media.video import Frame, encode_mp4

_UNKNOWN = "0" * 64


def encode_clip(frames: Iterable[Frame], path: Path, fps: int, recipe: Recipe) -> tuple[int, Recipe]:
    """Writes a clip with its recipe and gives the number of its frames, and the recipe with their digest.

    The comment is fixed before the first frame is encoded, the digest known after the last: it replaces zeros.

    Raises:
        ValueError, DiskFull, OutputUnwritable: as `encode_mp4`.
    """
    digest = hashlib.sha256()

    def noted() -> Iterator[Frame]:
        for frame in frames:
            digest.update(frame.tobytes())
            yield frame

    num_frames = encode_mp4(noted(), path, fps, replace(recipe, frames_sha256=_UNKNOWN).to_json())
    finished = replace(recipe, frames_sha256=digest.hexdigest())
    # Inside a JSON text every quotation mark has a backslash before it: no option can hold these bytes.
    before, after = (f'"frames_sha256": "{each}"'.encode() for each in (_UNKNOWN, finished.frames_sha256))
    path.write_bytes(path.read_bytes().replace(before, after, 1))
    return num_frames, finished


def open_recipe(source: Path | bytes, name: str) -> Recipe:
    """The recipe of a clip, whoever has sent it.

    Args:
        source: the clip's bytes, or where it lies.
        name: what to call it in errors.

    Raises:
        ClipUnreadable: no such file, or no MP4.
        RecipeMissing, RecipeForeign, RecipeNewer: there is none in it that could be read.
    """
    try:
        comment = read_comment(source)
    except NotAnMp4 as cause:
        raise ClipUnreadable(name=name, reason=str(cause)) from cause
    except OSError as cause:
        raise ClipUnreadable(name=name, reason=cause.strerror or str(cause)) from cause
    return Recipe.from_json(comment, name)


def read_recipe(path: Path) -> Recipe | None:
    """The recipe of a clip; None for files that hold none: foreign, damaged, or gone meanwhile."""
    try:
        return open_recipe(path, path.name)
    except I2VError:
        return None
