"""Clean pictures of many kinds, made from a seed: what the measures must not find fault with.

They are painted larger than any clip of the tests, with fine texture and a little grain, as photographs have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Paint = npt.NDArray[np.float32]
Random = np.random.Generator

WIDTH, HEIGHT = 1280, 960


def texture(random: Random, coarse_px: float = 160, fine_px: float = 2, roughness: float = 0.6) -> Paint:
    """Clouds, grass, skin: noise of all sizes, the smaller the weaker. float32 (HEIGHT, WIDTH), about -1 … 1."""
    total, weight, size = np.zeros((HEIGHT, WIDTH), np.float32), 1.0, coarse_px
    while size >= fine_px:
        grid = random.standard_normal((int(HEIGHT / size) + 2, int(WIDTH / size) + 2)).astype(np.float32)
        total += weight * cv2.resize(grid, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        weight, size = weight * roughness, size / 2
    return np.asarray(total / (2.2 * np.abs(total).mean() + 1e-6), dtype=np.float32)


def landscape(random: Random) -> Paint:
    """Sky, ridges one behind another, a meadow."""
    picture = _sky(random, (150, 185, 225), (215, 225, 235))
    for ridge in range(3):
        tone = np.array([(105, 125, 140), (75, 100, 90), (55, 85, 45)][ridge], np.float32)
        line = HEIGHT * (0.38 + 0.13 * ridge) + _profile(random, 90 - 20 * ridge)
        _fill_below(picture, line, tone, 0.18 + 0.12 * ridge, texture(random, 60, 2, 0.75))
    for _ in range(int(random.integers(3, 9))):
        _tree(
            picture,
            random,
            int(random.integers(0, WIDTH)),
            int(random.integers(640, 800)),
            int(random.integers(120, 300)),
        )
    return picture


def sea(random: Random) -> Paint:
    """A straight horizon, waves, and a boat."""
    picture = _sky(random, (120, 150, 190), (250, 205, 170))
    horizon = int(random.integers(400, 560))
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    waves = texture(random, 90, 2, 0.8) * np.clip((rows - horizon) / 260, 0.1, 1)
    tone = np.array(random.integers((20, 70, 100), (60, 110, 140)), np.float32)
    picture[horizon:] = (tone + 38 * waves[..., None])[horizon:]
    x, y = int(random.integers(400, 880)), horizon + int(random.integers(40, 160))
    hull = np.array([(x - 90, y), (x + 90, y), (x + 60, y + 34), (x - 66, y + 34)])
    cv2.fillPoly(picture, [hull], (60, 35, 30), cv2.LINE_AA)
    cv2.fillPoly(picture, [np.array([(x, y - 8), (x, y - 190), (x + 84, y - 20)])], (240, 236, 225), cv2.LINE_AA)
    return picture


def portrait(random: Random) -> Paint:
    """A head in front of a background far out of focus, which is no blur to complain of."""
    tones = random.integers(40, 200, (2, 3)).astype(np.float32)
    share = (texture(random, 320, 40, 0.5)[..., None] + 1) / 2
    picture = np.asarray(tones[0] * share + tones[1] * (1 - share), dtype=np.float32)
    for _ in range(int(random.integers(4, 14))):
        centre = (int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)))
        cv2.circle(picture, centre, int(random.integers(20, 70)), random.integers(90, 235, 3).tolist(), -1)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 14), dtype=np.float32)
    x, y = int(random.integers(520, 760)), int(random.integers(400, 470))
    coat = random.integers(30, 150, 3).astype(np.float32)
    weave = texture(random, 20, 2, 0.9)
    _paint_ellipse(picture, (x, 1000), (430, 380), coat, 0.3, weave)
    skin = np.array((214, 166, 138), np.float32) * random.uniform(0.45, 1.05)
    pores = texture(random, 120, 2, 0.7)
    _paint_ellipse(picture, (x, y + 160), (95, 170), skin * 0.85, 0.08, pores)
    _paint_ellipse(picture, (x, y), (165, 215), skin, 0.1, pores)
    for side in (-1, 1):
        _paint_ellipse(picture, (x + 65 * side, y - 20), (28, 13), np.array((240, 238, 235), np.float32), 0.02, pores)
        cv2.circle(picture, (x + 65 * side, y - 20), 12, (50, 35, 25), -1, cv2.LINE_AA)
        cv2.circle(picture, (x + 69 * side, y - 24), 3, (250, 250, 250), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, y + 110), (55, 14), 0, 0, 180, (150, 75, 75), 6, cv2.LINE_AA)
    hair = (random.integers(10, 120, 3)).astype(float)
    for _ in range(900):
        angle = float(random.uniform(np.pi * 0.96, np.pi * 2.04))
        root = (int(x + 150 * np.cos(angle)), int(y - 40 + 190 * np.sin(angle)))
        tip = (int(root[0] + random.normal(0, 26)), int(root[1] - random.uniform(-60, 40)))
        cv2.line(picture, root, tip, (hair * random.uniform(0.5, 1.5)).tolist(), 2, cv2.LINE_AA)
    return picture


def product(random: Random) -> Paint:
    """One thing on plain ground, with its shadow."""
    light = float(random.choice([255.0, 248.0, 225.0, 175.0]))
    tint = np.array(random.uniform(0.9, 1.0, 3), np.float32) if light < 250 else np.ones(3, np.float32)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None, None]
    fall = np.clip((rows - 640) / 320, 0, 1) * (0 if light == 255 else 18)
    picture = np.asarray((light * tint - fall) * np.ones((HEIGHT, WIDTH, 3), np.float32), dtype=np.float32)
    x = int(random.integers(560, 720))
    shadow = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(shadow, (x + 30, 770), (250, 30), 0, 0, 360, 1.0, -1)
    picture *= 1 - 0.4 * cv2.GaussianBlur(shadow, (0, 0), 18)[..., None]
    body = random.integers(20, 220, 3).astype(np.float32)
    half, top = int(random.integers(90, 190)), int(random.integers(240, 420))
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]
    shine = 1.15 - 0.75 * np.abs((columns - x + half * 0.4) / half) ** 1.5
    surface = body * np.clip(shine, 0.25, 1.4) + 9 * texture(random, 30, 2, 0.9)[..., None]
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.rectangle(mask, (x - half, top), (x + half, 770), 1.0, -1)
    cv2.rectangle(mask, (x - half // 3, top - 110), (x + half // 3, top), 1.0, -1)
    _blend(picture, mask, surface)
    cv2.ellipse(picture, (x, (top + 770) // 2), (half * 2 // 3, 70), 0, 0, 360, (235, 225, 205), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, (top + 770) // 2), (half // 2, 45), 0, 0, 360, (170, 60, 50), 5, cv2.LINE_AA)
    return picture


def night(random: Random) -> Paint:
    """Dark on purpose: houses with lit windows under a dark sky, and lamps."""
    rows = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    picture = np.asarray(
        np.array((9, 11, 26), np.float32) + rows * np.array((22, 18, 24), np.float32), dtype=np.float32
    )
    picture = np.repeat(picture, WIDTH, axis=1) + 2 * texture(random, 200, 8)[..., None]
    left = 0
    while left < WIDTH:
        width, top = int(random.integers(90, 200)), int(random.integers(260, 620))
        wall = random.integers(14, 34, 3).astype(np.float32)
        picture[top:, left : left + width] = wall + 4 * texture(random, 16, 2)[top:, left : left + width, None]
        for y in range(top + 22, 860, 46):
            for x in range(left + 14, left + width - 26, 38):
                if random.random() < 0.4:
                    glow = np.array((255, 214, 140)) * random.uniform(0.55, 1.0)
                    cv2.rectangle(picture, (x, y), (x + 18, y + 26), glow.tolist(), -1)
        left += width + int(random.integers(0, 30))
    for _ in range(int(random.integers(3, 8))):
        lamp = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.circle(lamp, (int(random.integers(0, WIDTH)), int(random.integers(700, 900))), 9, 1.0, -1)
        halo = lamp + 6 * cv2.GaussianBlur(lamp, (0, 0), 24)
        picture += np.clip(halo, 0, 1)[..., None] * np.array((255, 225, 170), np.float32)
    return picture


def fog(random: Random) -> Paint:
    """Pale on purpose, with something dark near by."""
    grey = np.array(random.uniform((178, 182, 186), (205, 208, 212)), np.float32)
    picture = np.asarray(grey + 5 * texture(random, 320, 20)[..., None], dtype=np.float32)
    for layer in range(4):
        share = 0.12 + 0.2 * layer
        tone = grey * (1 - share) + np.array((35, 45, 42), np.float32) * share
        line = HEIGHT * (0.42 + 0.13 * layer) + _profile(random, 60)
        _fill_below(picture, line, tone, 0.05 + 0.05 * layer, texture(random, 40, 2, 0.8))
    for _ in range(3):
        _tree(picture, random, int(random.integers(100, 1180)), 900, int(random.integers(300, 520)))
    return picture


def street(random: Random) -> Paint:
    """House fronts with windows and doors, and people walking."""
    picture = _sky(random, (170, 190, 215), (225, 225, 225))
    left = -40
    while left < WIDTH:
        width, top = int(random.integers(200, 340)), int(random.integers(90, 260))
        wall = random.integers(90, 215, 3).astype(np.float32)
        stone = texture(random, 24, 2, 0.95)
        mask = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.rectangle(mask, (left, top), (left + width, 800), 1.0, -1)
        _blend(picture, mask, wall + 10 * stone[..., None])
        gap = int(random.integers(70, 95))
        for y in range(top + 40, 640, int(gap * 1.6)):
            for x in range(left + 28, left + width - 60, gap):
                pane = random.integers(35, 90, 3).astype(float)
                cv2.rectangle(picture, (x, y), (x + 42, y + 74), pane.tolist(), -1, cv2.LINE_AA)
                cv2.rectangle(picture, (x, y), (x + 42, y + 74), (232, 230, 222), 4, cv2.LINE_AA)
        left += width
    picture[800:] = np.array((105, 102, 100), np.float32) + 14 * texture(random, 20, 2, 0.95)[800:, :, None]
    for _ in range(int(random.integers(1, 5))):
        _person(picture, random, int(random.integers(150, 1130)), int(random.integers(820, 930)))
    return picture


def leaves(random: Random) -> Paint:
    """Texture from edge to edge."""
    picture = np.full((HEIGHT, WIDTH, 3), (24, 40, 18), np.float32)
    for leaf in range(1500):
        centre = (int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)))
        axes = (int(random.integers(22, 60)), int(random.integers(8, 22)))
        tone = np.array((70, 120, 40)) * random.uniform(0.35, 0.7 + leaf / 2000) + random.normal(0, 8, 3)
        angle = float(random.uniform(0, 180))
        cv2.ellipse(picture, centre, axes, angle, 0, 360, np.clip(tone, 5, 250).tolist(), -1, cv2.LINE_AA)
    return picture + 7 * texture(random, 20, 2, 0.9)[..., None]


def still_life(random: Random) -> Paint:
    """A bowl of fruit on a wooden table, before a wall."""
    picture = np.full((HEIGHT, WIDTH, 3), random.integers(90, 190, 3), np.float32)
    picture += 6 * texture(random, 300, 2, 0.6)[..., None]
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    grain = cv2.resize(texture(random, 120, 2, 0.9)[:, ::8], (WIDTH, HEIGHT))
    table = np.array((135, 90, 55), np.float32) + 24 * grain[..., None]
    _blend(picture, np.asarray(np.clip((rows - 600) / 3, 0, 1) * np.ones((1, WIDTH)), dtype=np.float32), table)
    skin = texture(random, 40, 2, 0.8)
    for fruit in range(int(random.integers(4, 7))):
        x = 640 + int((fruit - 2.5) * 95 + random.normal(0, 12))
        y, radius = 560 + int(random.normal(0, 18)), int(random.integers(70, 105))
        tone = np.array([(190, 50, 45), (225, 160, 40), (120, 165, 60), (150, 60, 110)][fruit % 4], np.float32)
        _paint_ellipse(picture, (x, y), (radius, radius), tone, 0.16, skin)
        cv2.circle(picture, (x - radius // 3, y - radius // 3), radius // 8, (250, 245, 235), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (640, 620), (360, 150), 0, 0, 180, (205, 205, 212), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (640, 620), (360, 26), 0, 0, 180, (150, 150, 160), 3, cv2.LINE_AA)
    return picture


def snow(random: Random) -> Paint:
    """Bright on purpose: snow, a pale sky, dark trees."""
    picture = _sky(random, (175, 200, 230), (225, 232, 240))
    line = HEIGHT * 0.5 + _profile(random, 50)
    _fill_below(picture, line, np.array((233, 237, 243), np.float32), 0.035, texture(random, 90, 2, 0.8))
    for _ in range(int(random.integers(4, 9))):
        _tree(
            picture,
            random,
            int(random.integers(0, WIDTH)),
            int(random.integers(520, 860)),
            int(random.integers(160, 380)),
        )
    _person(picture, random, int(random.integers(350, 930)), int(random.integers(760, 900)))
    return picture


def room(random: Random) -> Paint:
    """A wall in the light of a window, a sofa, a lamp, and floor boards."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    window = int(random.integers(120, 760))
    light = 0.62 + 0.5 * np.exp(-(((columns - window - 150) / 520) ** 2) - ((rows - 330) / 420) ** 2)
    picture = np.asarray(random.uniform(110, 205, 3) * light[..., None], dtype=np.float32)
    picture *= 1 + 0.02 * texture(random, 60, 2, 0.9)[..., None]
    view = _sky(random, (160, 190, 225), (225, 228, 230))[90:470, :300]
    picture[90:470, window : window + 300] = view
    _fill_part(picture, (window, 380, 300, 90), np.array((70, 100, 60)) + 18 * texture(random, 30, 2, 0.9)[..., None])
    for x, y, wide, high in ((0, 0, 300, 14), (0, 366, 300, 14), (0, 0, 14, 380), (286, 0, 14, 380), (143, 0, 12, 380)):
        frame = np.array((226, 220, 210)) * (1 + 0.02 * texture(random, 30, 2)[..., None])
        _fill_part(picture, (window + x, 90 + y, wide, high), frame)
    depth = np.clip((rows - 690) / 270, 0, 1)
    board = np.floor((columns - 640) / (40 + 90 * depth))
    tone = 0.8 + 0.25 * np.sin(12.9898 * board + float(random.uniform(0, 6)))
    floor = np.array((142, 98, 62)) * tone[..., None] + 12 * texture(random, 90, 2, 0.9)[..., None]
    _blend(picture, np.clip((rows - 690) / 2, 0, 1), np.asarray(floor, dtype=np.float32))
    cloth, weave = random.integers(50, 190, 3).astype(np.float32), texture(random, 16, 2, 0.95)
    left = int(random.integers(150, 560))
    for centre, axes in (
        ((left + 260, 700), (330, 120)),
        ((left + 40, 640), (90, 140)),
        ((left + 480, 640), (90, 140)),
    ):
        _paint_ellipse(picture, centre, axes, cloth, 0.12, weave)
    _paint_ellipse(picture, (left + 180, 640), (70, 55), 255 - cloth, 0.12, weave)
    stand = left + 640 if left < 400 else left - 120
    cv2.line(picture, (stand, 330), (stand, 800), (48, 42, 38), 8, cv2.LINE_AA)
    shade = np.array([(stand - 40, 230), (stand + 40, 230), (stand + 80, 350), (stand - 80, 350)])
    cv2.fillPoly(picture, [shade], (236, 206, 150), cv2.LINE_AA)
    return picture


