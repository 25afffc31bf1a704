"""The picture as it is made better before its clip: measured, then treated."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from i2v.domain.options import Options
    from i2v.domain.treatment import Treatment
    from i2v.engines.base import Frame


def improved_pixels(pixels: Frame, options: Options) -> tuple[Frame, Treatment | None]:
    """The picture and what was done to it; None where its user has not asked for anything.

    Args:
        pixels: the picture, uint8 (height, width, 3), RGB.
        options: `preprocess` switches this on; size and fit of the clip say how far.
    """
    if not options.preprocess:
        return pixels, None
    from i2v.diagnosis.picture.treatment import decide_treatment
    from i2v.media.preprocess import treat_picture

    treatment = decide_treatment(pixels, options)
    return treat_picture(pixels, treatment), treatment
