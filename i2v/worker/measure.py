"""Measures a finished clip, in a process of its own.

`python -m i2v.worker.measure <limits as JSON> [<picture> <framing as JSON>]`: an MP4 on standard input, its measures as
JSON on standard output. The picture is the one that the clip was made of, as it is kept; the framing says how:
width, height, fit, crop_x, crop_y, background (RGB) and preprocess, as the job has them.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from i2v.errors import ClipDamaged
from i2v.media.decoder import limit_process
from i2v.media.limits import Limits

if TYPE_CHECKING:
    from i2v.engines.base import Frame


def measure_mp4(clip: bytes, picture: Frame | None = None, place: tuple[float, float] = (0.5, 0.5)) -> dict[str, Any]:
    """What `ClipMeasures.to_json` tells of a clip.

    Args:
        clip: an MP4.
        picture: that it was made of, as the engine got it; None where nobody knows.
        place: where the clip's part of it sits in the room that proportions leave.

    Raises:
        Exception: it is none that plays, or has less than two frames; decoders raise what they like.
    """
    from i2v.diagnosis.clip.measuring import measure_clip
    from i2v.media.video import read_film

    with read_film(clip) as (frames, fps):
        return measure_clip(frames, fps, picture, place).to_json()


def prepared_picture(path: Path, framing: Mapping[str, Any]) -> tuple[Frame, tuple[float, float]]:
    """A kept picture as the engine got it, and where the clip's part of it sits."""
    from i2v.media.framing import frame_picture
    from i2v.media.intake import read_pixels

    pixels = read_pixels(path.read_bytes())
    place = (framing["crop_x"], framing["crop_y"])
    if framing["preprocess"]:
        from i2v.domain.options import Options
        from i2v.worker.improvement import improved_pixels, placed_options

        options = Options.model_validate({**framing, "background": None})
        pixels, treatment = improved_pixels(pixels, options)
        place = placed_options(options, treatment).crop_place
    size = (framing["width"], framing["height"])
    return frame_picture(pixels, size, framing["fit"], tuple(framing["background"])), place


def _origin(arguments: list[str]) -> tuple[Frame, tuple[float, float]] | None:
    """Of the picture that the command line names; None without one, or where it is none any more."""
    if not arguments:
        return None
    try:
        return prepared_picture(Path(arguments[0]), json.loads(arguments[1]))
    except Exception:  # whatever is wrong with it: the clip is measured by itself then
        traceback.print_exc()
        return None


def main() -> None:
    """Whoever sent the file: it can cost this process, and no more than its limits."""
    stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # decoders print
    limit_process(Limits.from_json(sys.argv[1]))
    import cv2

    cv2.setNumThreads(1)
    try:
        json.dump(measure_mp4(sys.stdin.buffer.read(), *(_origin(sys.argv[2:]) or ())), stdout)
    except Exception as cause:  # told in one line: whoever asked hands it on
        sys.exit(str(cause.values["found"] if isinstance(cause, ClipDamaged) else cause or type(cause).__name__))
    stdout.flush()


if __name__ == "__main__":
    main()
