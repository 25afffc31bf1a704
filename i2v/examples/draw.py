"""Draws the example pictures again: `python -m i2v.examples.draw [folder]`. Half an hour's work, the
same every time."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from i2v.examples.brushes import Paint
from i2v.examples.globe import draw_globe
from i2v.examples.knight import draw_knight
from i2v.examples.lake import draw_lake
from i2v.examples.shop import draw_shop
from i2v.examples.walk import draw_walk
from i2v.examples.waves import draw_waves

WIDTH, HEIGHT = 1024, 768
MOST_BYTES = 40_000
_FINER = {"waves": 2, "lake": 2}  # painted larger and scaled down; rooms of solids have smooth edges by themselves

PICTURES: dict[str, Callable[[int, int], Paint]] = {
    "walk": draw_walk,
    "waves": draw_waves,
    "lake": draw_lake,
    "shop": draw_shop,
    "globe": draw_globe,
    "knight": draw_knight,
}


def draw(name: str, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """One picture, uint8 (height, width, 3), RGB."""
    finer = _FINER.get(name, 1)
    paint = PICTURES[name](height * finer, width * finer)
    small = cv2.resize(paint, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(small, 0, 1) * 255), dtype=np.uint8)


def encode(picture: npt.NDArray[np.uint8]) -> bytes:
    """The best WebP that is light enough for a first screen of six."""
    for quality in range(90, 20, -2):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name in PICTURES:
        written = (folder / f"{name}.webp").write_bytes(encode(draw(name)))
        print(folder / f"{name}.webp", written // 1000, "kB")
