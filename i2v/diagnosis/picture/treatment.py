"""Which remedies a picture needs, and how much of each: decided by what is measured in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from i2v.diagnosis.picture.judgement import (
    BLUR_PX,
    CONTRAST_LEVELS,
    LARGEST_BLUR_PX,
    LARGEST_GAIN,
    NOISE_LEVELS,
    SHARP_PX,
    Framing,
    advise_on_picture,
)
from i2v.diagnosis.picture.measures import PictureMeasures
from i2v.diagnosis.picture.measuring import measure_picture
from i2v.diagnosis.picture.views import view_for_clip
from i2v.domain.crop import MIDDLE, shown_part
from i2v.domain.options import Options
from i2v.domain.treatment import Enlarging, Treatment

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Pixels

_TIMES_CLIP = 2
"""Sides of the picture that is treated in sides of the clip, at most: cameras come closer."""
_OWN_BLUR_PX = 0.6
"""Of a sharp picture: taken back as well, it would make it hard."""
_MOST_ADDED = 50.0
"""Levels of contrast beyond the bound; what is lacking is added twice, so that a picture near it is hardly changed."""
_MIDDLE_LEVEL, _PULL = 120.0, 0.3
"""Where the middle between darkest and brightest is drawn to, and how much of the way at most: pale pictures are too
bright or too dark for the most part."""
_FREE_LEVELS = 6.0
"""Kept at either end of the scale."""
_LEAST_FACTOR, _LARGEST_FACTOR = 2.0, 4.0


def decide_treatment(pixels: Pixels, options: Options) -> Treatment:
    """What a picture gets before a clip is made of it; empty for one that needs nothing.

    Args:
        pixels: the picture, uint8 (height, width, 3), RGB.
        options: of the clip, whose size and framing say how much of the picture it shows.
    """
    seen = measure_picture(pixels, options.clip_size)
    is_sharp = seen.blur_px is not None and seen.blur_px <= SHARP_PX
    is_blurred = seen.blur_px is not None and BLUR_PX < seen.blur_px <= LARGEST_BLUR_PX
    crop = _inside_borders(seen, options)
    left, top, width, height = crop or (0, 0, seen.width, seen.height)
    doubled = _TIMES_CLIP * options.width, _TIMES_CLIP * options.height
    part = pixels[top : top + height, left : left + width]
    is_noisy = seen.noise_levels > NOISE_LEVELS
    near_height, near_width = view_for_clip(part, doubled).shape[:2]
    near = measure_picture(part, doubled)
    is_reduced = (is_noisy or is_blurred) and (near_width, near_height) != (width, height)
    size = (near_width, near_height) if is_reduced else None
    return Treatment(
        crop=crop,
        size=size,
        denoise=near.noise_levels if is_noisy else None,
        sharpen=_blur_to_take_back(near.blur_px) if is_blurred else None,
        contrast=_contrast(seen) if is_sharp else None,
        enlarge=_enlarging(size or (width, height), options),
        place=_place_of_subject(seen, options) if crop is None else None,
    )


def _inside_borders(measures: PictureMeasures, options: Options) -> tuple[int, int, int, int] | None:
    """What of the picture lies inside its bars, left, top, width and height in pixels; None where a clip shows none."""
    if not any(measures.borders):
        return None
    picture = (measures.width, measures.height)
    shown = shown_part(picture, options.clip_size, options.fit, options.crop_place)
    left, top, right, bottom = (
        round(share * side) + 1 if share else 0 for share, side in zip(measures.borders, picture * 2, strict=True)
    )
    is_cut_off = (
        shown.left >= left - 1
        and shown.top >= top - 1
        and shown.left + shown.width <= picture[0] - right + 1
        and shown.top + shown.height <= picture[1] - bottom + 1
    )
    return None if is_cut_off else (left, top, picture[0] - left - right, picture[1] - top - bottom)


def _place_of_subject(measures: PictureMeasures, options: Options) -> tuple[float, float] | None:
    """Where the cut must go so that what stands out is kept; None where it is, or where its user has placed the cut."""
    if options.crop_place != MIDDLE:
        return None
    for advice in advise_on_picture(measures, Framing(options.clip_size, options.fit, is_model=False)):
        if advice.code == "off_centre" and advice.remedy:
            place = advice.remedy.options
            return float(str(place["crop_x"])), float(str(place["crop_y"]))
    return None


def _blur_to_take_back(blur_px: float | None) -> float | None:
    if blur_px is None or blur_px <= _OWN_BLUR_PX:
        return None
    return round(math.sqrt(blur_px**2 - _OWN_BLUR_PX**2), 2)


def _contrast(measures: PictureMeasures) -> tuple[float, float] | None:
    """Gain and offset that give a dull picture more of a range."""
    reach = measures.contrast_levels
    if not 1 <= reach < CONTRAST_LEVELS:
        return None
    middle = (measures.brightest_level + measures.darkest_level) / 2
    added = min(CONTRAST_LEVELS - reach, _MOST_ADDED)
    gain = min((CONTRAST_LEVELS + added) / reach, LARGEST_GAIN)
    half = gain * reach / 2
    pulled = middle + _PULL * added / _MOST_ADDED * (_MIDDLE_LEVEL - middle)
    wanted_middle = min(max(pulled, half + _FREE_LEVELS), 255 - half - _FREE_LEVELS)
    return round(gain, 3), round(wanted_middle - gain * middle, 2)


def _enlarging(size: tuple[int, int], options: Options) -> Enlarging | None:
    """Up to the size at which the clip shows the picture."""
    shown = shown_part(size, options.clip_size, options.fit)
    factor = max(options.width / shown.width, options.height / shown.height)
    return Enlarging(round(min(factor, _LARGEST_FACTOR), 6)) if factor >= _LEAST_FACTOR else None
