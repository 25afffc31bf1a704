"""A lantern festival: lanterns of paper rise over a river town at night, doubled by the water."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from i2v.examples.brushes import (
    Paint,
    Plane,
    blur,
    cloud_noise,
    coordinates,
    fill_shape,
    grain,
    hex_colour,
    mix,
    ramp,
    smooth_step,
)

_WATERLINE = 0.755


@dataclass(frozen=True)
class Lantern:
    """Middle, height and blur of the lens in heights of the picture; `tilt` in radians; `light` 1 is full."""

    across: float
    down: float
    size: float
    lens: float
    tilt: float
    light: float


def draw_lanterns(height: int, width: int) -> Paint:
    chance = np.random.default_rng(29)
    shore = round(height * _WATERLINE)
    far, near = _far_lanterns(chance, width / height), _near_lanterns(chance)
    scene = _hills(chance, _sky(chance, height, width))
    for lantern in far:
        _hang(scene, lantern)
    scene = _town(chance, scene, shore)
    mirrored = scene.copy()
    for lantern in near:
        _hang(mirrored, lantern)
    scene[shore:] = _water(chance, mirrored[:shore], height - shore)
    for lantern in near:
        _hang(scene, lantern)
    return grain(chance, _grade(scene), 0.006)


def _sky(chance: np.random.Generator, height: int, width: int) -> Paint:
    down, across = coordinates(height, width)
    stops = [
        (0.0, "#050a20"),
        (0.25, "#0e1740"),
        (0.45, "#25235a"),
        (0.6, "#55336a"),
        (0.7, "#9a5560"),
        (0.76, "#d98a5c"),
    ]
    sky = ramp(down + 0.06 * (across / (width / height) - 0.5) ** 2, stops)
    clouds = cloud_noise(chance, height, width, (6, 3), 6)
    cover = smooth_step(0.48, 0.78, clouds) * smooth_step(0.02, 0.3, down)
    sky = mix(sky, ramp(down, [(0.0, "#141b44"), (0.4, "#4a3568"), (0.7, "#c87a5e")]), cover * 0.55)
    stars = np.zeros((height, width), np.float32)
    for _ in range(420):
        place = chance.random(2) * (0.55, 1)
        centre = np.round(place[::-1] * (width, height) * 16).astype(int)
        radius = height * chance.uniform(0.0004, 0.0011)
        cv2.circle(stars, centre.tolist(), max(8, round(radius * 16)), chance.uniform(0.1, 0.9), -1, cv2.LINE_AA, 4)
    return np.asarray(
        sky + (stars * (1 - cover) * smooth_step(0.55, 0.15, down))[..., None] * np.float32(0.8), np.float32
    )


def _hills(chance: np.random.Generator, scene: Paint) -> Paint:
    height, width, _ = scene.shape
    down, _ = coordinates(height, width)
    for base, rise, cells, colour, haze in (
        (0.66, 0.16, 4, "#3c3166", "#a4626a"),
        (0.70, 0.11, 6, "#2a2450", "#8a4f5c"),
        (0.735, 0.08, 9, "#191a3c", "#5c3a50"),
    ):
        crest = base - rise * (cloud_noise(chance, 2, width, (2, cells), 7)[0] - 0.35)
        inside = smooth_step(-0.0012, 0.0012, down - crest[None])
        depth = np.clip((down - crest[None]) / (_WATERLINE - crest[None] + 0.01), 0, 1)
        scene = mix(scene, mix(hex_colour(colour), hex_colour(haze), depth * 0.75), inside * 0.94)
    return scene


def _far_lanterns(chance: np.random.Generator, ratio: float) -> list[Lantern]:
    """A river of lights that rises from the town, bends, and spreads out over the sky."""
    lanterns = []
    for _ in range(520):
        age = chance.beta(1.1, 1.25)  # 0 just let go, 1 high up
        middle = 0.50 + 0.17 * np.sin(age * 3.4 + 0.3) - 0.10 * age
        spread = 0.05 + 0.30 * age**1.2
        across = (middle + chance.normal(0, spread)) * ratio
        down = 0.735 - 0.75 * age + chance.normal(0, 0.02)
        size = (0.0045 + 0.013 * chance.random() ** 2.2) * (0.7 + 0.9 * age)
        lanterns.append(Lantern(across, down, size, 0.0, chance.normal(0, 0.12), chance.uniform(0.65, 1.0)))
    return sorted(lanterns, key=lambda lantern: lantern.size)


def _near_lanterns(chance: np.random.Generator) -> list[Lantern]:
    places = [
        (0.60, 0.42, 0.060),
        (0.83, 0.30, 0.052),
        (0.74, 0.60, 0.046),
        (0.46, 0.60, 0.040),
        (1.00, 0.50, 0.058),
        (0.38, 0.33, 0.054),
        (0.66, 0.18, 0.050),
        (1.08, 0.22, 0.070),
        (0.29, 0.52, 0.046),
        (0.90, 0.10, 0.046),
        (0.20, 0.20, 0.085),
        (1.20, 0.40, 0.095),
        (0.52, 0.06, 0.060),
        (0.90, 0.66, 0.040),
        (0.10, 0.50, 0.150),
        (1.25, 0.10, 0.135),
        (1.16, 0.78, 0.190),
    ]
    lanterns = []
    for across, down, size in places:
        lens = max(0.0, size - 0.085) * 0.055
        lanterns.append(Lantern(across, down, size, lens, chance.normal(0, 0.07), chance.uniform(0.85, 1.05)))
    return sorted(lanterns, key=lambda lantern: lantern.size)


def _hang(scene: Paint, lantern: Lantern) -> None:
    """Paints one lantern and the glow around it into the scene."""
    height, width, _ = scene.shape
    size = lantern.size * height
    reach = int(size * 2.4) + 3
    top, left = round(lantern.down * height) - reach, round(lantern.across * height) - reach
    rows = slice(max(0, top), min(height, top + 2 * reach))
    columns = slice(max(0, left), min(width, left + 2 * reach))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    y, x = np.mgrid[rows, columns].astype(np.float32)
    x, y = x - lantern.across * height, y - lantern.down * height
    turn = np.cos(lantern.tilt), np.sin(lantern.tilt)
    u, v = (x * turn[0] + y * turn[1]) / (size / 2), (y * turn[0] - x * turn[1]) / (size / 2)  # -1 … 1 over its height
    body, mask = _paper(u, v, 2.0 / size)
    if lantern.lens:
        body, mask = blur(body * mask[..., None], lantern.lens * height), blur(mask, lantern.lens * height)
        body = body / np.maximum(mask, 1e-4)[..., None]
    patch = scene[rows, columns]
    patch[:] = mix(patch, body * np.float32(lantern.light), mask)
    distance = np.hypot(u * 1.1, v - 0.15)
    glow = np.exp(-((distance / 0.95) ** 2)) * 0.20 + np.exp(-distance / 0.75) * 0.26
    glow *= smooth_step(4.2, 2.0, distance) * lantern.light
    patch += glow[..., None] * np.array([1.0, 0.47, 0.17], np.float32)


def _paper(u: Plane, v: Plane, pixel: float) -> tuple[Paint, Plane]:
    """Colour and shape of the lantern; `pixel` is a pixel's size in u and v."""
    half = 0.64 - 0.10 * np.clip(v, 0, 1) - 0.05 * v**2
    dome = np.sqrt(np.clip(1 - (np.clip(-v - 0.42, 0, None) / 0.58) ** 2, 0, 1))
    half = half * dome
    soft = max(pixel, 0.015)
    mask = smooth_step(soft, -soft, np.abs(u) - half) * smooth_step(soft, -soft, np.abs(v) - 1)
    side = np.clip(u / np.maximum(half, 1e-3), -1, 1)
    flame = np.exp(-(((v - 0.80) / 0.42) ** 2) - (u / 0.34) ** 2)
    heat = 0.50 + 0.30 * v + 0.42 * flame - 0.20 * side**4
    # Bamboo ribs behind the paper, and folds between them.
    angle = np.arcsin(side)
    ribs = np.exp(-((np.mod(angle / np.pi * 7 + 0.5, 1) - 0.5) ** 2) / 0.004) * 0.13
    folds = 0.04 * np.sin(v * 17 + 3 * np.sin(angle * 5)) * (1 - flame)
    heat = heat - (ribs + folds) * smooth_step(0.06, 0.02, np.full_like(u, pixel))
    stops = [
        (-0.1, "#6e1c14"),
        (0.2, "#b5391a"),
        (0.45, "#ec6f22"),
        (0.7, "#ffab3e"),
        (0.95, "#ffdf87"),
        (1.2, "#fff8df"),
    ]
    paper = ramp(heat, stops)
    rim = smooth_step(0.90, 0.96, v) * 0.55
    return mix(paper, hex_colour("#5a1f12"), rim * (1 - np.clip(flame, 0, 1) * 0.5)) * np.float32(1.08), mask


