"""What a picture may ask for. Known to the server and, as JSON, to the helper that decodes."""

from __future__ import annotations

import json
from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds of one decoding.

    Attributes:
        megapixels: most pixels, in millions.
        minimum_side: shortest side allowed, in pixels.
        maximum_ratio: longest side over shortest.
        megabytes: address space of the helper; not enforced on Windows, which has no such limit.
        seconds: wall clock of the helper, its start included.
        background: RGB colour behind transparent parts.
    """

    megapixels: int = 50
    minimum_side: int = 64
    maximum_ratio: int = 8
    megabytes: int = 2048
    seconds: int = 20
    background: tuple[int, int, int] = (255, 255, 255)

    def to_json(self) -> str:
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> Limits:
        values = json.loads(text)
        return cls(**{**values, "background": tuple(values["background"])})


LIMITS = Limits()
