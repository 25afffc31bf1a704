"""Pictures of fine texture, drawn by chance from a seed: what lies all over a frame, at the size of its pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # (height, width, 3)
Floats = npt.NDArray[np.float32]

_PICTURE = (600, 800)


def gravel(seed: int) -> Picture:
    """Stones of all greys beside each other, each lit from one side."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), 40, np.float32)
    for _ in range(5200):
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        axes = (int(random.integers(3, 11)), int(random.integers(3, 8)))
        angle, grey = float(random.uniform(0, 180)), random.uniform(60, 190) * random.uniform(0.92, 1.08, 3)
        cv2.ellipse(picture, at, axes, angle, 0, 360, _ink(grey * 0.55), -1, cv2.LINE_AA)
        cv2.ellipse(
            picture, (at[0] - 1, at[1] - 1), (axes[0] - 1, axes[1] - 1), angle, 0, 360, _ink(grey), -1, cv2.LINE_AA
        )
    return _as_picture(picture + random.normal(0, 6, (height, width, 1)))


def grass(seed: int) -> Picture:
    """Blades, thin and nearly upright, nearer ones longer."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), (30, 50, 20), np.float32)
    for blade in range(9000):
        y = int(height * 1.1 * blade / 9000)
        x, length = int(random.integers(-10, width + 10)), (18 + 70 * y / height) * random.uniform(0.5, 1)
        lean = random.normal(0, 0.35)
        tip = (round(x + lean * length), round(y - length))
        colour = random.uniform((40, 80, 15), (150, 190, 90)) * random.uniform(0.6, 1)
        cv2.line(picture, (x, y), tip, _ink(colour), 1 + int(random.random() < y / height), cv2.LINE_AA)
    return _as_picture(picture)


def brick(seed: int) -> Picture:
    """A wall of bricks that differ a little, with rough faces."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform(150, 200), np.float32)
    long, high = int(random.integers(34, 60)), int(random.integers(14, 22))
    clay = random.uniform((120, 50, 35), (190, 100, 80))
    for row, top in enumerate(range(-high, height, high)):
        for left in range(-long * (2 + row % 2) // 2, width, long):
            colour = clay * random.uniform(0.8, 1.15)
            cv2.rectangle(picture, (left + 2, top + 2), (left + long - 1, top + high - 1), _ink(colour), -1)
    rough = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 1.0) * 30
    return _as_picture(picture + rough[..., None])


