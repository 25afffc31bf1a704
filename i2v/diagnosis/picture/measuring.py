"""From pixels to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from i2v.diagnosis.picture.collage import find_parts
from i2v.diagnosis.picture.detail import measure_blur, measure_noise
from i2v.diagnosis.picture.layout import border_boxes, measure_borders
from i2v.diagnosis.picture.lettering import find_lettering
from i2v.diagnosis.picture.light import measure_light
from i2v.diagnosis.picture.measures import Borders, Box, PictureMeasures
from i2v.diagnosis.picture.style import measure_clutter, measure_palette
from i2v.diagnosis.picture.subject import find_subjects
from i2v.diagnosis.picture.views import DEFAULT_CLIP, inner_part, view_for_clip, view_within, whole_view_for_clip

if TYPE_CHECKING:
    from i2v.diagnosis.picture.views import Pixels

_LAYOUT_SIDE = 1024
"""Longest side in pixels of the view in which bars, seams and letters are looked for."""


def measure_picture(pixels: Pixels, clip_size: tuple[int, int] | None = None) -> PictureMeasures:
    """All that can be told of a picture; any picture that the intake lets through will do.

    Args:
        pixels: uint8 (height, width, 3), RGB, upright.
        clip_size: width and height of the clip in pixels; 512 × 512 where it is not known.
    """
    height, width = pixels.shape[:2]
    layout = view_within(pixels, _LAYOUT_SIDE)
    borders = measure_borders(layout)
    seen = inner_part(view_for_clip(pixels, clip_size or DEFAULT_CLIP), borders)
    grainy, times = whole_view_for_clip(pixels, clip_size or DEFAULT_CLIP)
    noise = measure_noise(inner_part(grainy, borders), times)
    blur, soft = measure_blur(seen, noise)
    light = measure_light(seen)
    busy, colours = measure_clutter(seen)
    inner = inner_part(layout, borders)
    return PictureMeasures(
        width=width,
        height=height,
        blur_px=blur,
        noise_levels=noise,
        darkest_level=light.darkest,
        shadow_level=light.shadow,
        median_level=light.median,
        brightest_level=light.brightest,
        highlight_level=light.highlight,
        contrast_levels=light.contrast,
        glare_share=light.glare_share,
        borders=borders,
        palette_share=measure_palette(seen),
        busy_share=busy,
        colours=colours,
        areas={
            "borders": border_boxes(borders),
            **{
                name: tuple(_outwards(box, borders) for box in boxes)
                for name, boxes in (
                    ("blur", soft),
                    ("glare", light.glare),
                    ("dark", light.dark),
                    ("text", find_lettering(inner)),
                    ("parts", find_parts(inner)),
                    ("subjects", find_subjects(seen)),
                )
            },
        },
    )


def _outwards(box: Box, borders: Borders) -> Box:
    """A box within the part that has no bars, as shares of the whole picture."""
    left, top, right, bottom = borders
    across, down = 1 - left - right, 1 - top - bottom
    return (
        round(left + box[0] * across, 4),
        round(top + box[1] * down, 4),
        round(box[2] * across, 4),
        round(box[3] * down, 4),
    )