def wall(random: Random) -> Paint:
    """Bricks in rows with mortar between them, a door and ivy."""
    mortar = np.array(random.uniform((150, 142, 130), (200, 194, 184)), np.float32)
    picture = np.asarray(mortar + 14 * texture(random, 12, 2, 0.95)[..., None], dtype=np.float32)
    stone = texture(random, 24, 2, 0.9)[..., None]
    wide, high = int(random.integers(88, 130)), int(random.integers(34, 50))
    red = random.uniform((120, 60, 45), (175, 100, 80))
    for row, top in enumerate(range(-10, HEIGHT, high)):
        for left in range(-wide + (row % 2) * wide // 2, WIDTH, wide):
            off = random.integers(-2, 3, 4)
            brick = (left + 5 + int(off[0]), top + 5 + int(off[1]), wide - 9 + int(off[2]), high - 9 + int(off[3]))
            _fill_part(picture, brick, red * random.uniform(0.7, 1.25) + random.normal(0, 6, 3) + 13 * stone)
    door = int(random.integers(300, 700))
    wood = random.integers(40, 120, 3) + 10 * texture(random, 60, 2, 0.9)[..., None]
    _fill_part(picture, (door, 260, 280, 700), wood)
    for panel in range(4):
        place = (door + 30 + 115 * (panel % 2), 300 + 320 * (panel // 2), 105, 280)
        _fill_part(picture, place, wood * 0.75)
    cv2.circle(picture, (door + 30, 610), 12, (196, 170, 96), -1, cv2.LINE_AA)
    for _ in range(700):
        x = int(random.choice([random.normal(60, 90), random.normal(1190, 90)]))
        y, size = int(random.uniform(0, HEIGHT)), int(random.integers(9, 24))
        green = (np.array((52, 96, 40)) * random.uniform(0.5, 1.5)).tolist()
        cv2.ellipse(
            picture, (x, y), (size, size * 2 // 3), float(random.uniform(0, 180)), 0, 360, green, -1, cv2.LINE_AA
        )
    return picture


SCENES: dict[str, Callable[[Random], Paint]] = {
    each.__name__: each
    for each in (fog, landscape, leaves, night, portrait, product, sea, snow, still_life, street, room, wall)
}
"""By kind; a kind's place is part of its seed."""


def paint_scene(kind: str, seed: int) -> Pixels:
    """One clean picture, uint8 (960, 1280, 3), RGB: always the same for a kind and seed."""
    number = list(SCENES).index(kind)
    random = np.random.default_rng([number, seed])
    picture = cv2.GaussianBlur(SCENES[kind](random), (0, 0), 0.7)  # no lens is sharper
    picture = picture + random.normal(0, 1.3, picture.shape)
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


def _sky(random: Random, above: tuple[int, int, int], below: tuple[int, int, int]) -> Paint:
    share = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None] ** 0.7
    gradient = np.array(above, np.float32) * (1 - share) + np.array(below, np.float32) * share
    clouds = np.clip(texture(random, 260, 4, 0.55), 0, 1.5)[..., None]
    return np.asarray(gradient * random.uniform(0.85, 1.0) + 26 * clouds, dtype=np.float32)


def _profile(random: Random, height_px: float) -> Paint:
    points = random.standard_normal(14).astype(np.float32)
    line = cv2.resize(points[None], (WIDTH, 1), interpolation=cv2.INTER_CUBIC)[0]
    rough = np.cumsum(random.standard_normal(WIDTH)).astype(np.float32)
    return np.asarray(height_px * line * 0.6 + 1.2 * (rough - cv2.blur(rough[None], (301, 1))[0]), dtype=np.float32)


def _fill_below(picture: Paint, line: Paint, tone: Paint, share: float, pattern: Paint) -> None:
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    _blend(picture, np.clip(rows - line[None, :], 0, 1), tone * (1 + share * pattern[..., None]))


def _paint_ellipse(
    picture: Paint, centre: tuple[int, int], axes: tuple[int, int], tone: Paint, share: float, pattern: Paint
) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    mask = cv2.blur(mask, (3, 3))
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None, None]
    lit = 1.08 - 0.5 * (((columns - centre[0]) / axes[0] + 0.4) ** 2 + ((rows - centre[1]) / axes[1] + 0.4) ** 2) / 3
    _blend(picture, mask, tone * np.clip(lit, 0.25, 1.1) * (1 + share * pattern[..., None]))


def _fill_part(picture: Paint, place: tuple[int, int, int, int], surface: npt.NDArray[np.floating]) -> None:
    """A rectangle (left, top, width, height) of a surface as large as the picture."""
    left, top, width, height = place
    part = np.s_[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    picture[part] = surface[part]


def _blend(picture: Paint, mask: Paint, surface: Paint) -> None:
    share = mask[..., None]
    picture[:] = picture * (1 - share) + surface * share


def _tree(picture: Paint, random: Random, x: int, foot: int, height: int) -> None:
    tone: Any = np.array((28, 44, 26)) * random.uniform(0.5, 1.3)
    cv2.line(picture, (x, foot), (x, foot - height), (40, 30, 22), max(3, height // 30), cv2.LINE_AA)
    for _ in range(height * 3):
        up = float(random.uniform(0.12, 1.0))
        reach = (1 - up) * height * 0.3
        y = int(foot - up * height)
        side = int(x + random.uniform(-reach, reach))
        shade = (tone * random.uniform(0.5, 1.6)).tolist()
        cv2.line(picture, (side, y), (side + int(random.normal(0, 7)), y + 10), shade, 2, cv2.LINE_AA)


def _person(picture: Paint, random: Random, x: int, foot: int) -> None:
    height = int(random.integers(190, 280))
    coat, legs = random.integers(15, 190, 3).astype(float), random.integers(15, 90, 3).astype(float)
    hip, shoulder = foot - height // 2, foot - int(height * 0.83)
    for side in (-1, 1):
        cv2.line(picture, (x, hip), (x + side * height // 10, foot), legs.tolist(), height // 11, cv2.LINE_AA)
        arm = (x + side * height // 7, hip - height // 20)
        cv2.line(picture, (x, shoulder + 8), arm, coat.tolist(), height // 15, cv2.LINE_AA)
    torso = [(x - height // 9, shoulder), (x + height // 9, shoulder), (x + height // 12, hip), (x - height // 12, hip)]
    cv2.fillPoly(picture, [np.array(torso)], coat.tolist(), cv2.LINE_AA)
    cv2.circle(picture, (x, foot - int(height * 0.91)), height // 12, (206, 160, 132), -1, cv2.LINE_AA)
