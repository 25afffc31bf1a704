"""A paper theatre: sheets of cut paper behind each other, each with the shadow of the one in front; a fox looks out."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from i2v.examples.brushes import (
    Paint,
    Plane,
    blur,
    cloud_noise,
    coordinates,
    fill_shape,
    hex_colour,
    mix,
    smooth_curve,
    smooth_step,
)

Points = list[tuple[float, float]]

_JOINTS = 5
_LEAF: Points = [(0, 0), (0.3, 0.15), (0.6, 0.14), (1, 0), (0.6, -0.14), (0.3, -0.15)]


def draw_fox(height: int, width: int) -> Paint:
    chance = np.random.default_rng(5)
    stage = _backdrop(chance, height, width)
    moon = _disc(height, width, (0.70, 0.36), 0.185)
    stage = _lay(chance, stage, moon, "#fff1cf", 0.012)
    for sheet, colour, lift in _distant_hills(chance, height, width):
        stage = _lay(chance, stage, sheet, colour, lift)
    for bird in _birds(height, width):
        stage = _lay(chance, stage, bird, "#7d4a5c", 0.004)
    for sheet, colour, lift in _woods(chance, height, width):
        stage = _lay(chance, stage, sheet, colour, lift)
    stage = _seat_fox(chance, stage)
    for sheet, colour, lift in _frames(chance, height, width):
        stage = _lay(chance, stage, sheet, colour, lift)
    return stage


def _backdrop(chance: np.random.Generator, height: int, width: int) -> Paint:
    """Rings of lighter and lighter paper around the moon."""
    down, across = coordinates(height, width)
    stage = np.broadcast_to(np.array(hex_colour("#f2a07b"), np.float32), (height, width, 3)).copy()
    distance = np.hypot(across - 0.70, down - 0.36) + 0.006 * np.sin(np.arctan2(down - 0.36, across - 0.70) * 3 + 1)
    for radius, colour in ((0.62, "#f5b183"), (0.46, "#f8c491"), (0.32, "#fbd7a5")):
        stage = _lay(chance, stage, smooth_step(0.001, -0.001, distance - radius), colour, 0.006)
    return stage


def _lay(chance: np.random.Generator, stage: Paint, sheet: Plane, colour: str, lift: float) -> Paint:
    """Puts one sheet of paper on the stage; `lift`, in heights, is how far it stands off what lies behind."""
    height, width = sheet.shape
    shade = np.zeros_like(sheet)
    for share, spread, weight in ((0.35, 0.35, 0.30), (1.0, 1.0, 0.34)):
        step = np.array([[1, 0, lift * height * 0.45 * share], [0, 1, lift * height * 0.9 * share]], np.float32)
        moved = cv2.warpAffine(sheet, step, (width, height), borderMode=cv2.BORDER_REPLICATE)
        shade += blur(moved, lift * height * spread + 0.6) * weight
    stage = stage * (1 - shade[..., None] * np.array([0.75, 0.92, 0.86], np.float32))
    # Fibres and a lit upper edge: paper has a thickness.
    fibres = cloud_noise(chance, height, width, (180, 240), 2) - 0.5
    sheen = cloud_noise(chance, height, width, (3, 4), 3) - 0.5
    edge = np.clip(
        sheet - np.roll(sheet, (max(1, round(height * 0.0016)), max(1, round(height * 0.0008))), (0, 1)), 0, 1
    )
    paper: Paint = np.array(hex_colour(colour), np.float32) * (1 + 0.07 * fibres + 0.10 * sheen)[..., None]
    lit = np.array([0.16, 0.14, 0.12], np.float32) * edge[..., None]
    return mix(stage, paper + lit, sheet)


def _disc(height: int, width: int, middle: tuple[float, float], radius: float) -> Plane:
    down, across = coordinates(height, width)
    return smooth_step(0.8 / height, -0.8 / height, np.hypot(across - middle[0], down - middle[1]) - radius)


def _ground(height: int, width: int, base: float, waves: list[tuple[float, float, float]]) -> Plane:
    """All below a wavy line; `waves` are (height of the wave, waves across, phase)."""
    down, across = coordinates(height, width)
    line = base + sum(rise * np.sin(across[:1] * count * 2 * np.pi + phase) for rise, count, phase in waves)
    return smooth_step(-0.8 / height, 0.8 / height, down - line)


def _distant_hills(chance: np.random.Generator, height: int, width: int) -> list[tuple[Plane, str, float]]:
    return [
        (_ground(height, width, 0.55, [(0.035, 0.8, 1.0), (0.012, 2.3, 0.5)]), "#ee8f74", 0.008),
        (_ground(height, width, 0.615, [(0.040, 0.6, 3.4), (0.012, 1.9, 2.0)]), "#d9706b", 0.009),
        (
            _with_firs(chance, _ground(height, width, 0.68, [(0.030, 0.9, 5.1), (0.010, 2.2, 0.2)]), 26, 0.055),
            "#b4525f",
            0.010,
        ),
    ]


def _woods(chance: np.random.Generator, height: int, width: int) -> list[tuple[Plane, str, float]]:
    return [
        (
            _with_firs(chance, _ground(height, width, 0.745, [(0.030, 0.55, 0.6), (0.008, 2.0, 1.0)]), 17, 0.115),
            "#843b56",
            0.012,
        ),
        (
            _with_firs(chance, _ground(height, width, 0.815, [(0.022, 0.7, 2.4)]), 9, 0.20, gap=(0.30, 1.02)),
            "#57294b",
            0.014,
        ),
    ]


def _with_firs(
    chance: np.random.Generator, ground: Plane, count: int, size: float, gap: tuple[float, float] | None = None
) -> Plane:
    """The ground with firs on its edge, `size` in heights; none where `gap` says (across, in heights)."""
    height, width = ground.shape
    for at in np.linspace(-0.02, width / height + 0.02, count):
        across = at + chance.normal(0, 0.35 / count)
        tall = size * chance.uniform(0.65, 1.25)
        if gap and gap[0] < across < gap[1]:
            continue
        column = min(max(round(across * height), 0), width - 1)
        foot = float(np.argmax(ground[:, column] > 0.5)) + height * 0.012
        ground = np.maximum(ground, fill_shape(height, width, _fir(across * height, foot, tall * height)))
    return ground


def _fir(x: float, foot: float, tall: float) -> npt.NDArray[np.float32]:
    """A fir as scissors cut it: tiers with curved hems."""
    tiers, right = 4, []
    for tier in range(tiers):
        top = tall * (1 - tier * 0.215)
        low = tall * (1 - (tier + 1) * 0.215) - tall * 0.03
        half = tall * (0.105 + 0.055 * tier)
        right += [(half * 0.28, top - (top - low) * 0.35), (half * 0.62, top - (top - low) * 0.72), (half, low)]
        right += [(half * 0.55, low + tall * 0.022)]
    right += [(tall * 0.028, tall * 0.09), (tall * 0.028, -tall * 0.02)]
    outline = (
        [(x, foot - tall)] + [(x + dx, foot - dy) for dx, dy in right] + [(x - dx, foot - dy) for dx, dy in right[::-1]]
    )
    return np.array(outline, np.float32)


def _birds(height: int, width: int) -> list[Plane]:
    birds = []
    for across, down, span in ((0.42, 0.27, 0.030), (0.48, 0.235, 0.024), (0.37, 0.225, 0.020)):
        wings: Points = [(-1, -0.30), (-0.5, -0.42), (-0.08, -0.02), (0, 0.10), (0.08, -0.02), (0.5, -0.42), (1, -0.30)]
        wings += [(0.52, -0.24), (0.10, 0.20), (0, 0.30), (-0.10, 0.20), (-0.52, -0.24)]
        outline = np.array([((across + x * span) * height, (down + y * span) * height) for x, y in wings], np.float32)
        birds.append(fill_shape(height, width, outline))
    return birds


_TAIL: Points = [
    (0.10, 0.93),
    (-0.10, 0.97),
    (-0.30, 0.93),
    (-0.44, 0.80),
    (-0.46, 0.62),
    (-0.38, 0.46),
    (-0.26, 0.36),
    (-0.27, 0.50),
    (-0.24, 0.64),
    (-0.14, 0.74),
    (0.02, 0.80),
    (0.14, 0.86),
]
_TAIL_TIP: Points = [
    (-0.26, 0.36),
    (-0.38, 0.46),
    (-0.445, 0.57),
    (-0.39, 0.60),
    (-0.345, 0.55),
    (-0.30, 0.58),
    (-0.265, 0.53),
    (-0.27, 0.44),
]
_BODY: Points = [
    (0.10, 0.40),
    (0.02, 0.52),
    (-0.06, 0.66),
    (-0.10, 0.80),
    (-0.07, 0.92),
    (0.02, 0.965),
    (0.18, 0.97),
    (0.36, 0.97),
    (0.41, 0.945),
    (0.37, 0.92),
    (0.35, 0.80),
    (0.365, 0.66),
    (0.38, 0.52),
    (0.36, 0.42),
    (0.24, 0.36),
]
_CHEST: Points = [
    (0.22, 0.43),
    (0.26, 0.56),
    (0.29, 0.70),
    (0.335, 0.80),
    (0.36, 0.68),
    (0.385, 0.54),
    (0.375, 0.44),
    (0.30, 0.40),
]
_THIGH: Points = [
    (0.06, 0.66),
    (-0.03, 0.76),
    (-0.04, 0.88),
    (0.03, 0.955),
    (0.16, 0.962),
    (0.22, 0.93),
    (0.15, 0.90),
    (0.19, 0.80),
    (0.16, 0.69),
]
_SOCK: Points = [(0.352, 0.85), (0.358, 0.92), (0.408, 0.945), (0.37, 0.97), (0.30, 0.97), (0.275, 0.94), (0.295, 0.88)]
_HEAD: Points = [
    (0.08, 0.20),
    (0.075, 0.30),
    (0.10, 0.38),
    (0.19, 0.435),
    (0.30, 0.455),
    (0.38, 0.44),
    (0.46, 0.405),
    (0.525, 0.385),
    (0.535, 0.365),
    (0.49, 0.33),
    (0.42, 0.27),
    (0.36, 0.215),
    (0.29, 0.18),
    (0.18, 0.17),
]
_CHEEK: Points = [
    (0.12, 0.385),
    (0.20, 0.435),
    (0.30, 0.455),
    (0.38, 0.44),
    (0.46, 0.405),
    (0.51, 0.388),
    (0.44, 0.372),
    (0.36, 0.365),
    (0.29, 0.35),
    (0.25, 0.375),
    (0.20, 0.365),
]
_EARS: list[Points] = [
    [(0.075, 0.25), (0.06, 0.10), (0.085, -0.01), (0.16, 0.07), (0.215, 0.18)],
    [(0.215, 0.19), (0.235, 0.08), (0.285, -0.005), (0.325, 0.09), (0.345, 0.215)],
]
_EAR_INSIDES: list[Points] = [
    [(0.10, 0.20), (0.09, 0.11), (0.10, 0.05), (0.145, 0.10), (0.175, 0.175)],
    [(0.245, 0.19), (0.255, 0.11), (0.283, 0.055), (0.305, 0.11), (0.315, 0.19)],
]


def _seat_fox(chance: np.random.Generator, stage: Paint) -> Paint:
    height, width, _ = stage.shape
    size, left, top = 0.40 * height, 0.60 * height, 0.445 * height

    def part(points: Points, *, is_sharp: bool = False) -> Plane:
        knots = [(left + x * size, top + y * size) for x, y in points]
        return fill_shape(height, width, np.array(knots, np.float32) if is_sharp else smooth_curve(knots))

    hill = _ground(height, width, 0.845, [(0.018, 0.75, 4.6)])
    stage = _lay(chance, stage, hill, "#3f2142", 0.014)
    pieces: list[tuple[Plane, str, float]] = [
        (part(_TAIL), "#d95f2b", 0.008),
        (part(_TAIL_TIP), "#fff0dc", 0.003),
        (part(_BODY), "#e8702f", 0.008),
        (part(_CHEST), "#fff0dc", 0.003),
        (part(_SOCK), "#4b2438", 0.003),
        (part(_THIGH), "#ee7d38", 0.005),
        (part(_EARS[1]), "#d95f2b", 0.004),
        (part(_EAR_INSIDES[1]), "#4b2438", 0.002),
        (part(_HEAD), "#f08440", 0.007),
        (part(_EARS[0]), "#ee7d38", 0.004),
        (part(_EAR_INSIDES[0]), "#4b2438", 0.002),
        (part(_CHEEK), "#fff0dc", 0.003),
        (part([(0.505, 0.36), (0.545, 0.362), (0.548, 0.385), (0.52, 0.395)]), "#2b1526", 0.002),
        (part([(0.285, 0.315), (0.315, 0.295), (0.35, 0.305), (0.345, 0.325), (0.31, 0.33)]), "#2b1526", 0.001),
        (part([(0.322, 0.304), (0.331, 0.301), (0.332, 0.310), (0.324, 0.312)]), "#fff7ea", 0.0),
    ]
    for sheet, colour, lift in pieces:
        stage = _lay(chance, stage, sheet, colour, lift)
    return stage


def _frames(chance: np.random.Generator, height: int, width: int) -> list[tuple[Plane, str, float]]:
    """Two sheets in front of everything, with a hole to look through, leaves and grass on their edges."""
    down, across = coordinates(height, width)
    sheets = []
    for reach, colour, lift, wobble in ((0.60, "#2c1a3c", 0.020, 0.3), (0.665, "#1b1230", 0.026, 1.7)):
        x, y = (across / (width / height) - 0.5) / 0.84, (down - 0.47) / 0.80
        angle = np.arctan2(y, x)
        ripple = 0.022 * np.sin(angle * 5 + wobble) + 0.014 * np.sin(angle * 9 + 2 * wobble)
        sheet = smooth_step(
            -1.0 / height, 1.0 / height, (np.abs(x) ** 2.6 + np.abs(y) ** 2.6) ** (1 / 2.6) - reach - ripple
        )
        leaves = np.zeros((height, width), np.uint8)
        for turn in np.linspace(0.86, 2.16, 17):  # not from below, where the fox sits
            _draw_sprig(chance, sheet, leaves, (turn + chance.normal(0, 0.02)) * np.pi)
        sheets.append((np.maximum(sheet, leaves.astype(np.float32) / 255), colour, lift))
    return sheets


def _draw_sprig(chance: np.random.Generator, sheet: Plane, leaves: npt.NDArray[np.uint8], angle: float) -> None:
    """A twig that grows from the sheet's edge, seen from its middle at `angle`, into the hole."""
    height, width = sheet.shape
    way = np.array([np.cos(angle), np.sin(angle)])
    path = np.array([width / 2, height * 0.47]) + np.arange(0, max(width, height), 2.0)[:, None] * way
    path = path[((path >= 0) & (path < (width, height))).all(axis=1)]
    edge = np.nonzero(sheet[path[:, 1].astype(int), path[:, 0].astype(int)] > 0.5)[0]
    if not len(edge):
        return
    joints = [path[edge[0]] + way * height * 0.01]
    heading = np.arctan2(-way[1], -way[0]) + chance.uniform(-0.9, 0.9)
    length, bend = height * chance.uniform(0.06, 0.15), chance.uniform(-0.8, 0.8)

    def draw_leaf(foot: npt.NDArray[np.float64], toward: float, size: float) -> None:
        along = np.array([np.cos(toward), np.sin(toward)]) * size
        across = np.array([-along[1], along[0]])
        outline = smooth_curve([tuple(foot + along * x + across * y) for x, y in _LEAF], 6)
        cv2.fillPoly(leaves, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)

    for number in range(1, _JOINTS + 1):
        heading += bend / _JOINTS
        joints.append(joints[-1] + np.array([np.cos(heading), np.sin(heading)]) * length / _JOINTS)
        for side in (-1, 1):
            draw_leaf(joints[-1], heading + side * 0.95, length * (0.36 - 0.035 * number))
    draw_leaf(joints[-1], heading, length * 0.26)
    stem = np.round(np.array(joints) * 16).astype(np.int32)
    cv2.polylines(leaves, [stem], False, 255, max(1, round(height * 0.0030)), cv2.LINE_AA, 4)
