"""Pictures to try the clip's measures on, drawn by chance from a seed: what drawings, patterns, nights and portraits
make hard for a measure, each in a picture of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import i2v.examples
from benchmarks.clip_textures import TEXTURES

Picture = npt.NDArray[np.uint8]  # (height, width, 3)

_PICTURE = (600, 800)


def waves(seed: int) -> Picture:
    """Soft detail of all sizes, everywhere."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: _PICTURE[0], : _PICTURE[1]].astype(np.float32)
    total = np.zeros((*_PICTURE, 3), np.float32)
    for _ in range(40):
        period, angle = 5 * 32 ** random.random(), random.uniform(0, np.pi)
        wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + random.uniform(0, 6))
        total += wave[..., None] * random.uniform(-1, 1, 3).astype(np.float32) * np.sqrt(period)
    return _as_picture(127 + total * (60 / total.std()))


def clouds(seed: int) -> Picture:
    """Noise of many octaves: what rock, foliage and cloud have in common."""
    random = np.random.default_rng(seed)
    total = np.zeros((*_PICTURE, 3), np.float32)
    for octave in range(8):
        size = (2 + 2**octave * 4, 2 + 2**octave * 3)
        layer = random.normal(0, 0.62**octave, (size[1], size[0], 3)).astype(np.float32)
        total += cv2.resize(layer, _PICTURE[::-1], interpolation=cv2.INTER_CUBIC)
    return _as_picture(random.uniform(90, 150) + total * (50 / total.std()))


