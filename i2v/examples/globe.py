"""A class: a globe on a teacher's desk with books, pencils and an apple, a blackboard behind, the morning sun."""

from __future__ import annotations

import numpy as np

from i2v.examples.brushes import Paint, blur
from i2v.examples.solid import (
    Array,
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
    ring,
    side_of,
    unit,
    within,
    without,
)

# The continents in squares of ten degrees, from the north pole down, from 180° west to 180° east.
_EARTH = """
............###.....................
......#####.####...........###......
..##########.##.#..#################
.....########....###############.##.
......######.....################...
......#####......##..###########....
.......##.......##############......
........##......#######..####.#.....
..........###....######.....##......
..........#####....###.........##...
..........####.....####.......###...
...........###.....###.......#####..
...........##.......#........#.##..#
...........#.......................#
...........#........................
............#.......###############.
####################################
####################################
"""
_GLOBE, _RADIUS, _TILT = (-0.32, 1.17, 0.0), 0.62, 0.41
_TURN = 0.45


def draw_globe(height: int, width: int) -> Paint:
    room = Room(
        parts=(*_walls(), *_globe(), *_desk_top()),
        eye=(0.75, 1.75, 4.3),
        looks_at=(0.12, 0.93, 0.0),
        focal=1.60,
        sun=(0.95, 0.95, 0.75),
        sky=lambda rays: np.broadcast_to(linear("#d9d2c0") * 0.8, rays.shape),
        sun_colour=(2.9, 2.35, 1.6),
        sky_colour=(0.55, 0.62, 0.72),
        far=20.0,
        softness=9.0,
    )
    return render(room, height, width)


def _walls() -> tuple[Part, ...]:
    return (
        Part(box((0, 1.5, -2.0), (9, 6, 0.1)), "#c9b99a"),
        Part(box((0.3, 1.95, -1.88), (2.55, 1.25, 0.05), 0.02), _slate),
        Part(
            without(box((0.3, 1.95, -1.86), (2.66, 1.36, 0.07), 0.02), box((0.3, 1.95, -1.8), (2.5, 1.2, 0.3))),
            "#8a5a33",
        ),
        Part(box((0, -0.1, 0), (9, 0.1, 1.75), 0.02), _wood, gloss=0.12),
    )


def _slate(points: Array) -> Array:
    """A blackboard with what was wiped off it, and an orbit drawn in chalk: sun, path, planet."""
    x, y = points[0], points[1]
    wiped = 0.5 + 0.5 * np.sin(3.1 * x + 1.7 * np.sin(2.3 * y)) * np.sin(2.7 * y + 1.3 * x)
    colour = linear("#24463c") * (0.85 + 0.35 * wiped)
    middle_x, middle_y = x - 1.30, y - 1.66
    path = np.abs(np.hypot(middle_x / 1.0, middle_y / 0.55) - 0.66)
    chalk = np.exp(-((path / 0.016) ** 2)) * (0.6 + 0.4 * np.sin(40 * np.arctan2(middle_y, middle_x)))
    chalk += np.exp(-(((np.hypot(middle_x + 0.18, middle_y) - 0.14) / 0.02) ** 2))
    rays = np.abs(np.sin(6 * np.arctan2(middle_y, middle_x + 0.18))) > 0.93
    far = np.hypot(middle_x + 0.18, middle_y)
    chalk += rays * (far > 0.18) * (far < 0.25)
    chalk += np.hypot(middle_x - 0.50, middle_y - 0.24) < 0.065
    share = np.clip(chalk, 0, 1) * 0.85
    return np.asarray(colour * (1 - share) + linear("#f0ead8") * share, np.float32)


def _wood(points: Array) -> Array:
    across = points[2] * 9 + 0.35 * np.sin(points[0] * 2.1) + 0.2 * np.sin(points[0] * 5.3 + 1)
    grain = 0.5 + 0.5 * np.sin(across * 4 + 1.2 * np.sin(across * 1.7))
    return np.asarray(linear("#a8683a") * (0.8 + 0.4 * grain), np.float32)


def _globe() -> tuple[Part, ...]:
    x, y, z = _GLOBE
    tip = np.array([np.sin(_TILT), np.cos(_TILT), 0.0]) * (_RADIUS + 0.09)
    north, south = (x + tip[0], y + tip[1], z), (x - tip[0], y - tip[1], z)
    half = within(ring(_GLOBE, (0, 0, 1), _RADIUS + 0.09, 0.026), side_of(_GLOBE, (-np.cos(_TILT), np.sin(_TILT), 0.0)))
    foot = melted(
        [drum((x, 0.05, z), (0, 1, 0), 0.34, 0.05, 0.03), limb((x, 0.10, z), (x, 0.46, z), 0.06, 0.035)], 0.08
    )
    return (
        Part(ball(_GLOBE, _RADIUS), _earth, gloss=0.35),
        Part(
            joined(half, ball(north, 0.05), ball(south, 0.05), limb(south, (x, y - _RADIUS - 0.09, z), 0.026)),
            "#c9963f",
            gloss=0.8,
        ),
        Part(foot, "#6b3b22", gloss=0.4),
    )


