"""What the pictures are painted with: noise, gradients, blur. Arrays are float32, colours 0 … 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.floating[Any]]  # (height, width)
Paint = npt.NDArray[np.floating[Any]]  # (height, width, 3), RGB
Colour = tuple[float, float, float]


def hex_colour(code: str) -> Colour:
    """`#ffcc00` as three fractions."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def smooth_step(low: float, high: float, values: Plane) -> Plane:
    """0 below `low`, 1 above `high`, an S in between; `low` may be the larger one."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def mix(one: Paint | Colour, other: Paint | Colour, share: Plane | float) -> Paint:
    """`one` where share is 0, `other` where it is 1."""
    weight = np.asarray(share, dtype=np.float32)
    weight = weight[..., None] if weight.ndim == 2 else weight
    return np.asarray(np.asarray(one, np.float32) * (1 - weight) + np.asarray(other, np.float32) * weight, np.float32)


def ramp(values: Plane, stops: Sequence[tuple[float, str]]) -> Paint:
    """Colours along `values` by stops of (value, `#rrggbb`), rising."""
    places = [place for place, _ in stops]
    colours = np.array([hex_colour(code) for _, code in stops])
    channels = [np.interp(values, places, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def blur(values: Plane | Paint, sigma: float) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def cloud_noise(
    chance: np.random.Generator,
    height: int,
    width: int,
    cells: tuple[float, float],
    octaves: int,
    *,
    ridged: bool = False,
) -> Plane:
    """Fractal noise, 0 … 1. `cells` are the coarsest cells down and across; `ridged` folds it to crests."""
    total = np.zeros((height, width), np.float32)
    weight, sum_of_weights = 1.0, 0.0
    for octave in range(octaves):
        rows, columns = (max(2, round(count * 2**octave)) for count in cells)
        grid = chance.random((rows + 3, columns + 3), dtype=np.float32)
        layer = cv2.resize(
            grid, (width + 3 * width // columns, height + 3 * height // rows), interpolation=cv2.INTER_CUBIC
        )
        layer = layer[height // rows :, width // columns :][:height, :width]
        total += weight * (1 - np.abs(2 * layer - 1) if ridged else layer)
        sum_of_weights += weight
        weight *= 0.5
    return np.asarray(np.clip(total / sum_of_weights, 0, 1), dtype=np.float32)


def coordinates(height: int, width: int) -> tuple[Plane, Plane]:
    """For each pixel: how far down (0 … 1) and how far across (0 … width / height)."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    return down / height, across / height


def grain(chance: np.random.Generator, paint: Paint, strength: float) -> Paint:
    """Film grain; it also keeps smooth skies from banding."""
    noise = chance.normal(0, strength, paint.shape[:2]).astype(np.float32)
    return np.asarray(paint + noise[..., None], dtype=np.float32)