def _town(chance: np.random.Generator, scene: Paint, shore: int) -> Paint:
    """Gabled houses along the bank, a pagoda, lit windows, a string of lamps on the quay."""
    height, width, _ = scene.shape
    mask, lights = np.zeros((height, width), np.float32), np.zeros((height, width, 3), np.float32)
    at = -0.02 * height
    while at < width:
        span = height * chance.uniform(0.035, 0.085)
        tall = height * chance.uniform(0.030, 0.085) * (1.15 - 0.5 * np.exp(-(((at / width) - 0.5) ** 2) / 0.05))
        mask = np.maximum(mask, _house(height, width, at, span, shore, tall))
        _windows(chance, lights, (at, shore - tall, span, tall))
        at += span * chance.uniform(0.82, 1.0)
    pagoda = _pagoda(height, width, 0.26 * width, shore, height * 0.25)
    lights *= 1 - pagoda[..., None]
    mask = np.maximum(mask, pagoda)
    for storey in range(5):
        y = shore - height * (0.036 + 0.037 * storey)
        _windows(
            chance,
            lights,
            (0.26 * width - height * (0.026 - 0.003 * storey), y, height * (0.052 - 0.006 * storey), height * 0.022),
        )
    for place in np.linspace(0.01, 0.99, 46):
        spot = (round(place * width * 16), round((shore - height * 0.006) * 16))
        cv2.circle(lights, spot, round(height * 0.0022 * 16), (1.0, 0.62, 0.25), -1, cv2.LINE_AA, 4)
    down, _ = coordinates(height, width)
    dark = ramp(down, [(0.5, "#1a1636"), (_WATERLINE, "#2b1d33")])
    scene = mix(scene, dark, mask)
    glow = blur(lights, height * 0.006) * 2.0 + blur(lights, height * 0.022) * 2.4
    scene = scene + lights * np.maximum(mask, 0.25)[..., None] * np.float32(0.95) + glow * np.float32(0.6)
    return np.asarray(scene, dtype=np.float32)


