"""What is known of a picture once it has been measured; readable without NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Box = tuple[float, float, float, float]
"""Left, top, width and height as shares of the picture's sides."""

Borders = tuple[float, float, float, float]
"""Width of the bars at left, top, right and bottom, as shares of the picture's sides."""


@dataclass(frozen=True)
class PictureMeasures:
    """A picture as a clip of a certain size would show it; docs/coach/picture.md defines each measure.

    Attributes:
        width, height: of the picture, in pixels.
        blur_px: how soft the sharpest parts are: σ in pixels of the clip; None where nothing has an edge.
        noise_levels: standard deviation of the noise, in levels of 255, at the clip's scale.
        darkest_level, shadow_level, median_level, brightest_level: luma that 1 %, 5 %, 50 % and 99 % of the pixels do
            not exceed.
        highlight_level: what the strongest channel of 99 % of the pixels does not exceed.
        contrast_levels: from the darkest to the brightest 1 %, in luma or in the channel where that is most.
        glare_share: share of the pixels, white paper left out, that light has cut off; coloured ones count less.
        borders: bars of one colour around the picture.
        palette_share: share of the picture, its ground left out, that sixteen colours paint.
        busy_share: share of the picture that is full of edges.
        colours: how many of 4096 colours it takes to paint nine tenths of it.
        areas: boxes by what they show: `blur`, `glare`, `dark`, `borders`, `text` (lines), `parts` (of a collage) and
            `subjects` (what stands out from a plain ground, the largest first).
    """

    width: int
    height: int
    blur_px: float | None
    noise_levels: float
    darkest_level: float
    shadow_level: float
    median_level: float
    brightest_level: float
    highlight_level: float
    contrast_levels: float
    glare_share: float
    borders: Borders
    palette_share: float
    busy_share: float
    colours: int
    areas: Mapping[str, tuple[Box, ...]]

    def to_json(self) -> dict[str, Any]:
        """As every face tells it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> PictureMeasures:
        """What `to_json` gave."""
        areas = {name: tuple(tuple(box) for box in boxes) for name, boxes in told["areas"].items()}
        return cls(**{**told, "borders": tuple(told["borders"]), "areas": areas})
