"""A walk: a woman in a red coat on a sandy path past hills and round trees, in the low sun of an autumn afternoon."""

from __future__ import annotations

import numpy as np

from i2v.examples.brushes import Paint
from i2v.examples.solid import Array, Body, Part, Room, ball, joined, limb, linear, melted, render

# Across, ahead, size, colour.
_TREES = (
    (-3.1, -1.6, 1.15, "#d9822b"),
    (-1.9, -4.2, 1.0, "#c75a24"),
    (2.9, -2.3, 1.25, "#e0a02f"),
    (1.5, -6.0, 1.1, "#b8472a"),
    (4.6, -5.0, 1.2, "#8a9a3c"),
    (-5.2, -5.4, 1.3, "#e0a02f"),
    (0.2, -9.0, 1.0, "#8a9a3c"),
)


def draw_walk(height: int, width: int) -> Paint:
    room = Room(
        parts=(*_land(), *_walker(), *_trees()),
        eye=(0.0, 1.45, 5.4),
        looks_at=(0.0, 1.06, 0.0),
        focal=1.72,
        sun=(-1.0, 0.62, 0.55),
        sky=_sky,
        sun_colour=(2.75, 2.1, 1.35),
        sky_colour=(0.50, 0.60, 0.82),
        far=45.0,
        haze=0.012,
        softness=12.0,
    )
    return render(room, height, width)


def _sky(rays: Array) -> Array:
    height = np.clip(rays[1:2] * 2.2 + 0.12, 0, 1)
    light = linear("#ffe2b0") * 1.5 * (1 - height) ** 3 + linear("#4a9be6") * 1.15 * (1 - (1 - height) ** 3)
    banks = np.sin(rays[0] * 9 + 2 * np.sin(rays[1] * 14)) * np.sin(rays[1] * 38 + 1.3 * np.sin(rays[0] * 6))
    clouds = np.clip(banks - 0.25, 0, 1) * np.clip(rays[1:2] * 5, 0, 1)
    return np.asarray(light * (1 - 0.55 * clouds) + linear("#fff4e4") * 1.9 * 0.55 * clouds, np.float32)


def _rise(points: Array) -> Array:
    """The ground's height: gentle waves that grow away from the path."""
    x, z = points[0], points[2]
    waves = 0.10 * np.sin(x * 0.9 + 0.4) * np.sin(z * 0.7 + 1.0) + 0.05 * np.sin(x * 2.3 + z * 1.7)
    beside = np.clip(np.abs(z - _path(x)) - 0.6, 0, 3)
    return np.asarray(waves * np.clip(beside, 0, 1) + 0.02 * beside**2 * (z < 0), np.float32)


def _path(x: Array) -> Array:
    """Where across the picture the path runs: from the left front behind the walker to the right."""
    return np.asarray(0.25 - 0.10 * x + 0.22 * np.sin(x * 0.75), np.float32)


def _land() -> tuple[Part, ...]:
    def ground(points: Array) -> Array:
        return np.asarray((points[1] - _rise(points)) * 0.85, np.float32)

    hills = joined(
        ball((-9.0, -5.2, -17.0), 7.6, (1.5, 1, 1)),
        ball((7.5, -4.6, -19.0), 7.4, (1.6, 1, 1)),
        ball((0.0, -7.2, -26.0), 10.8, (2.0, 1, 1)),
    )
    stones = joined(
        *(
            ball((x, 0.02, z), r, (1.3, 0.7, 1))
            for x, z, r in ((-1.7, 1.2, 0.10), (1.9, 0.75, 0.13), (2.15, 0.95, 0.08), (-2.6, -0.25, 0.12))
        )
    )
    return Part(ground, _meadow), Part(hills, _far_meadow), Part(stones, "#9a938a")


def _meadow(points: Array) -> Array:
    x, z = points[0], points[2]
    away = np.abs(z - _path(x)) + 0.05 * np.sin(x * 7) * np.sin(x * 3.1)
    on_path = np.clip((0.52 - away) / 0.10, 0, 1)
    tufts = 0.5 + 0.5 * np.sin(x * 13 + 2 * np.sin(z * 9)) * np.sin(z * 15 + 1.5 * np.sin(x * 4))
    meadow = linear("#7f9440") * (0.70 + 0.55 * tufts)
    dry = 0.5 + 0.5 * np.sin(x * 1.3 + 0.7) * np.sin(z * 1.1)
    meadow = meadow * (1 - 0.45 * dry) + linear("#c9a645") * 0.45 * dry
    leaves = np.sin(x * 31 + 5 * np.sin(z * 17)) * np.sin(z * 37 + 4 * np.sin(x * 13)) > 0.93
    sand = linear("#dcb98a") * (0.9 + 0.12 * np.sin(x * 22 + 3 * np.sin(z * 18)))
    ground = meadow * (1 - on_path) + sand * on_path
    return np.asarray(np.where(leaves, linear("#cf6a2a"), ground), np.float32)


def _far_meadow(points: Array) -> Array:
    patches = 0.5 + 0.5 * np.sin(points[0] * 0.8 + np.sin(points[2] * 0.9)) * np.sin(points[2] * 0.6)
    share = patches
    return np.asarray(linear("#8a9a4a") * share + linear("#c08a3e") * (1 - share), np.float32)