def _house(height: int, width: int, left: float, span: float, base: float, tall: float) -> Plane:
    eave, ridge = span * 0.10, span * 0.34
    top = base - tall
    outline = [(left, base), (left, top), (left - eave, top - eave * 0.2), (left + span * 0.12, top - ridge * 0.45)]
    outline += [
        (left + span * 0.3, top - ridge),
        (left + span * 0.7, top - ridge),
        (left + span * 0.88, top - ridge * 0.45),
    ]
    outline += [(left + span + eave, top - eave * 0.2), (left + span, top), (left + span, base)]
    return fill_shape(height, width, np.array(outline, np.float32))


def _pagoda(height: int, width: int, middle: float, base: float, tall: float) -> Plane:
    mask = np.zeros((height, width), np.float32)
    storeys, y, half = 5, float(base), tall * 0.15
    for storey in range(storeys):
        rise = tall * (0.165 - 0.012 * storey)
        eave = half * 1.55
        wall = [(middle - half, y), (middle - half, y - rise), (middle + half, y - rise), (middle + half, y)]
        roof = [
            (middle - eave * 1.06, y - rise * 0.86),
            (middle - eave * 0.9, y - rise * 0.80),
            (middle, y - rise * 0.74),
        ]
        roof += [
            (middle + eave * 0.9, y - rise * 0.80),
            (middle + eave * 1.06, y - rise * 0.86),
            (middle + eave * 0.7, y - rise * 0.97),
        ]
        roof += [
            (middle + half * 0.8, y - rise * 1.16),
            (middle - half * 0.8, y - rise * 1.16),
            (middle - eave * 0.7, y - rise * 0.97),
        ]
        for part in (wall, roof):
            mask = np.maximum(mask, fill_shape(height, width, np.array(part, np.float32)))
        y, half = y - rise, half * 0.84
    spire = [(middle - half * 0.18, y), (middle, y - tall * 0.16), (middle + half * 0.18, y)]
    return np.maximum(mask, fill_shape(height, width, np.array(spire, np.float32)))