def _earth(points: Array) -> Array:
    """Land and sea by latitude and longitude about the tilted axis, with a grid of thin lines."""
    own = unit(points - np.asarray(_GLOBE, np.float32)[:, None])
    cosine, sine = np.cos(_TILT), np.sin(_TILT)
    up = own[0] * sine + own[1] * cosine
    out = own[0] * cosine - own[1] * sine
    latitude, longitude = np.arcsin(np.clip(up, -1, 1)), np.arctan2(out, own[2]) + _TURN
    land = _land()
    rows, columns = land.shape
    row = np.clip((0.5 - latitude / np.pi) * rows, 0, rows - 1).astype(int)
    column = ((longitude / (2 * np.pi) + 0.5) * columns).astype(int) % columns
    share = np.clip((land[row, column] - 0.46) / 0.06, 0, 1)
    green = np.clip(np.cos(latitude * 2.2), 0, 1)
    ground = linear("#b8904c") * (1 - 0.7 * green) + linear("#5c8a3c") * 0.7 * green
    ice = np.clip((np.abs(latitude) - 1.18) / 0.08, 0, 1)
    ground = ground * (1 - ice) + linear("#f2f2ea") * ice
    colour = linear("#2f7fa8") * (1 - share) + ground * share
    step = np.pi / 12
    lines = np.minimum(
        np.abs(latitude / step - np.rint(latitude / step)),
        np.abs(longitude / step - np.rint(longitude / step)) * np.cos(latitude),
    )
    return np.asarray(colour * (1 - 0.22 * np.exp(-((lines / 0.025) ** 2))), np.float32)


def _land() -> Array:
    """Share of land, (rows, columns), the squares' corners rounded off."""
    squares = np.array([[sign == "#" for sign in line] for line in _EARTH.split()], np.float32)
    fine = np.kron(squares, np.ones((24, 24), np.float32))
    rng = np.random.default_rng(4)
    ragged = blur(rng.normal(0, 1, (fine.shape[0], fine.shape[1])).astype(np.float32), 5)
    wide = np.concatenate([fine, fine, fine], axis=1)
    smooth = blur(wide, 9)[:, fine.shape[1] : 2 * fine.shape[1]]
    return np.asarray(smooth + 0.09 * ragged / ragged.std(), np.float32)


def _desk_top() -> tuple[Part, ...]:
    books = [
        ((0.95, 0.075, -0.05), (0.47, 0.075, 0.34), -0.18, "#a33b32"),
        ((0.98, 0.215, -0.07), (0.42, 0.060, 0.31), 0.10, "#2c5878"),
        ((0.93, 0.325, -0.05), (0.38, 0.046, 0.28), -0.05, "#d49a3a"),
    ]
    parts = []
    for middle, half, turn, colour in books:
        pages = box(
            (middle[0] + 0.012, middle[1], middle[2] + 0.012),
            (half[0] - 0.005, half[1] - 0.016, half[2] - 0.005),
            0.004,
            turn,
        )
        cover = without(
            box(middle, half, 0.012, turn),
            box((middle[0] + 0.04, middle[1], middle[2] + 0.03), (half[0], half[1] - 0.016, half[2]), 0.0, turn),
        )
        parts += [Part(cover, colour, gloss=0.12), Part(pages, "#efe6d0")]
    apple = melted([ball((0.92, 0.50, 0.0), 0.135, (1, 0.93, 1)), ball((0.92, 0.47, 0.0), 0.115)], 0.05)
    cup = without(
        drum((1.72, 0.24, -0.55), (0, 1, 0), 0.19, 0.24, 0.02), drum((1.72, 0.34, -0.55), (0, 1, 0), 0.16, 0.24)
    )
    parts += [
        Part(without(apple, ball((0.92, 0.66, 0.0), 0.06)), "#b3261e", gloss=0.5),
        Part(limb((0.92, 0.58, 0.0), (0.95, 0.70, 0.01), 0.012), "#4a2c17"),
        Part(cup, "#3f6f6a", gloss=0.35),
    ]
    for lean, colour in ((-0.10, "#e0a52e"), (0.02, "#c8452f"), (0.12, "#3d6fa8")):
        foot, tip = (1.72 + lean * 0.4, 0.1, -0.55), (1.72 + lean * 1.6, 0.86 - abs(lean), -0.55 + lean * 0.5)
        parts.append(Part(limb(foot, tip, 0.03), colour))
    return tuple(parts)
