"""Draws the example pictures again: `python -m i2v.examples.draw [folder]`. A minute's work, the same every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from i2v.examples.brushes import Paint
from i2v.examples.fox import draw_fox
from i2v.examples.lake import draw_lake
from i2v.examples.lanterns import draw_lanterns

WIDTH, HEIGHT = 1152, 864
_FINER = 2  # painted larger and scaled down: no jagged edges

PICTURES: dict[str, Callable[[int, int], Paint]] = {"lake": draw_lake, "lanterns": draw_lanterns, "fox": draw_fox}


def draw(name: str) -> npt.NDArray[np.uint8]:
    """One picture, uint8 (864, 1152, 3), RGB."""
    paint = PICTURES[name](HEIGHT * _FINER, WIDTH * _FINER)
    small = cv2.resize(paint, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(small, 0, 1) * 255), dtype=np.uint8)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name in PICTURES:
        Image.fromarray(draw(name)).save(folder / f"{name}.webp", quality=88, method=6)
        print(folder / f"{name}.webp", (folder / f"{name}.webp").stat().st_size // 1000, "kB")