def shapes(seed: int) -> Picture:
    """Flat areas with hard edges, as drawings have them."""
    random = np.random.default_rng(seed)
    picture = np.full((*_PICTURE, 3), random.uniform(60, 220, 3), np.float32)
    for _ in range(70):
        x, y = int(random.integers(0, _PICTURE[1])), int(random.integers(0, _PICTURE[0]))
        size, colour = int(random.integers(12, 130)), tuple(float(each) for each in random.uniform(10, 245, 3))
        if random.random() < 0.5:
            cv2.circle(picture, (x, y), size // 2, colour, -1, cv2.LINE_AA)
        else:
            box = cv2.boxPoints(((float(x), float(y)), (size, size * random.uniform(0.4, 1.5)), random.uniform(0, 90)))
            cv2.fillPoly(picture, [box.astype(np.int32)], colour, cv2.LINE_AA)
    return _as_picture(picture)


def portrait(seed: int) -> Picture:
    """One thing with detail before a plain, soft ground: most of the frame shows little."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: _PICTURE[0], : _PICTURE[1]].astype(np.float32)
    ground = 110 + 60 * (y / _PICTURE[0])[..., None] * random.uniform(0.4, 1, 3) + 20 * (x / _PICTURE[1])[..., None]
    ground = ground + cv2.GaussianBlur(random.normal(0, 60, (*_PICTURE, 3)), (0, 0), 20) * 6
    middle, size = (random.uniform(0.42, 0.58), random.uniform(0.45, 0.6)), random.uniform(0.2, 0.3)
    apart = np.hypot((x / _PICTURE[1] - middle[0]) * 4 / 3, y / _PICTURE[0] - middle[1])
    cover = np.clip((size - apart) * 60, 0, 1)[..., None]
    return _as_picture(ground * (1 - cover) + clouds(seed + 1000) * cover)


def street(seed: int) -> Picture:
    """Level and upright edges: a horizon, houses, windows."""
    random = np.random.default_rng(seed)
    y = np.mgrid[: _PICTURE[0], : _PICTURE[1]][0].astype(np.float32)
    picture = (190 - 70 * (y / _PICTURE[0]))[..., None] * random.uniform(0.7, 1.1, 3)
    ground = int(random.integers(360, 470))
    left = -20
    while left < _PICTURE[1]:
        width, top = int(random.integers(60, 170)), int(random.integers(90, ground - 60))
        picture[top:ground, max(0, left) : left + width] = random.uniform(30, 200, 3)
        for row in range(top + 12, ground - 16, 26):
            for column in range(left + 8, left + width - 12, 20):
                if column > 0:
                    picture[row : row + 14, column : column + 10] = random.uniform(40, 240)
        left += width
    picture[ground:] = clouds(seed + 2000)[ground:] * 0.6
    return _as_picture(picture)


def cartoon(seed: int) -> Picture:
    """A drawing of few large flat areas: sky, hills, sun, a house, trees."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform((120, 170, 200), (210, 220, 255)), np.float32)
    sun = (int(random.integers(80, width - 80)), int(random.integers(60, 170)))
    cv2.circle(picture, sun, int(random.integers(35, 60)), (250.0, 220.0, 90.0), -1, cv2.LINE_AA)
    across = np.arange(0, width + 20, 20)
    for level in (0.5, 0.65, 0.8):
        wave = np.sin(across * random.uniform(0.004, 0.012) + random.uniform(0, 6)) * random.uniform(20, 50)
        edge = np.stack([across, level * height + wave], axis=1)
        hill = np.concatenate([edge, [[width + 20, height], [0, height]]]).astype(np.int32)
        cv2.fillPoly(picture, [hill], tuple(random.uniform((20, 90, 20), (110, 190, 90))), cv2.LINE_AA)
    for _ in range(4):
        x, y = int(random.integers(60, width - 60)), int(random.uniform(0.6, 0.9) * height)
        size = int(random.integers(40, 90))
        cv2.rectangle(picture, (x - size // 10, y - size), (x + size // 10, y), (110.0, 75.0, 45.0), -1)
        cv2.circle(
            picture, (x, y - size), size // 2, tuple(random.uniform((10, 70, 20), (90, 150, 60))), -1, cv2.LINE_AA
        )
    x, y = int(random.integers(200, width - 250)), int(random.integers(360, 480))
    cv2.rectangle(picture, (x, y - 90), (x + 130, y), tuple(random.uniform((150, 60, 50), (240, 220, 200))), -1)
    roof = np.array([[x - 15, y - 90], [x + 145, y - 90], [x + 65, y - 150]], np.int32)
    cv2.fillPoly(picture, [roof], (150.0, 50.0, 40.0), cv2.LINE_AA)
    cv2.rectangle(picture, (x + 50, y - 55), (x + 80, y), (80.0, 50.0, 30.0), -1)
    return _as_picture(picture)


def facade(seed: int) -> Picture:
    """Equal windows in equal rows and columns: whatever moves by one of them looks as before."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform(110, 200, 3), np.float32)
    across, down = int(random.integers(30, 48)), int(random.integers(36, 56))
    glass, frame = tuple(random.uniform(20, 90, 3)), tuple(random.uniform(200, 245, 3))
    first = random.integers(-20, 0, 2)
    for top in range(int(first[0]), height, down):
        for left in range(int(first[1]), width, across):
            right, low = left + int(0.55 * across), top + int(0.6 * down)
            cv2.rectangle(picture, (left, top), (right, low), frame, -1)
            cv2.rectangle(picture, (left + 3, top + 3), (right - 3, low - 3), glass, -1)
    picture += cv2.GaussianBlur(random.normal(0, 1, (*_PICTURE, 1)), (0, 0), 1.2)[..., None] * 12
    return _as_picture(picture)


def night(seed: int) -> Picture:
    """A city in the dark: hardly any light but lamps, windows and what they light up."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    rows = np.mgrid[:height, :width][0].astype(np.float32)
    picture = (8 + 14 * rows / height)[..., None] * random.uniform(0.6, 1.2, 3).astype(np.float32)
    left = 0
    while left < width:
        wide, top = int(random.integers(50, 120)), int(random.integers(150, 420))
        picture[top:500, left : left + wide] = random.uniform(8, 26, 3)
        for row in range(top + 10, 490, 18):
            for column in range(left + 6, left + wide - 8, 14):
                if random.random() < 0.35:
                    picture[row : row + 8, column : column + 6] = random.uniform((150, 120, 50), (255, 220, 150))
        left += wide
    lamps = np.zeros_like(picture)
    for _ in range(45):
        at = (int(random.integers(0, width)), int(random.integers(430, height)))
        cv2.circle(lamps, at, int(random.integers(2, 5)), tuple(random.uniform((180, 130, 60), (255, 240, 200))), -1)
    glow = cv2.GaussianBlur(lamps, (0, 0), 9) * 2.5 + lamps
    return _as_picture(picture + glow + random.normal(0, 1.0, (*_PICTURE, 1)))


def weave(seed: int) -> Picture:
    """Cloth seen close: threads, stripes of colour, folds."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: _PICTURE[0], : _PICTURE[1]].astype(np.float32)
    turn, period = random.uniform(-0.3, 0.3), random.uniform(7, 11)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    threads = 22 * np.sin(2 * np.pi * u / period) * np.sin(2 * np.pi * v / period)
    stripes = np.zeros((*_PICTURE, 3), np.float32)
    for _ in range(6):
        colour, wide = random.uniform(-70, 70, 3), random.uniform(30, 140)
        stripes += (np.sin(2 * np.pi * u / wide + random.uniform(0, 6)) > 0.6)[..., None] * colour
    folds = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 45) * 900
    uneven = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), 1.5) * 30
    return _as_picture(random.uniform(90, 150, 3) + stripes + (threads + folds + uneven)[..., None])


def leaves(seed: int) -> Picture:
    """Small things of all directions over each other, lit from above."""
    random = np.random.default_rng(seed)
    picture = np.full((*_PICTURE, 3), (20, 35, 15), np.float32)
    for layer in range(2600):
        at = (int(random.integers(0, _PICTURE[1])), int(random.integers(0, _PICTURE[0])))
        axes = (int(random.integers(5, 22)), int(random.integers(2, 8)))
        colour = random.uniform((25, 60, 15), (140, 190, 70)) * (0.4 + 0.6 * layer / 2600)
        cv2.ellipse(picture, at, axes, float(random.uniform(0, 180)), 0, 360, tuple(colour), -1, cv2.LINE_AA)
    return _as_picture(picture)


def sea(seed: int) -> Picture:
    """A smooth sky over water: long level lines, little that stands upright."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: _PICTURE[0], : _PICTURE[1]].astype(np.float32)
    horizon = random.uniform(200, 320)
    low, high = random.uniform((150, 110, 90), (250, 200, 180)), random.uniform((40, 80, 130), (120, 160, 220))
    share = np.clip(y / horizon, 0, 1)[..., None]
    picture = high + (low - high) * share
    cloud = cv2.GaussianBlur(random.normal(0, 1, _PICTURE), (0, 0), sigmaX=40, sigmaY=9) * 320
    picture = picture + np.maximum(cloud, 0)[..., None] * (1 - share)
    depth = np.maximum(y - horizon, 1)
    ripples = np.zeros(_PICTURE, np.float32)
    for _ in range(30):
        far = random.uniform(3, 14) * depth / 120 + 2
        ripples += np.sin(x / (5 * far) + random.uniform(0, 6) + y * random.uniform(-0.05, 0.05)) * np.sin(y * 6 / far)
    water = random.uniform((10, 40, 70), (50, 90, 120)) + ripples[..., None] * 7 + depth[..., None] * 0.05
    boat = np.array([[-34, 0], [34, 0], [22, 14], [-22, 14]]) + np.array([random.uniform(150, 650), horizon + 60])
    picture = np.where((y > horizon)[..., None], water, picture).astype(np.float32)
    cv2.fillPoly(picture, [boat.astype(np.int32)], (90.0, 40.0, 30.0), cv2.LINE_AA)
    mast = boat.mean(axis=0).astype(int)
    cv2.line(picture, (mast[0], mast[1]), (mast[0], mast[1] - 80), (60.0, 45.0, 40.0), 4, cv2.LINE_AA)
    return _as_picture(picture)


def sitter(seed: int) -> Picture:
    """A head and shoulders before a blurred room: large smooth skin, little but eyes, mouth and hair to go by."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    room = cv2.GaussianBlur(shapes(seed + 3000).astype(np.float32), (0, 0), 18)
    x, y = int(random.uniform(0.42, 0.58) * width), int(random.uniform(0.42, 0.5) * height)
    skin = random.uniform((150, 100, 80), (235, 190, 165))
    hair = cv2.GaussianBlur(random.normal(0, 1, (height, width, 1)), (0, 0), sigmaX=1, sigmaY=7)[..., None] * 130
    person = np.zeros((height, width, 3), np.float32)
    cover = np.zeros((height, width), np.float32)
    for middle, axes, colour in (
        ((x, y + 300), (230, 160), random.uniform(30, 150, 3)),
        ((x, y - 15), (118, 152), random.uniform((20, 15, 10), (110, 80, 60))),
        ((x, y + 110), (42, 70), skin * 0.9),
        ((x, y + 15), (92, 122), skin),
    ):
        cv2.ellipse(person, middle, axes, 0, 0, 360, tuple(float(each) for each in colour), -1, cv2.LINE_AA)
        cv2.ellipse(cover, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.ellipse(person, (x + side * 36, y), (17, 8), 0, 0, 360, (245.0, 240.0, 235.0), -1, cv2.LINE_AA)
        cv2.circle(person, (x + side * 36, y), 7, tuple(random.uniform(20, 90, 3)), -1, cv2.LINE_AA)
        cv2.line(person, (x + side * 18, y - 22), (x + side * 54, y - 25), (60.0, 40.0, 30.0), 4, cv2.LINE_AA)
    cv2.ellipse(person, (x, y + 72), (30, 9), 0, 0, 180, (150.0, 60.0, 60.0), -1, cv2.LINE_AA)
    is_hair = np.zeros((height, width), np.float32)
    cv2.ellipse(is_hair, (x, y - 15), (118, 152), 0, 180, 360, 1.0, -1, cv2.LINE_AA)
    cv2.ellipse(is_hair, (x, y + 15), (92, 122), 0, 0, 360, 0.0, -1, cv2.LINE_AA)
    person += hair * is_hair[..., None]
    light = 1 + 0.25 * (np.mgrid[:height, :width][1][..., None] - x) / width
    return _as_picture(room * (1 - cover[..., None]) + person * light * cover[..., None])


def newsprint(seed: int) -> Picture:
    """A printed page: columns of small letters, headlines, a picture."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    picture = np.full((height, width, 3), random.uniform((215, 205, 185), (240, 235, 225)), np.uint8)
    columns = int(random.integers(3, 6))
    wide, letters = width // columns, list("etaoinshrdlucmfwypvbgk")
    for column in range(columns):
        y = int(random.integers(14, 30))
        while y < height:
            is_headline = random.random() < 0.06
            y += 14 * is_headline
            size, weight = (0.8, 2) if is_headline else (0.32, 1)
            words = " ".join("".join(random.choice(letters, random.integers(2, 9))) for _ in range(12))
            line = words[: int((wide - 14) / (15 if is_headline else 6))]
            ink = (random.uniform(15, 50),) * 3
            cv2.putText(picture, line, (column * wide + 8, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, weight, cv2.LINE_AA)
            y += 18 if is_headline else 12
    x, y = int(random.integers(0, columns - 1)) * wide, int(random.integers(60, 300))
    picture[y : y + 190, x + 8 : x + 2 * wide - 8] = clouds(seed + 4000)[:190, : 2 * wide - 16].mean(axis=2)[..., None]
    return _as_picture(picture + random.normal(0, 2, (height, width, 1)))


def books(seed: int) -> Picture:
    """Shelves full of spines: upright edges of all colours, some of them nearly alike."""
    random = np.random.default_rng(seed)
    height, width = _PICTURE
    wood = random.uniform((70, 45, 25), (130, 95, 65))
    picture = np.full((height, width, 3), wood * 0.35, np.float32)
    shelf = int(random.integers(130, 180))
    for foot in range(shelf, height + shelf, shelf):
        left = 0
        while left < width:
            wide, tall = int(random.integers(9, 34)), int(random.integers(shelf * 6 // 10, shelf - 18))
            colour = random.uniform(20, 215, 3)
            for _ in range(int(random.choice((1, 1, 1, 4)))):  # now and then volumes of one work
                right = left + wide
                round_back = (1 - 0.35 * np.abs(np.linspace(-1, 1, wide)))[None, :, None]
                spine = picture[max(0, foot - tall) : foot, left:right]
                spine[:] = (colour * round_back)[:, : spine.shape[1]]
                for band in (0.15, 0.3, 0.85):
                    y = foot - round(tall * band)
                    picture[max(0, y) : max(0, y + 3), left + 2 : right - 1] = 255 - colour * 0.6
                left = right
        picture[foot : foot + 10] = wood
    rough = cv2.GaussianBlur(random.normal(0, 1, (height, width, 1)), (0, 0), 1.0)[..., None] * 8
    return _as_picture(picture + rough)


def example(name: str) -> Picture:
    """One of the app's own example pictures."""
    with Image.open(Path(i2v.examples.__file__).with_name(f"{name}.webp")) as image:
        return np.asarray(image.convert("RGB"))


_KINDS = (waves, clouds, shapes, portrait, street, cartoon, facade, night, weave, leaves, sea, sitter, newsprint, books)
DRAWN: Mapping[str, Callable[[int], Picture]] = {draw.__name__: draw for draw in _KINDS}


def picture_named(name: str) -> Picture:
    """`clouds 7` is drawn from that seed, `lake` is one of the app's own."""
    kind, _, seed = name.partition(" ")
    return {**DRAWN, **TEXTURES}[kind](int(seed)) if seed else example(kind)


def _as_picture(values: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Picture:
    picture: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture
