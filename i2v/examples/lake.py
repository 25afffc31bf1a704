"""A mountain lake at dusk: a landscape of ridged noise in true perspective, lit by a low sun, doubled by the water."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from i2v.examples.brushes import Paint, Plane, blur, cloud_noise, coordinates, grain, hex_colour, mix, ramp, smooth_step

_MAP = 4096
_FAR = 9.0
_SIDE = 4.5  # half the map's width
_EYE = 0.10
_WATERLINE = 0.60
_SUN = (0.585, 0.655)  # down and across, in heights of the picture
_FOCUS = 1.05


def draw_lake(height: int, width: int) -> Paint:
    chance = np.random.default_rng(11)
    sky = _sky(chance, height, width)
    shore = round(height * _WATERLINE)
    above = _mountains(chance, sky, shore)
    picture = sky.copy()
    picture[:shore] = above[:shore]
    picture[shore:] = _water(chance, above[:shore], height - shore)
    picture = _mist(chance, picture, shore)
    picture = _pines(chance, picture)
    return grain(chance, _grade(picture), 0.006)


def _sky(chance: np.random.Generator, height: int, width: int) -> Paint:
    down, across = coordinates(height, width)
    stops = [
        (0.0, "#1d2b53"),
        (0.16, "#3b4a80"),
        (0.32, "#8a6f9c"),
        (0.44, "#e09a8c"),
        (0.54, "#ffc98f"),
        (0.62, "#ffe3b0"),
    ]
    sky = ramp(down, stops)
    distance = np.hypot(across - _SUN[1], (down - _SUN[0]) * 1.25)
    sky += np.exp(-distance / 0.20)[..., None] * np.array([0.42, 0.24, 0.08], np.float32)
    # Clouds in long banks, flatter towards the horizon; their undersides catch the light.
    banks = cloud_noise(chance, height, width, (7, 2.2), 6)
    fine = cloud_noise(chance, height, width, (26, 7), 5)
    cover = smooth_step(0.50, 0.74, banks * 0.72 + fine * 0.28 + 0.04 * np.sin(down * 21))
    cover *= smooth_step(0.62, 0.30, down) * 0.92
    lit = np.clip(np.roll(cover, -round(height * 0.012), axis=0) - cover, -1, 1)
    body = ramp(down, [(0.0, "#3a4371"), (0.2, "#8d6c93"), (0.36, "#f08d7c"), (0.5, "#ffb983")])
    clouds = mix(body, hex_colour("#ffd3a8"), np.clip(0.35 - lit * 1.6, 0, 1) * smooth_step(0.0, 0.35, down))
    return mix(sky, clouds, cover * 0.85)


def _terrain(chance: np.random.Generator) -> Plane:
    """Heights over (z, x): a lake in the middle, shoulders to both sides, peaks at the far end."""
    z, x = np.mgrid[0:_MAP, 0:_MAP].astype(np.float32)
    z, x = z / _MAP * _FAR, (x / _MAP * 2 - 1) * _SIDE
    crests = cloud_noise(chance, _MAP, _MAP, (7, 7), 9, ridged=True)
    hills = cloud_noise(chance, _MAP, _MAP, (5, 5), 8)
    bend = 0.35 * np.sin(z * 0.9 + 0.4)
    sides = smooth_step(0.45, 2.6, np.abs(x - bend) + 0.5 * (hills - 0.5)) * smooth_step(0.6, 2.2, z + np.abs(x) * 0.4)
    head = smooth_step(4.4, 8.0, z + 0.6 * (hills - 0.5))
    reach = np.clip(sides + head, 0, 1.25)
    land = reach * (blur(crests, 2.4) ** 1.6 * 1.55 + hills * 0.55 - 0.28) - 0.02
    # Trees: below the snow the ground is as rough as a wood seen from afar.
    wood = cloud_noise(chance, _MAP, _MAP, (1000, 1000), 2) ** 2
    return np.asarray(
        land + wood * 0.034 * smooth_step(0.0, 0.05, land) * smooth_step(0.62, 0.40, land), dtype=np.float32
    )


def _mountains(chance: np.random.Generator, sky: Paint, shore: int) -> Paint:
    height, width, _ = sky.shape
    terrain = _terrain(chance)
    depths = np.geomspace(0.45, _FAR * 0.995, 1400).astype(np.float32)
    columns = ((np.arange(width) - width / 2) / height / _FOCUS).astype(np.float32)
    x = np.outer(depths, columns)
    levels = _sample(terrain, np.repeat(depths[:, None], width, axis=1), x)
    # How high each point stands in the picture, in heights of it above the waterline.
    rise = np.where(levels > 0, (levels - _EYE) / depths[:, None], -_EYE / depths[:, None]) * _FOCUS
    skyline = np.maximum.accumulate(rise, axis=0)
    rows = (shore - np.arange(shore) - 0.5) / height
    depth_index = np.stack([np.searchsorted(skyline[:, column], rows) for column in range(width)], axis=1)
    is_land = depth_index < len(depths)
    z = depths[np.minimum(depth_index, len(depths) - 1)]
    paint = _light(chance, terrain, z, z * columns[None], sky[:shore])
    picture = sky[:shore].copy()
    picture[is_land] = paint[is_land]
    return picture


def _sample(plane: Plane, z: Plane, x: Plane) -> Plane:
    down = (z / _FAR * _MAP).astype(np.float32)
    across = ((x / _SIDE + 1) / 2 * _MAP).astype(np.float32)
    return np.asarray(cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), dtype=np.float32)


def _light(chance: np.random.Generator, terrain: Plane, z: Plane, x: Plane, sky: Paint) -> Paint:
    """Colours of the land at the points (z, x)."""
    step = 2 * _SIDE / _MAP
    slope_z, slope_x = (blur(np.asarray(part, np.float32), 1.2) / step for part in np.gradient(terrain))
    steepness = _sample(np.hypot(slope_z, slope_x).astype(np.float32), z, x)
    # The sun stands behind the mountains, low and a little to the right; the sky fills the shadows from above.
    toward = np.array([0.42, 0.34, 0.84], np.float32)  # x, up, z
    facing = (-slope_x * toward[0] + toward[1] - slope_z * toward[2]) / np.sqrt(1 + slope_x**2 + slope_z**2)
    sun = np.clip(_sample(facing.astype(np.float32), z, x), 0, 1)
    level = _sample(terrain, z, x)
    speckle = _sample(cloud_noise(chance, _MAP, _MAP, (480, 480), 3), z, x)
    rock = mix(hex_colour("#2c2f45"), hex_colour("#4b4658"), speckle)
    wood = mix(hex_colour("#0f1a2c"), hex_colour("#20303f"), speckle)
    ground = mix(wood, rock, smooth_step(0.22, 0.42, level + 0.12 * (speckle - 0.5)))
    snow = smooth_step(0.62, 0.80, level + 0.25 * (speckle - 0.5)) * smooth_step(2.6, 1.2, steepness)
    ground = mix(ground, hex_colour("#8b93b8"), snow)
    lit = ground * (0.35 + 0.40 * np.clip(1.5 - steepness, 0, 1))[..., None]
    lit = (
        lit
        + sun[..., None] ** 1.1
        * np.array([1.0, 0.47, 0.30], np.float32)
        * (0.13 + 0.17 * smooth_step(0.2, 0.5, level) + 0.75 * snow)[..., None]
    )
    haze = 1 - np.exp(-((z / 5.6) ** 1.5))
    low_air = np.exp(-np.maximum(level, 0) / 0.20) * smooth_step(2.0, 6.0, z) * 0.75
    toward_sun = np.exp(-np.abs(x / z * _FOCUS + 2 / 3 - _SUN[1]) / 0.22)
    air = mix(hex_colour("#7f6c9f"), hex_colour("#ffb98a"), toward_sun * 0.85)
    return mix(lit, air, np.clip(haze * 0.80 + low_air * (1 - haze), 0, 0.96))


def _water(chance: np.random.Generator, above: Paint, rows: int) -> Paint:
    """The land and the sky mirrored, torn by ripples that grow towards the viewer."""
    shore, width, _ = above.shape
    down = np.arange(1, rows + 1, dtype=np.float32)[:, None] / rows
    stretched = cloud_noise(chance, rows * 2, width, (90, 9), 5)
    lines = np.clip((np.log1p(down * 18) / np.log1p(18) * (rows * 2 - 1)), 0, rows * 2 - 1)
    columns = np.arange(width, dtype=np.float32)[None].repeat(rows, axis=0)
    ripple = cv2.remap(stretched, columns, lines.repeat(width, axis=1).astype(np.float32), cv2.INTER_LINEAR) - 0.5
    source = shore - 1 - down * rows * (shore / rows) * 0.92 + ripple * shore * (0.03 + 0.26 * down)
    shift = columns + ripple * width * 0.012 * down
    mirrored = cv2.remap(
        above, shift, np.clip(source, 0, shore - 1).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    deep = ramp(down.repeat(width, axis=1), [(0.0, "#5a5a7c"), (0.4, "#232f52"), (1.0, "#0c1630")])
    fresnel = 0.90 - 0.42 * down**0.8 - 0.25 * np.clip(ripple, 0, 1) * down
    water = mix(deep, mirrored, fresnel)
    across = columns / (rows / (1 - _WATERLINE))
    path = np.exp(-(((across - _SUN[1]) / (0.03 + 0.16 * down)) ** 2))
    sparks = smooth_step(0.10, 0.30, ripple + 0.06) * path * np.exp(-down * 1.3)
    return np.asarray(water + sparks[..., None] * np.array([1.0, 0.66, 0.36], np.float32) * 0.75, np.float32)


def _mist(chance: np.random.Generator, picture: Paint, shore: int) -> Paint:
    height, width, _ = picture.shape
    down, across = coordinates(height, width)
    wisps = cloud_noise(chance, height, width, (16, 3), 5)
    band = np.exp(-(((down - _WATERLINE + 0.006) / 0.022) ** 2)) * (0.25 + 0.9 * smooth_step(0.35, 0.7, wisps))
    warm = np.exp(-np.abs(across - _SUN[1]) / 0.35)[..., None]
    colour = mix(hex_colour("#a596b8"), hex_colour("#ffd2a0"), warm[..., 0])
    return mix(picture, colour, np.clip(band * 0.62, 0, 0.8))


def _pines(chance: np.random.Generator, picture: Paint) -> Paint:
    """Pines on the near bank, dark against the light."""
    height, width, _ = picture.shape
    trees = np.zeros((height, width), np.float32)
    stand = [
        (0.965, 0.86),
        (0.905, 0.60),
        (1.012, 0.70),
        (0.845, 0.34),
        (0.935, 0.40),
        (0.02, 0.46),
        (0.075, 0.30),
        (-0.015, 0.62),
    ]
    for across, size in stand:
        trees = np.maximum(trees, _pine(chance, (height, width), across * width, height * 1.03, size * height))
    bank = smooth_step(0.0, 0.006, coordinates(height, width)[0] - _bank_line(chance, width)[None])
    trees = np.maximum(trees, bank)
    down, _ = coordinates(height, width)
    return mix(picture, ramp(down, [(0.1, "#1a2140"), (0.6, "#10162c"), (1.0, "#070b18")]), trees)


def _bank_line(chance: np.random.Generator, width: int) -> npt.NDArray[np.float32]:
    """How far down the near bank begins, for each column: grass and stones in both lower corners."""
    across = np.linspace(0, 1, width, dtype=np.float32)
    rough = cloud_noise(chance, 2, width, (2, 60), 4)[0] - 0.5
    right = smooth_step(0.62, 1.0, across) * 0.095
    left = smooth_step(0.22, 0.0, across) * 0.055
    return np.asarray(1.015 - right - left + rough * 0.022, dtype=np.float32)


def _pine(chance: np.random.Generator, shape: tuple[int, int], foot: float, base: float, size: float) -> Plane:
    """A conifer: whorls of drooping boughs, each a fan of twigs, longer towards the foot."""
    mask = np.zeros(shape, np.uint8)

    def stroke(points: list[tuple[float, float]], thickness: float) -> None:
        line = np.round(np.array(points) * 16).astype(np.int32)
        cv2.polylines(mask, [line], False, 255, max(1, round(thickness)), cv2.LINE_AA, 4)

    lean = chance.normal(0, 0.012)
    for share in np.linspace(0, 1, 12):
        stroke(
            [(foot + lean * size * share, base - size * share), (foot + lean * size, base - size)],
            size * 0.009 * (1 - share),
        )
    whorls = 58
    for whorl in range(whorls):
        share = (whorl + chance.uniform(-0.4, 0.4)) / whorls  # 0 at the tip, 1 at the foot
        share = min(max(share, 0.0), 1.0)
        y = base - size * (1 - share * 0.93)
        x = foot + lean * size * (1 - share)
        for side in (-1, 1):
            reach = size * (0.004 + 0.168 * share**0.92) * chance.uniform(0.55, 1.15)
            droop = reach * chance.uniform(0.22, 0.48)
            for twig in np.linspace(0.12, 1.0, 9):
                start = (x + side * reach * twig * 0.86, y + droop * twig**1.3)
                length = size * (0.004 + 0.022 * share**0.7) * (1.3 - twig)
                end = (start[0] + side * length * 0.7, start[1] + length * chance.uniform(0.6, 1.5))
                stroke([start, end], size * 0.0028 * (0.4 + 0.6 * share))
            stroke(
                [(x, y), (x + side * reach * 0.5, y + droop * 0.42), (x + side * reach, y + droop)],
                size * 0.0042 * (0.3 + 0.7 * share),
            )
    return np.asarray(mask, dtype=np.float32) / 255


def _grade(picture: Paint) -> Paint:
    """Bloom around the lights, more contrast in the middle, darker corners."""
    height, width, _ = picture.shape
    down, across = coordinates(height, width)
    bright = np.clip(picture - 0.70, 0, None)
    picture = picture + blur(bright, height * 0.015) * 0.35 + blur(bright, height * 0.07) * 0.45
    corner = np.hypot((across / (width / height) - 0.5) * 1.1, down - 0.5)
    picture = picture * (1 - 0.30 * smooth_step(0.40, 0.85, corner))[..., None]
    picture = np.clip(picture / (1 + np.clip(picture - 0.75, 0, None) * 0.8), 0, 1)
    curved = picture * picture * (3 - 2 * picture)
    grey = picture.mean(axis=2, keepdims=True)
    return np.asarray(grey + (picture * 0.55 + curved * 0.45 - grey) * 1.12, dtype=np.float32)
