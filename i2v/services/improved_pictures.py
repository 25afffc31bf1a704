"""What `preprocess` would make of a picture, shown before the press: made in a process of its own, then kept."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import shutil
import threading
from pathlib import Path

from i2v.domain.events import Improved, MessageMalformed, message_from_bytes
from i2v.domain.options import Options
from i2v.errors import PictureTooHeavy
from i2v.media.limits import LIMITS
from i2v.services.helper import HelperFailed, ask_helper
from i2v.services.pictures import PictureStore

log = logging.getLogger(__name__)

_KEPT = 24
_BOUNDS = LIMITS._replace(seconds=30)
_DECIDING = ("width", "height", "fit", "crop_x", "crop_y")
"""The options that what is done to a picture depends on."""


class ImprovedPictures:
    """The newest ones, in the folder for what does not last."""

    def __init__(self, pictures: PictureStore, temp_dir: Path) -> None:
        self._pictures = pictures
        self._folder = temp_dir / "improved"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._one_at_a_time = threading.Lock()

    def show(self, sha256: str, options: Options) -> Improved:
        """The picture before and after.

        Raises:
            PictureMissing: there is no such picture, or no longer.
            PictureTooHeavy: it took more memory or time than it may.
        """
        picture = self._pictures.path(sha256)
        told = options.model_dump_json(include=set(_DECIDING))
        kept = self._folder / hashlib.sha256(f"{sha256} {told}".encode()).hexdigest()
        with self._one_at_a_time:
            with contextlib.suppress(OSError, MessageMalformed):
                message = message_from_bytes(kept.read_bytes())
                kept.touch()
                if isinstance(message, Improved):
                    return message
            return self._make(picture, told, kept)

    def _make(self, picture: Path, options: str, target: Path) -> Improved:
        bounds = _BOUNDS.to_json()
        try:
            made = ask_helper(
                "i2v.worker.improvement", bounds, options, given=picture.read_bytes(), seconds=_BOUNDS.seconds
            )
            message = message_from_bytes(made)
            assert isinstance(message, Improved)
        except (OSError, HelperFailed, MessageMalformed) as cause:
            log.warning("picture %s could not be improved: %s", picture.name, cause)
            raise PictureTooHeavy(
                name=picture.name[:12], seconds=_BOUNDS.seconds, megabytes=_BOUNDS.megabytes
            ) from cause
        self._keep(target, made)
        return message

    def _keep(self, target: Path, message: bytes) -> None:
        """Making it once more is no harm, so that a full disk is none either."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_bytes(message)
            part.replace(target)
            by_age = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in by_age[_KEPT:]:
                path.unlink()