def _trees() -> tuple[Part, ...]:
    parts = []
    for x, z, size, colour in _TREES:
        base = float(_rise(np.array([[x], [0], [z]], np.float32))[0])
        trunk = limb((x, base - 0.1, z), (x + 0.05 * size, base + 1.15 * size, z), 0.09 * size, 0.06 * size)
        puffs = (
            (0, 1.65, 0, 0.56),
            (-0.42, 1.38, 0.10, 0.38),
            (0.44, 1.42, -0.08, 0.40),
            (0.05, 2.05, 0.0, 0.36),
            (0.02, 1.40, 0.30, 0.34),
        )
        crown = melted(
            [ball((x + dx * size, base + dy * size, z + dz * size), r * size) for dx, dy, dz, r in puffs], 0.16 * size
        )
        parts += [Part(trunk, "#5a3d2b"), Part(_leafy(crown), colour)]
    return tuple(parts)


def _leafy(crown: Body) -> Body:
    def distance(points: Array) -> Array:
        x, y, z = (points[axis] * 11 for axis in range(3))
        leaves = np.sin(x + np.sin(y * 1.3)) * np.sin(y + np.sin(z * 1.1)) * np.sin(z + np.sin(x * 1.2))
        return np.asarray((crown(points) + 0.035 * leaves) * 0.8, np.float32)

    return distance


_X, _Z = 0.15, 0.30
"""Where she is."""


def _walker() -> tuple[Part, ...]:
    """In the middle of a step to the left, seen from her left side."""
    return (*_clothes(_X, _Z), *_herself(_X, _Z))


def _clothes(x: float, z: float) -> tuple[Part, ...]:
    coat = melted(
        [
            limb((x, 1.32, z), (x + 0.04, 0.98, z), 0.155, 0.17),
            limb((x + 0.04, 0.95, z), (x + 0.09, 0.66, z), 0.18, 0.25),
        ],
        0.12,
    )
    sleeves = melted(
        [
            limb((x - 0.02, 1.32, z + 0.17), (x + 0.16, 1.05, z + 0.22), 0.075, 0.065),
            limb((x + 0.16, 1.05, z + 0.22), (x + 0.12, 0.84, z + 0.24), 0.065, 0.058),
        ],
        0.05,
    )
    far_sleeve = limb((x - 0.02, 1.30, z - 0.17), (x - 0.24, 0.98, z - 0.20), 0.072, 0.058)
    front = joined(
        limb((x + 0.01, 0.68, z - 0.08), (x - 0.20, 0.38, z - 0.08), 0.088, 0.070),
        limb((x - 0.20, 0.38, z - 0.08), (x - 0.33, 0.10, z - 0.08), 0.070, 0.055),
    )
    back = joined(
        limb((x + 0.06, 0.68, z + 0.08), (x + 0.14, 0.38, z + 0.08), 0.088, 0.070),
        limb((x + 0.14, 0.38, z + 0.08), (x + 0.42, 0.19, z + 0.08), 0.070, 0.055),
    )
    boots = joined(
        limb((x - 0.33, 0.13, z - 0.08), (x - 0.34, 0.07, z - 0.08), 0.07),
        limb((x - 0.35, 0.05, z - 0.08), (x - 0.49, 0.06, z - 0.08), 0.058, 0.05),
        limb((x + 0.40, 0.20, z + 0.08), (x + 0.46, 0.15, z + 0.08), 0.07),
        limb((x + 0.45, 0.14, z + 0.08), (x + 0.36, 0.04, z + 0.08), 0.055, 0.05),
    )
    hat = melted([ball((x + 0.0, 1.735, z), 0.165, (1, 0.66, 1)), ball((x + 0.02, 1.86, z), 0.045)], 0.02)
    scarf = melted(
        [
            ball((x - 0.005, 1.43, z), 0.135, (1, 0.50, 1)),
            limb((x + 0.10, 1.42, z + 0.06), (x + 0.42, 1.30, z + 0.16), 0.055, 0.04),
        ],
        0.05,
    )
    pack = melted(
        [ball((x + 0.235, 1.14, z), 0.165, (0.75, 1.15, 1)), ball((x + 0.26, 1.02, z), 0.14, (0.8, 0.9, 1))], 0.08
    )
    return (
        Part(joined(coat, sleeves, far_sleeve), "#c2342c"),
        Part(joined(front, back), "#2f4258"),
        Part(boots, "#5b3a22", gloss=0.1),
        Part(joined(hat, scarf), "#f0d9a8"),
        Part(pack, "#3f6b57"),
    )


def _herself(x: float, z: float) -> tuple[Part, ...]:
    head = joined(
        ball((x - 0.03, 1.62, z), 0.155, (0.95, 1.08, 0.95)),
        ball((x - 0.175, 1.60, z), 0.028),
        limb((x, 1.5, z), (x, 1.36, z), 0.06),
    )
    eye = ball((x - 0.135, 1.64, z + 0.078), 0.02, (0.8, 1.3, 0.8))
    hands = joined(ball((x + 0.11, 0.78, z + 0.24), 0.055), ball((x - 0.27, 0.93, z - 0.20), 0.055))
    hair = melted(
        [
            ball((x + 0.045, 1.64, z), 0.165, (0.95, 1.0, 1.02)),
            limb((x + 0.13, 1.56, z), (x + 0.19, 1.28, z), 0.095, 0.05),
        ],
        0.08,
    )
    return (Part(joined(head, hands), "#e8b48f"), Part(hair, "#54301c", gloss=0.08), Part(eye, "#241812", gloss=0.5))
