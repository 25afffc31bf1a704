"""The picture as it is made better before its clip: measured, then treated.

`python -m i2v.worker.improvement <limits as JSON> <options as JSON>` shows what becomes of a picture: its PNG on
standard input, an `Improved` message on standard output.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from i2v.domain.events import Improved
from i2v.domain.options import Options
from i2v.media.decoder import limit_process
from i2v.media.limits import Limits

if TYPE_CHECKING:
    from i2v.domain.treatment import Treatment
    from i2v.engines.base import Frame

SHOWN_SIDE = 1280
"""Longest side of what is shown, in pixels."""


def improved_pixels(pixels: Frame, options: Options) -> tuple[Frame, Treatment | None]:
    """The picture and what was done to it; None where its user has not asked for anything.

    Args:
        pixels: the picture, uint8 (height, width, 3), RGB.
        options: `preprocess` switches this on; size and framing of the clip say how far.
    """
    if not options.preprocess:
        return pixels, None
    from i2v.diagnosis.picture.treatment import decide_treatment
    from i2v.media.preprocess import treat_picture

    treatment = decide_treatment(pixels, options)
    return treat_picture(pixels, treatment), treatment


def placed_options(options: Options, treatment: Treatment | None) -> Options:
    """The options with the cut where the treatment puts it."""
    if treatment is None or treatment.place is None:
        return options
    return options.model_copy(update={"crop_x": treatment.place[0], "crop_y": treatment.place[1]})


def show_improvement(pixels: Frame, options: Options) -> Improved:
    """What becomes of a picture, uint8 (height, width, 3), for a clip with these options."""
    improved, treatment = improved_pixels(pixels, options.model_copy(update={"preprocess": True}))
    height, width = improved.shape[:2]
    if not treatment or not treatment.changes_pixels:
        return Improved(treatment.to_json() if treatment else {}, width, height, b"", b"")
    if treatment.crop:
        left, top, columns, rows = treatment.crop
        pixels = pixels[top : top + rows, left : left + columns]
    scale = min(1.0, SHOWN_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Improved(treatment.to_json(), width, height, _png(pixels, size), _png(improved, size))


def _png(pixels: Frame, size: tuple[int, int]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main() -> None:
    """Bounded like the decoder: a picture of fifty megapixels must not cost the server its memory."""
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries print
    limit_process(Limits.from_json(sys.argv[1]))
    import cv2

    from i2v.media.intake import read_pixels

    cv2.setNumThreads(1)
    options = Options.model_validate_json(sys.argv[2])
    stdout.write(show_improvement(read_pixels(sys.stdin.buffer.read()), options).to_bytes())
    stdout.flush()


if __name__ == "__main__":
    main()
