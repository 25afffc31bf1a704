"""A game: a small knight on an island in the sky, with steps of grass, coins, a tree and a flag to reach."""

from __future__ import annotations

import numpy as np

from i2v.examples.brushes import Paint
from i2v.examples.solid import (
    Array,
    Body,
    Part,
    Room,
    ball,
    box,
    drum,
    joined,
    limb,
    linear,
    melted,
    render,
    within,
    without,
)

# Across, up, ahead, size.
_CLOUDS = (
    (-4.6, 2.5, -7.5, 1.0),
    (3.9, 3.2, -9.0, 1.25),
    (0.2, 0.4, -8.0, 0.8),
    (-2.6, -1.2, -4.5, 0.7),
    (4.4, -0.9, -4.0, 0.8),
)


def draw_knight(height: int, width: int) -> Paint:
    room = Room(
        parts=(*_island(), *_knight(), *_things()),
        eye=(0.1, 1.75, 6.4),
        looks_at=(0.12, 0.92, 0.0),
        focal=1.42,
        sun=(-0.75, 1.2, 0.8),
        sky=_sky,
        sun_colour=(2.9, 2.55, 2.0),
        sky_colour=(0.50, 0.68, 0.95),
        far=30.0,
        haze=0.012,
        softness=16.0,
    )
    return render(room, height, width)


def _sky(rays: Array) -> Array:
    height = np.clip(rays[1:2] * 1.9 + 0.42, 0, 1)
    low, high = linear("#e6f4ff") * 1.5, linear("#3c93e6") * 1.1
    light = low * (1 - height) ** 1.5 + high * (1 - (1 - height) ** 1.5)
    return np.asarray(light, np.float32)


def _island() -> tuple[Part, ...]:
    parts = []
    for x, y, z, radius in ((-1.05, 0.0, 0.0, 1.20), (0.82, 0.28, -0.25, 0.74), (2.00, 0.80, -0.55, 0.60)):
        rock = melted(
            [
                ball((x, y - 0.62, z), radius * 0.86, (1, 0.62, 0.9)),
                limb((x, y - 0.7, z), (x + 0.1, y - 1.5 * radius - 0.3, z), radius * 0.42, 0.10),
            ],
            0.35,
        )
        grass = drum((x, y - 0.16, z), (0, 1, 0), radius, 0.16, 0.13)
        hang = joined(
            *(
                ball((x + radius * 0.86 * np.cos(a), y - 0.27, z + radius * 0.86 * np.sin(a)), 0.17)
                for a in np.linspace(0.15, 3.0, 7)
            )
        )
        parts += [Part(rock, _stone), Part(melted([grass, hang], 0.08), _grass)]
    return tuple(parts)


def _stone(points: Array) -> Array:
    bands = 0.5 + 0.5 * np.sin(points[1] * 14 + 1.5 * np.sin(points[0] * 4 + points[2] * 3))
    return np.asarray(linear("#8a5f48") * (0.75 + 0.45 * bands), np.float32)


def _grass(points: Array) -> Array:
    tufts = 0.5 + 0.5 * np.sin(points[0] * 9 + 2 * np.sin(points[2] * 7)) * np.sin(points[2] * 11)
    return np.asarray(linear("#5fa83a") * (0.85 + 0.3 * tufts), np.float32)