def hair(seed: int) -> Picture:
    """Strands of one direction that bends slowly."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform((25, 18, 12), (90, 70, 50)), np.float32)
    angle = cv2.resize(random.normal(1.2, 0.5, (3, 4)), (width, height), interpolation=cv2.INTER_CUBIC)
    shade = random.uniform((70, 50, 35), (200, 170, 120))
    for _ in range(4200):
        at = random.uniform((0, 0), (width, height))
        strand = [at]
        for _ in range(12):
            x, y = np.clip(np.rint(strand[-1]), 0, (width - 1, height - 1)).astype(int)
            strand.append(strand[-1] + 9 * np.array([np.cos(angle[y, x]), np.sin(angle[y, x])]))
        colour = _ink(shade * random.uniform(0.3, 1.2))
        cv2.polylines(picture, [np.rint(strand).astype(np.int32)], False, colour, 1, cv2.LINE_AA)
    return _as_picture(picture)


def knit(seed: int) -> Picture:
    """Wool seen close: rows of loops, stripes of colour."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    wide, high = int(random.integers(7, 13)), int(random.integers(6, 10))
    wools = random.uniform(50, 210, (4, 3))
    picture = np.zeros((height, width, 3), np.float32)
    for row, y in enumerate(range(-high, height + high, high)):
        colour = wools[(row // 9) % 4]
        picture[max(0, y) : y + high] = colour * 0.45
        for x in range(-wide, width + wide, wide):
            bright = _ink(colour * random.uniform(0.85, 1.15))
            for side in (-1, 1):
                middle = (x + side * wide // 4, y + high // 2)
                cv2.ellipse(picture, middle, (wide // 3, max(2, high // 3)), side * 50, 0, 360, bright, -1, cv2.LINE_AA)
    folds = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 60) * 1300
    return _as_picture(picture + folds[..., None])


def sand(seed: int) -> Picture:
    """Grains as fine as pixels, over soft waves."""
    random = np.random.default_rng(seed)
    y = np.mgrid[: _PICTURE[0], : _PICTURE[1]][0].astype(np.float32)
    bend = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 30) * 900
    ripples = 25 * np.sin((y + bend) / random.uniform(6, 12))
    grains = random.normal(0, 22, _PICTURE)
    return _as_picture(random.uniform((150, 120, 80), (210, 180, 140)) + (ripples + grains)[..., None])


def bark(seed: int) -> Picture:
    """Ridges that run up a trunk, split by dark furrows."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    bend = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 25) * 700
    rough = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), sigmaX=1.2, sigmaY=7) * 130
    furrows = np.minimum(0, np.sin((x + bend) / random.uniform(3, 5) + y * random.uniform(-0.05, 0.05))) * 55
    light = 0.7 + 0.5 * np.sin(np.pi * x / width)
    return _as_picture(
        (random.uniform((110, 85, 60), (160, 130, 100)) + (furrows + rough)[..., None]) * light[..., None]
    )


def shingles(seed: int) -> Picture:
    """A roof: rows of scales, each half a scale beside the one above, no two of one colour."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.zeros((height, width, 3), np.float32)
    wide, high = int(random.integers(16, 26)), int(random.integers(10, 17))
    clay = random.uniform((100, 60, 50), (190, 120, 100))
    for row in range(height // high + 2, -2, -1):
        for column in range(-1, width // wide + 2):
            at = (column * wide + row % 2 * wide // 2, row * high)
            colour = clay * random.uniform(0.7, 1.2)
            cv2.ellipse(picture, at, (wide // 2, high + 4), 0, 0, 180, _ink(colour * 0.5), -1, cv2.LINE_AA)
            cv2.ellipse(picture, at, (wide // 2 - 1, high + 2), 0, 0, 180, _ink(colour), -1, cv2.LINE_AA)
    return _as_picture(picture + random.normal(0, 5, (height, width, 1)))


def fur(seed: int) -> Picture:
    """Short strands over soft spots, lying down one way."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    spots = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 28)
    light, dark = random.uniform((170, 130, 80), (220, 180, 140)), random.uniform(30, 80, 3)
    picture = np.where((spots > 0.012)[..., None], dark, light).astype(np.float32)
    for _ in range(11000):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        tip = (x + int(random.normal(3, 3)), y + int(random.uniform(5, 13)))
        cv2.line(picture, (x, y), tip, _ink(picture[y, x] * random.uniform(0.6, 1.45)), 1, cv2.LINE_AA)
    return _as_picture(picture)


def mosaic(seed: int) -> Picture:
    """Small tiles, none quite square or in line, that together make soft bands of colour."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform(120, 170), np.float32)
    side = int(random.integers(10, 15))
    rows, columns = height // side + 3, width // side + 3
    corners = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1) * float(side) - side
    corners += random.normal(0, side / 9, corners.shape)
    bands = cv2.resize(random.uniform(30, 220, (5, 6, 3)), (columns, rows), interpolation=cv2.INTER_CUBIC)
    for row, column in np.ndindex(rows - 1, columns - 1):
        tile = corners[[row, row, row + 1, row + 1], [column, column + 1, column + 1, column]]
        tile = tile + (tile.mean(axis=0) - tile) * 0.14
        colour = bands[row, column] * random.uniform(0.75, 1.2)
        cv2.fillPoly(picture, [np.rint(tile).astype(np.int32)], _ink(colour), cv2.LINE_AA)
    return _as_picture(picture + random.normal(0, 3, (height, width, 1)))


def snowfall(seed: int) -> Picture:
    """Flakes of all sizes before dark firs and a dim sky: what is bright is as small as noise."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    low, high = random.uniform(70, 120, 3), random.uniform((20, 25, 45), (50, 60, 95))
    share = (np.arange(height, dtype=np.float32) / height)[:, None, None]
    picture = np.repeat(high + (low - high) * share, width, axis=1).astype(np.float32)
    for _ in range(14):
        x, foot = int(random.integers(0, width)), int(random.integers(height // 2, height))
        tall = int(random.integers(180, 360))
        for level in range(6):
            top, wide = foot - tall + level * tall // 7, (level + 2) * tall // 22
            branch = np.array([[x, top], [x - wide, top + tall // 4], [x + wide, top + tall // 4]], np.int32)
            cv2.fillPoly(picture, [branch], _ink(random.uniform((8, 20, 18), (26, 48, 40))), cv2.LINE_AA)
    flakes = np.zeros((height, width), np.float32)
    for _ in range(3200):
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        cv2.circle(flakes, at, int(random.exponential(0.9)), float(random.uniform(50, 210)), -1, cv2.LINE_AA)
    return _as_picture(picture + cv2.GaussianBlur(flakes, (0, 0), 0.8)[..., None])


TEXTURES: Mapping[str, Callable[[int], Picture]] = {
    draw.__name__: draw for draw in (gravel, grass, brick, hair, knit, sand, bark, shingles, fur, mosaic, snowfall)
}


def _ink(colour: npt.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(each) for each in np.clip(colour, 0, 255))


def _as_picture(values: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Picture:
    picture: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture
