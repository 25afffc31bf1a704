"""A beach in the evening: waves roll in under a low sun, break in lines of foam and run out over wet sand."""

from __future__ import annotations

import numpy as np

from i2v.examples.brushes import Paint, Plane, blur, cloud_noise, coordinates, hex_colour, mix, ramp, smooth_step

_HORIZON = 0.40
_SUN = (0.335, 0.93)  # down and across, in heights of the picture
_EYE = 2.2
"""Metres above the water."""


def draw_waves(height: int, width: int) -> Paint:
    chance = np.random.default_rng(21)
    sky = _sky(chance, height, width)
    x, z = _places(height, width)
    shore = _shore(x)
    surf = _surf(chance, x, z, shore)
    sea = _sea(chance, sky, (x, z), surf)
    sand = _sand(chance, sky, (x, z), shore)
    edge = smooth_step(-0.10, 0.10, z - shore - 0.22 * (_noise_at(chance, x * 0.9, z * 0.9) - 0.5))
    below = mix(sand, sea, edge)
    foam = _foam(chance, x, z, shore)
    below = mix(below, hex_colour("#fff4e6"), foam)
    down, _ = coordinates(height, width)
    picture = mix(sky, below, smooth_step(_HORIZON - 0.0008, _HORIZON + 0.0008, down))
    glow = np.exp(-(((down - _HORIZON) / 0.02) ** 2))
    return np.asarray(picture + glow[..., None] * np.array([0.16, 0.10, 0.05], np.float32), np.float32)


def _places(height: int, width: int) -> tuple[Plane, Plane]:
    """Where on the water each pixel looks: metres across and ahead; the sky looks at the horizon."""
    down, across = coordinates(height, width)
    ahead = _EYE / np.maximum(down - _HORIZON, 0.0012)
    return (across - width / height / 2) * ahead, np.asarray(ahead, np.float32)


def _sky(chance: np.random.Generator, height: int, width: int) -> Paint:
    down, across = coordinates(height, width)
    stops = [(0.0, "#3d5f94"), (0.13, "#7f8fb8"), (0.25, "#d9a6a0"), (0.34, "#ffc08a"), (0.41, "#ffe0ac")]
    sky = ramp(down, stops)
    distance = np.hypot(across - _SUN[1], down - _SUN[0])
    sky += np.exp(-distance / 0.16)[..., None] * np.array([0.40, 0.24, 0.08], np.float32)
    banks = cloud_noise(chance, height, width, (9, 2.4), 6) * 0.7 + cloud_noise(chance, height, width, (30, 7), 4) * 0.3
    cover = smooth_step(0.50, 0.68, banks) * smooth_step(0.42, 0.30, down) * smooth_step(-0.05, 0.10, down)
    under = np.clip(cover - np.roll(cover, round(height * 0.012), axis=0), 0, 1)
    clouds = mix(
        ramp(down, [(0.0, "#8d8fb0"), (0.2, "#d59a9a"), (0.36, "#f7a97e")]),
        hex_colour("#ffe2b8"),
        np.clip(under * 2.4, 0, 1),
    )
    sky = mix(sky, clouds, cover * 0.72)
    disc = smooth_step(0.043, 0.039, distance)
    return mix(sky, hex_colour("#fffbe6"), disc)


def _shore(x: Plane) -> Plane:
    """How far ahead the water's edge lies: nearer on the left."""
    return np.asarray(5.6 + 0.52 * x + 0.75 * np.sin(x * 0.62 + 0.5) + 0.22 * np.sin(x * 1.9 + 2.0), np.float32)


def _noise_at(chance: np.random.Generator, x: Plane, z: Plane) -> Plane:
    """Smooth noise of the ground, 0 … 1: waves of many directions; it has the scale of `x` and `z`, about a metre."""
    total = np.zeros_like(x)
    for octave in range(5):
        angle, phase = chance.uniform(0, np.pi, 2), chance.uniform(0, 7, 2)
        scale = 2.1 * 1.75**octave
        one = np.sin(scale * (x * np.cos(angle[0]) + z * np.sin(angle[0])) + phase[0] + 1.3 * total)
        other = np.sin(scale * (x * np.cos(angle[1]) + z * np.sin(angle[1])) + phase[1])
        total += one * other / 1.5**octave
    return np.asarray(0.5 + 0.28 * total, np.float32)