def _knight() -> tuple[Part, ...]:
    """In the middle of a step to the right; his head large, as heroes of games have them."""
    x = -1.0
    helmet = without(ball((x, 1.16, 0.1), 0.40, (1, 1.02, 1)), box((x + 0.13, 1.13, 0.48), (0.24, 0.065, 0.25), 0.05))
    body = melted([ball((x, 0.62, 0.08), 0.235, (1, 1.05, 0.85)), ball((x, 0.50, 0.08), 0.215)], 0.12)
    legs = joined(
        limb((x + 0.09, 0.42, 0.16), (x + 0.23, 0.16, 0.22), 0.085),
        limb((x - 0.08, 0.42, 0.0), (x - 0.22, 0.19, -0.04), 0.085),
    )
    boots = joined(
        ball((x + 0.29, 0.09, 0.23), 0.12, (1.25, 0.78, 1)), ball((x - 0.20, 0.12, -0.03), 0.12, (1.2, 0.8, 1))
    )
    arms = joined(
        limb((x + 0.18, 0.74, 0.22), (x + 0.45, 0.66, 0.40), 0.078),
        limb((x - 0.20, 0.74, 0.02), (x - 0.36, 0.54, 0.16), 0.078),
    )
    gloves = joined(ball((x + 0.50, 0.66, 0.43), 0.105), ball((x - 0.38, 0.50, 0.20), 0.10))
    plume = melted(
        [
            limb((x - 0.02, 1.54, 0.08), (x - 0.22, 1.74, 0.06), 0.07, 0.11),
            limb((x - 0.22, 1.74, 0.06), (x - 0.46, 1.62, 0.04), 0.11, 0.03),
        ],
        0.08,
    )
    cape = melted(
        [
            limb((x - 0.12, 0.84, -0.10), (x - 0.42, 0.46, -0.20), 0.10, 0.13),
            limb((x - 0.42, 0.46, -0.20), (x - 0.72, 0.34, -0.24), 0.13, 0.05),
        ],
        0.10,
    )
    blade = box((x + 0.57, 1.05, 0.45), (0.048, 0.38, 0.018), 0.014, 0.2)
    hilt = joined(
        box((x + 0.57, 0.665, 0.45), (0.15, 0.032, 0.05), 0.025),
        limb((x + 0.57, 0.66, 0.45), (x + 0.57, 0.52, 0.45), 0.03),
        ball((x + 0.57, 0.50, 0.45), 0.05),
    )
    shield = within(ball((x - 0.46, 0.55, 0.02), 0.42), drum((x - 0.45, 0.55, 0.42), (-0.25, 0, 1), 0.27, 0.10, 0.02))
    eyes = joined(
        ball((x + 0.05, 1.13, 0.435), 0.034, (1, 1.5, 0.6)), ball((x + 0.21, 1.13, 0.385), 0.034, (1, 1.5, 0.6))
    )
    return (
        Part(helmet, "#b9c4cf", gloss=0.55),
        Part(ball((x, 1.15, 0.1), 0.345), "#20242c"),
        Part(eyes, "#fff3c4", glow=1.6),
        Part(body, "#3d63a8", gloss=0.15),
        Part(joined(legs, arms), "#8f9aa6", gloss=0.4),
        Part(joined(boots, gloves), "#6a4428", gloss=0.15),
        Part(joined(plume, cape), "#c93a34"),
        Part(blade, "#dfe7ee", gloss=0.8),
        Part(hilt, "#e3a93c", gloss=0.6),
        Part(shield, "#e3a93c", gloss=0.4),
    )


def _things() -> tuple[Part, ...]:
    coins = [_coin(0.42, 0.88, 0.0), _coin(0.86, 1.02, -0.05), _coin(1.30, 1.00, -0.1)]
    trunk = limb((-1.72, 0.0, -0.5), (-1.69, 0.78, -0.5), 0.10, 0.07)
    crown = melted(
        [ball((-1.72, 1.12, -0.5), 0.43), ball((-2.03, 0.92, -0.43), 0.28), ball((-1.41, 0.94, -0.53), 0.28)], 0.15
    )
    pole = limb((2.16, 0.8, -0.6), (2.16, 2.15, -0.6), 0.028)
    flag = box((1.90, 1.93, -0.6), (0.25, 0.17, 0.02), 0.02)
    chest = melted(
        [
            box((1.78, 0.93, -0.30), (0.20, 0.13, 0.15), 0.03, 0.3),
            drum((1.78, 1.05, -0.30), (0.95, 0, -0.3), 0.13, 0.19, 0.03),
        ],
        0.02,
    )
    band = box((1.78, 0.99, -0.30), (0.05, 0.205, 0.168), 0.02, 0.3)
    clouds = joined(*(_cloud(*cloud) for cloud in _CLOUDS))
    return (
        *(Part(coin, "#ffc83a", gloss=0.6, glow=0.15) for coin in coins),
        Part(trunk, "#7a4a2a"),
        Part(crown, "#3f8f3f"),
        Part(pole, "#f2e6d0"),
        Part(joined(flag, ball((2.16, 2.17, -0.6), 0.055)), "#e8452f"),
        Part(chest, "#8a5227"),
        Part(band, "#e3a93c", gloss=0.5),
        Part(clouds, "#ffffff", glow=0.25),
    )


def _coin(x: float, y: float, z: float) -> Body:
    facing = (0.35, 0.0, 1.0)
    return without(drum((x, y, z), facing, 0.17, 0.035, 0.02), drum((x, y, z + 0.06), facing, 0.10, 0.035))


def _cloud(x: float, y: float, z: float, size: float) -> Body:
    puffs = ((0, 0, 0.62), (0.62, -0.10, 0.45), (-0.66, -0.12, 0.42), (0.22, 0.26, 0.42), (1.05, -0.2, 0.26))
    return melted(
        [ball((x + size * dx, y + size * dy, z), size * r, (1, 0.72, 0.8)) for dx, dy, r in puffs], 0.25 * size
    )