def _windows(chance: np.random.Generator, lights: Paint, wall: tuple[float, float, float, float]) -> None:
    left, top, span, tall = wall
    pane = lights.shape[0] * 0.0050
    for y in np.arange(top + pane * 1.2, top + tall - pane * 1.6, pane * 2.3):
        for x in np.arange(left + pane * 1.2, left + span - pane * 1.4, pane * 1.9):
            if chance.random() < 0.42:
                colour = np.array([1.0, 0.60, 0.22]) * chance.uniform(0.2, 1.0)
                corners = np.array([(x, y), (x + pane, y), (x + pane, y + pane * 1.3), (x, y + pane * 1.3)])
                cv2.fillPoly(lights, [np.round(corners * 16).astype(np.int32)], colour.tolist(), cv2.LINE_AA, 4)


def _water(chance: np.random.Generator, above: Paint, rows: int) -> Paint:
    """The scene mirrored and drawn out into trembling streaks."""
    shore, width, _ = above.shape
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None].repeat(width, axis=1)
    waves = cloud_noise(chance, rows * 3, width, (150, 12), 4)
    lines = (np.log1p(down * 14) / np.log1p(14) * (rows * 3 - 1)).astype(np.float32)
    columns = np.arange(width, dtype=np.float32)[None].repeat(rows, axis=0)
    ripple = cv2.remap(waves, columns, lines, cv2.INTER_LINEAR) - np.float32(0.5)
    source = shore - 1 - down * rows * 1.9 + ripple * shore * (0.02 + 0.36 * down)
    shift = columns + ripple * width * (0.002 + 0.012 * down)
    source = np.clip(source, 0, shore - 1).astype(np.float32)
    drawn = cv2.GaussianBlur(above, (0, 0), sigmaX=shore * 0.0015 + 0.3, sigmaY=shore * 0.012)
    mirrored = cv2.remap(drawn, shift.astype(np.float32), source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    deep = ramp(down, [(0.0, "#3a2748"), (0.35, "#141437"), (1.0, "#04081c")])
    return mix(deep, mirrored * np.float32(1.12), np.clip(0.88 - 0.38 * down + 0.5 * ripple, 0.15, 0.95))


def _grade(picture: Paint) -> Paint:
    """Bloom of the lights, a soft shoulder so that they keep their colour, darker corners."""
    height, width, _ = picture.shape
    down, across = coordinates(height, width)
    bright = np.clip(picture - 0.55, 0, None)
    picture = picture + blur(bright, height * 0.010) * 0.35 + blur(bright, height * 0.05) * 0.55
    corner = np.hypot((across / (width / height) - 0.5) * 1.05, down - 0.5)
    picture = picture * (1 - 0.35 * smooth_step(0.40, 0.80, corner))[..., None]
    return np.asarray(np.where(picture > 0.8, 0.8 + 0.2 * np.tanh((picture - 0.8) / 0.35), picture), dtype=np.float32)
