"""Pictures and good clips to try the clip's measures on: drawn by chance from a seed, moved by the camera engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import i2v.examples
from i2v.domain.motion import Motion, Move, Segment, read_motion
from i2v.engines.camera.path import Timing, plan_path
from i2v.engines.camera.render import render_frames

Picture = npt.NDArray[np.uint8]  # (height, width, 3)
Film = npt.NDArray[np.uint8]  # (frames, height, width, 3)

SIDE, NUM_FRAMES, FPS = 384, 16, 8
FINER = 10  # poses per frame, for faults of pace
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


def example(name: str) -> Picture:
    """One of the app's own example pictures."""
    with Image.open(Path(i2v.examples.__file__).with_name(f"{name}.webp")) as image:
        return np.asarray(image.convert("RGB"))


DRAWN: tuple[Callable[[int], Picture], ...] = (waves, clouds, shapes, portrait, street)


@dataclass(frozen=True)
class Clip:
    """A good clip and how it was made: `prompt` is true of it; a `thing` of `way` px a frame may move by itself."""

    name: str
    picture: Picture
    prompt: str
    size: tuple[int, int] = (SIDE, SIDE)
    num_frames: int = NUM_FRAMES
    way: tuple[float, float] = (0.0, 0.0)
    is_model: bool = True

    @cached_property
    def plain(self) -> Film:
        """The film as it is, made once; not to be written to."""
        film = self.film()
        film.setflags(write=False)
        return film

    def film(self, times: Sequence[float] | None = None, speed: float | None = None) -> Film:
        """The frames, uint8 (frames, height, width, 3).

        Args:
            times: moments in frames, one for each frame; even ones unless given.
            speed: of the camera instead of the sentence's, 1 for ordinary.
        """
        motion = read_motion(self.prompt)
        if not motion.segments:
            motion = Motion((Segment((Move("still"),)),))
        if speed is not None:
            move = motion.segments[0].moves[0]
            motion = Motion((Segment((Move(move.kind, move.direction, speed=speed),)),))
        fine = (self.num_frames - 1) * FINER + 1
        timing = Timing(fine, FPS * FINER)
        path = plan_path(motion, (self.picture.shape[1], self.picture.shape[0]), self.size, timing, 1)
        moments = range(self.num_frames) if times is None else times
        poses = path.poses[[min(fine - 1, max(0, round(each * FINER))) for each in moments]]
        frames = np.stack(list(render_frames(self.picture, poses, *self.size)))
        return _with_thing(frames, self.way, moments) if any(self.way) else frames


def _with_thing(frames: Film, way: tuple[float, float], moments: Sequence[float]) -> Film:
    """A round thing with a texture of its own goes across the frames."""
    height, width = frames.shape[1:3]
    radius = height // 6
    thing = clouds(77)[: 4 * radius, : 4 * radius].astype(np.float32)
    y, x = np.mgrid[: 4 * radius, : 4 * radius].astype(np.float32) - 2 * radius
    cover = np.clip((radius - np.hypot(x, y)) / 2, 0, 1)
    made = []
    for frame, moment in zip(frames, moments, strict=True):
        at = [
            (side - 4 * radius) / 2 + step * (moment - len(frames) / 2)
            for side, step in zip((width, height), way, strict=True)
        ]
        shift = np.array([[1, 0, at[0]], [0, 1, at[1]]])
        mask = cv2.warpAffine(cover, shift, (width, height))[..., None]
        moved = cv2.warpAffine(thing, shift, (width, height))
        made.append(frame * (1 - mask) + moved * mask)
    return _as_picture(np.stack(made))


def _as_picture(values: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Picture:
    picture: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture
