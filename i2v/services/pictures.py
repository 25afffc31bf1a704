"""The pictures clips refer to: taken in once, kept by content in the inputs folder."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from i2v.domain.options import COLOUR_PATTERN, Options, allowed_values, rgb_of
from i2v.errors import OptionInvalid, PictureMissing
from i2v.media.intake import TakenPicture, intake_picture
from i2v.media.lasting import write_lasting
from i2v.media.limits import LIMITS

UNUSED_SECONDS = 24 * 3600.0


class PictureStore:
    """Pictures by the SHA-256 of their pixels, as upright RGB PNG."""

    def __init__(self, input_dir: Path) -> None:
        self._input_dir = input_dir

    def take_in(self, source: bytes | Path, name: str, background: object = None) -> TakenPicture:
        """Decodes a user's file in a helper process and keeps it.

        Args:
            source: the file's bytes, or where it lies.
            name: what to call it in errors.
            background: the option of this name as a wish has it, unchecked: what to put behind transparent parts.

        Raises:
            OptionInvalid: `background` is no colour.
            BadInput: one of the picture errors.
        """
        taken = intake_picture(source, name, LIMITS._replace(background=_colour(background)))
        path = self._input_dir / f"{taken.sha256}.png"
        if path.exists():
            path.touch()
        else:
            write_lasting(path, taken.png)
        return taken

    def path(self, sha256: str) -> Path:
        """The kept file.

        Raises:
            PictureMissing: it is not (or no longer) there.
        """
        path = self._input_dir / f"{sha256}.png"
        if not re.fullmatch("[0-9a-f]{64}", sha256) or not path.is_file():
            raise PictureMissing(name=sha256[:80])
        return path

    def size(self, sha256: str) -> tuple[int, int]:
        """Width and height in pixels, read from the file's head."""
        with self.path(sha256).open("rb") as file:
            head = file.read(24)
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])

    def drop_unless(self, sha256: str, is_wanted: Callable[[str], bool]) -> None:
        """Removes a picture nothing refers to."""
        if not is_wanted(sha256):
            (self._input_dir / f"{sha256}.png").unlink(missing_ok=True)

    def sweep(self, is_wanted: Callable[[str], bool]) -> None:
        """Removes pictures that were uploaded a day ago and never became a clip, and parts of writes cut short."""
        for part in self._input_dir.glob("*.part"):
            part.unlink(missing_ok=True)
        before = time.time() - UNUSED_SECONDS
        for path in self._input_dir.glob("*.png"):
            if re.fullmatch("[0-9a-f]{64}", path.stem) and path.stat().st_mtime < before:
                self.drop_unless(path.stem, is_wanted)


def _colour(background: object) -> tuple[int, int, int]:
    if background is None:
        return LIMITS.background
    if not isinstance(background, str) or not re.fullmatch(COLOUR_PATTERN, background):
        allowed = allowed_values(Options, "background")
        raise OptionInvalid(option="background", value=repr(background)[:80], allowed=allowed)
    return rgb_of(background)
