"""What a picture gets before its clip is made of it: decided by its measures, carried out by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

EnlargingMethod = Literal["lanczos"]


@dataclass(frozen=True)
class Enlarging:
    """How many times as wide and high, and by which method."""

    factor: float
    method: EnlargingMethod = "lanczos"


@dataclass(frozen=True)
class Treatment:
    """The steps in their order; None for those that the picture does not need.

    Attributes:
        crop: the part that is kept, left, top, width and height in pixels: what lies inside its bars.
        size: width and height it is reduced to before it is filtered: hardly a clip shows more.
        denoise: standard deviation of the noise to take away, in levels of luma (0 … 255).
        sharpen: standard deviation of the blur to take back, in pixels after reducing.
        contrast: gain and offset: level → gain × level + offset.
        enlarge: the last of what is done to pixels.
        place: where the clip is cut out of the picture, as `crop_x` and `crop_y`, so that it keeps what stands out.
    """

    crop: tuple[int, int, int, int] | None = None
    size: tuple[int, int] | None = None
    denoise: float | None = None
    sharpen: float | None = None
    contrast: tuple[float, float] | None = None
    enlarge: Enlarging | None = None
    place: tuple[float, float] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to do; reducing alone is nothing."""
        return self.changes_pixels or self.place is not None

    @property
    def changes_pixels(self) -> bool:
        """Whether the picture is another one afterwards, not only cut elsewhere."""
        return any((self.crop, self.denoise, self.sharpen, self.contrast, self.enlarge))

    def to_json(self) -> dict[str, Any]:
        """As the recipe and REST tell of it: the steps that are taken, by name; empty for a picture left as it is."""
        if not self:
            return {}
        told = {
            "crop": list(self.crop) if self.crop else None,
            "size": list(self.size) if self.size else None,
            "denoise": self.denoise,
            "sharpen": self.sharpen,
            "contrast": dict(zip(("gain", "offset"), self.contrast, strict=True)) if self.contrast else None,
            "place": list(self.place) if self.place else None,
            "enlarge": {"factor": self.enlarge.factor, "method": self.enlarge.method} if self.enlarge else None,
        }
        return {name: value for name, value in told.items() if value is not None}