def _surf(chance: np.random.Generator, x: Plane, z: Plane, shore: Plane) -> Plane:
    """Slope of the water towards us: rollers along the shore, swell further out."""
    out = z - shore
    bend = 0.9 * (_noise_at(chance, x * 0.10, z * 0.10) - 0.5)
    rollers = np.sin(out * 1.55 + 2.2 * bend) * smooth_step(-0.5, 1.5, out) * smooth_step(26, 8, out)
    swell = np.sin(z * 0.55 + 2.5 * bend + x * 0.05) * smooth_step(3, 12, out) * smooth_step(160, 30, out)
    ripples = _noise_at(chance, x * 1.3, z * 1.3) - 0.5
    small = _noise_at(chance, x * 4.1, z * 4.1) - 0.5
    return np.asarray(
        0.42 * rollers + 0.30 * swell + ripples * 0.55 * smooth_step(60, 10, z) + small * 0.35 * smooth_step(20, 5, z),
        np.float32,
    )


def _sea(chance: np.random.Generator, sky: Paint, place: tuple[Plane, Plane], surf: Plane) -> Paint:
    """The sky in the water where it lies flat, the water's own green where it stands up against us."""
    height, width, _ = sky.shape
    x, z = place
    down, across = coordinates(height, width)
    mirrored = np.clip((2 * _HORIZON - down) + 0.16 * surf - 0.02, 0.0, _HORIZON - 0.004)
    rows = np.rint(mirrored * height).astype(int)
    columns = np.clip(np.rint((across + 0.03 * surf) * height), 0, width - 1).astype(int)
    reflected = blur(sky, height * 0.006)[rows, columns]
    depth = ramp(smooth_step(0, 26, z), [(0.0, "#3f9a93"), (0.35, "#2a6f86"), (1.0, "#2b4f78")])
    depth = depth * (0.85 + 0.55 * np.clip(surf, 0, 1))[..., None]
    flat = np.clip(0.42 + 0.5 * smooth_step(2, 40, z) - 0.55 * surf, 0.12, 0.95)
    sea = mix(depth, reflected, flat)
    # The sun's road: glitter where some slope turns it to us.
    road = np.exp(-(((across - _SUN[1]) / (0.05 + 0.26 * smooth_step(_HORIZON, 0.95, down))) ** 2))
    sparkle = smooth_step(0.50, 0.86, _noise_at(chance, x * 5.5, z * 3.2)) * smooth_step(0.2, -0.3, surf)
    glitter = road * (0.28 * smooth_step(90, 20, z) * sparkle + 0.55 * smooth_step(12, 120, z))
    return np.asarray(sea + glitter[..., None] * np.array([1.0, 0.78, 0.48], np.float32), np.float32)


def _sand(chance: np.random.Generator, sky: Paint, place: tuple[Plane, Plane], shore: Plane) -> Paint:
    x, z = place
    height, width, _ = sky.shape
    down, across = coordinates(height, width)
    dunes = cloud_noise(chance, height, width, (16, 7), 3)
    dry = ramp(dunes, [(0.25, "#bd946a"), (0.5, "#d3ab7c"), (0.75, "#e3c096")])
    dry = dry * (0.94 + 0.12 * cloud_noise(chance, height, width, (170, 130), 2))[..., None]
    wetness = smooth_step(1.75, 0.25, shore - z + 0.5 * (_noise_at(chance, x * 1.1, z * 1.1) - 0.5))
    rows = np.rint(np.clip(2 * _HORIZON - down * 0.86, 0.02, _HORIZON - 0.01) * height).astype(int)
    columns = np.clip(np.rint(across * height), 0, width - 1).astype(int)
    mirrored = blur(sky, height * 0.02)[rows, columns]
    wet = mix(dry * np.array([0.50, 0.46, 0.46], np.float32), mirrored, 0.46)
    return mix(dry, wet, wetness)


def _foam(chance: np.random.Generator, x: Plane, z: Plane, shore: Plane) -> Plane:
    """Lace at the water's edge and behind it, white crests where waves break."""
    out = z - shore
    ragged = _noise_at(chance, x * 1.5, z * 1.5) - 0.5
    lace = np.abs(_noise_at(chance, x * 2.4 + 3, z * 2.4) - 0.5)
    holes = smooth_step(0.02, 0.13, lace)
    foam = np.zeros_like(x)
    for at, broad, strength in (
        (0.10, 0.30, 1.0),
        (1.15, 0.34, 0.75),
        (3.1, 0.42, 0.95),
        (6.6, 0.5, 0.8),
        (11.5, 0.7, 0.6),
    ):
        line = out - at - 0.9 * ragged - 0.55 * np.sin(x * 0.35 + at * 1.7)
        front = smooth_step(-0.10, 0.02, line) * smooth_step(broad * 2.6, 0.0, line)
        gaps = smooth_step(0.30, 0.58, _noise_at(chance, x * 0.33 + at, z * 0.2)) if at > 2 else 1.0
        crest = smooth_step(-0.10, 0.0, line) * smooth_step(0.22, 0.05, line)
        foam = np.maximum(foam, strength * gaps * np.maximum(crest, front * (1 - holes) * 0.8))
    return np.asarray(np.clip(foam, 0, 1) * smooth_step(70, 18, z) * 0.92, np.float32)
