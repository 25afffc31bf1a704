"""A shop's window: headphones on a plinth before a painted arch, in a studio's soft light."""

from __future__ import annotations

import itertools

import numpy as np

from i2v.examples.brushes import Paint
from i2v.examples.solid import (
    Array,
    Part,
    Room,
    ball,
    box,
    drum,
    floor,
    joined,
    limb,
    linear,
    melted,
    render,
    ring,
    side_of,
    within,
)

_EAR = 0.62
_HEAD = 1.52


def draw_shop(height: int, width: int) -> Paint:
    room = Room(
        parts=(*_stage(), *_headphones()),
        eye=(-1.55, 1.72, 4.6),
        looks_at=(0.0, 1.13, 0.0),
        focal=1.62,
        sun=(-0.75, 1.15, 0.85),
        sky=_backlight,
        sun_colour=(2.7, 2.45, 2.15),
        sky_colour=(0.62, 0.60, 0.66),
        far=20.0,
        softness=7.0,
    )
    return render(room, height, width)


def _backlight(rays: Array) -> Array:
    """What gloss mirrors: a dark studio with two bright windows."""
    window = np.exp(-(((rays[0] + 0.6) / 0.35) ** 2) - ((rays[1] - 0.35) / 0.4) ** 2)
    window += 0.6 * np.exp(-(((rays[0] - 0.8) / 0.15) ** 2) - ((rays[1] - 0.3) / 0.6) ** 2)
    return np.asarray(linear("#c9a58f") * 0.35 + window * np.array([[2.4], [2.3], [2.2]]), np.float32)


def _stage() -> tuple[Part, ...]:
    wall = box((0, 3, -1.7), (9, 6, 0.2), 0.02)
    arch = within(
        joined(
            drum((0.15, 1.55, -1.42), (0, 0, 1), 1.22, 0.12, 0.03), box((0.15, 0.6, -1.42), (1.22, 0.95, 0.12), 0.03)
        ),
        side_of((0, 0, 0), (0, 1, 0)),
    )
    return (
        Part(floor(), "#d9a98c", gloss=0.10),
        Part(wall, "#d8a68a"),
        Part(arch, "#b8573f"),
        Part(
            joined(drum((0, 0.16, 0), (0, 1, 0), 0.92, 0.16, 0.035), drum((0, 0.40, 0), (0, 1, 0), 0.70, 0.09, 0.03)),
            "#f2ddc8",
            0.10,
        ),
        Part(ball((1.35, 0.30, -0.30), 0.30), "#e8b04a", gloss=0.5),
        Part(ball((-1.42, 0.17, 0.55), 0.17), "#2f5d62", gloss=0.5),
        Part(box((-1.28, 0.42, -0.75), (0.26, 0.42, 0.26), 0.03, 0.5), "#7d9a8c"),
    )


def _headphones() -> tuple[Part, ...]:
    band = within(ring((0, _HEAD - 0.22, 0), (0, 0, 1), _EAR, 0.072), side_of((0, _HEAD - 0.30, 0), (0, 1, 0)))
    arc = [(_EAR - 0.06) * np.array([np.cos(turn), np.sin(turn)]) for turn in np.radians(np.linspace(48, 132, 8))]
    bends = [(float(x), _HEAD - 0.25 + float(y), 0.0) for x, y in arc]
    pad = melted([limb(one, other, 0.082) for one, other in itertools.pairwise(bends)], 0.02)
    parts = [
        Part(band, "#22262b", gloss=0.45),
        Part(pad, "#3b4048"),
    ]
    for side in (-1, 1):
        rod = limb((side * _EAR, _HEAD - 0.28, 0), (side * (_EAR + 0.02), _HEAD - 0.62, 0), 0.034)
        shell = drum((side * (_EAR + 0.07), 0.84, 0), (side, -0.06, 0), 0.34, 0.13, 0.10)
        cap = drum((side * (_EAR + 0.185), 0.84, 0), (side, -0.06, 0), 0.20, 0.035, 0.02)
        cushion = ring((side * (_EAR - 0.10), 0.845, 0), (1, 0, 0), 0.235, 0.095)
        parts += [
            Part(rod, "#c98a5a", gloss=0.85),
            Part(shell, "#22262b", gloss=0.45),
            Part(cap, "#c98a5a", gloss=0.85),
            Part(cushion, "#4a3f3a"),
        ]
    return tuple(parts)
