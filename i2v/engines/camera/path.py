"""From camera moves to where the camera looks in each frame.

A frame shows a quadrilateral of the picture; a pose is the 3×3 homography from a point of the frame to the point of
the picture that it shows. Both are in pixels measured from the upper left corner, so the first pixel's centre is at
(0.5, 0.5). The size of the view follows from the path: it is the largest with which no pose leaves the picture.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from i2v.domain.crop import MIDDLE, Crop, cover_crop
from i2v.domain.motion import Motion, Move, Segment

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

# Speeds in the steady middle of an ordinary move, and how far it goes at most, however long the clip.
_RATE = {"zoom": 0.16, "pan": 0.13, "tilt": 0.13, "roll": math.radians(6.0), "orbit": math.radians(12)}
_REACH = {"zoom": math.log(2), "pan": 0.5, "tilt": 0.5, "roll": math.radians(25), "orbit": math.radians(28)}
_SIGN = {"in": 1, "out": -1, "right": 1, "left": -1, "down": 1, "up": -1, "clockwise": 1, "counterclockwise": -1}
_CHANNELS = tuple(_RATE)

_LEAST_SECONDS = 0.8  # shorter clips move as far as this one, or nothing would be seen
_EASE_SHARE, _EASE_SECONDS = 0.25, 1.0
_SUBSTEPS = 16  # of integration, per frame
_EYE_DISTANCE = 1.2  # from the picture, in longer sides of the view: the angle of view of a 43 mm lens on film
_LEAST_VIEW = 0.4  # no pose shows less of the picture than this share of the cover crop's sides

_SHAKE_BAND_HZ = (0.4, 2.5)
_SHAKE_SIZE = 0.007  # of the view's height, root mean square
_SHAKE_ANGLE = math.radians(0.25)

DEFAULT_MOVE = Move("zoom", "in", speed=0.55)
"""What the camera does when the sentence says nothing of it."""


@dataclass(frozen=True)
class Timing:
    """How long the clip is, and in how many frames."""

    num_frames: int
    fps: int

    @property
    def seconds(self) -> float:
        return max(self.num_frames / self.fps, _LEAST_SECONDS)


@dataclass(frozen=True)
class CameraPath:
    """The camera's way. `poses` is float64 (num_frames, 3, 3); the first shows exactly `start_crop`."""

    start_crop: Crop
    poses: Array


def plan_path(
    motion: Motion,
    picture_size: tuple[int, int],
    clip_size: tuple[int, int],
    timing: Timing,
    seed: int,
    crop_place: tuple[float, float] = MIDDLE,
) -> CameraPath:
    """Plans a path that stays inside the picture.

    Args:
        motion: what to do; without segments the camera makes the `DEFAULT_MOVE`, and none where a move is refused.
        picture_size: width and height of the picture in pixels.
        clip_size: width and height of the clip in pixels.
        timing: the clip's length.
        seed: decides the shake of a handheld camera and nothing else.
        crop_place: where the cover crop sits; the way is laid around its middle, as far as the picture's edges let it.
    """
    segments = motion.segments or (Segment((Move("still") if motion.refused else DEFAULT_MOVE,)),)
    width, height = clip_size
    aspect = width / height
    cover = cover_crop(picture_size, clip_size, crop_place)
    from_frame = np.array([[1 / height, 0, -aspect / 2], [0, 1 / height, -0.5], [0, 0, 1]])
    least_density = _LEAST_VIEW * cover.height / height
    damping = 1.0
    while True:
        views = _views(segments, timing, aspect, seed, damping)
        scale, (x, y) = _place(views, picture_size, cover, aspect)
        poses = np.array([[scale, 0, x], [0, scale, y], [0, 0, 1]]) @ views @ from_frame
        if pixels_per_frame_pixel(poses, width, height)[0] >= least_density:
            break
        damping *= 0.9
    return CameraPath(Crop(x - scale * aspect / 2, y - scale / 2, scale * aspect, scale), poses)


def _views(segments: tuple[Segment, ...], timing: Timing, aspect: float, seed: int, damping: float) -> Array:
    """Homographies (num_frames, 3, 3) from view to picture, both in heights of the first view from its centre."""
    fine = np.linspace(0.0, 1.0, (timing.num_frames - 1) * _SUBSTEPS + 1)
    weights = _weights(segments, timing, fine)
    speeds = {channel: np.zeros_like(fine) for channel in _CHANNELS}
    for segment, weight in zip(segments, weights, strict=True):
        for move in segment.moves:
            if move.kind in speeds:
                rate = _RATE[move.kind] * move.speed * move.strength * timing.seconds * damping
                speeds[move.kind] += _SIGN[move.direction] * rate * weight
    for channel, speed in speeds.items():
        speed *= _softness(np.ptp(_integrate(speed, fine)), _REACH[channel])
    zoom, roll, yaw = (_integrate(speeds[channel], fine) for channel in ("zoom", "roll", "orbit"))
    # The same speed on the screen whatever the zoom: a closer view crosses less of the picture.
    x = _integrate(speeds["pan"] * aspect * np.exp(-zoom), fine)
    y = _integrate(speeds["tilt"] * np.exp(-zoom), fine)
    shake_x, shake_y, shake_roll = _shake(segments, timing, fine, seed) * damping
    x, y, roll = x + shake_x * np.exp(-zoom), y + shake_y * np.exp(-zoom), roll + shake_roll
    frames = slice(None, None, _SUBSTEPS)
    return _homographies(x[frames], y[frames], np.exp(-zoom[frames]), roll[frames], yaw[frames], max(aspect, 1.0))


def _weights(segments: tuple[Segment, ...], timing: Timing, fine: Array) -> list[Array]:
    """How much of each segment is in force at each moment: 0 … 1, smooth, one segment handing over to the next.

    The camera eases in from rest, keeps a steady speed, and eases out; between two segments it never stands still.
    """
    shares = np.array([_share(segment) for segment in segments])
    edges = np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    ease = min(_EASE_SHARE, _EASE_SECONDS / timing.seconds, float(np.diff(edges).min()) / 2)
    # The first and last ramp lie inside the clip, those between segments across their edge.
    rises = [_smoothstep((fine - edge) / ease + 0.5) for edge in edges[1:-1]]
    rises = [_smoothstep(fine / ease), *rises, _smoothstep((fine - 1) / ease + 1)]
    return [rise - later for rise, later in itertools.pairwise(rises)]


def _share(segment: Segment) -> float:
    """A quick move takes less of the clip than a slow one."""
    speeds = [move.speed for move in segment.moves if move.kind != "handheld"]
    return 1.0 / (sum(speeds) / len(speeds)) if speeds else 1.0


def _smoothstep(x: Array) -> Array:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _integrate(speed: Array, fine: Array) -> Array:
    """The way gone at each moment, from 0."""
    steps = (speed[1:] + speed[:-1]) / 2 * np.diff(fine)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _softness(way: float, reach: float) -> float:
    """The factor that keeps a way below `reach` and leaves a short one nearly as it is."""
    return reach * -math.expm1(-way / reach) / way if way > 0 else 1.0


def _shake(segments: tuple[Segment, ...], timing: Timing, fine: Array, seed: int) -> Array:
    """Offsets (3, moments) of a hand's tremor in x, y (view heights) and roll, 0 in the first frame.

    A sum of waves that fit the clip a whole number of times, so that it also loops without a jerk. Their amplitude
    falls with frequency, as a hand's does; none is faster than a quarter of the frame rate.
    """
    strengths = [
        max((move.strength for move in segment.moves if move.kind == "handheld"), default=0.0) for segment in segments
    ]
    low, high = _SHAKE_BAND_HZ
    seconds = timing.seconds
    first = max(1, round(low * seconds))
    last = max(first + 1, int(min(high, timing.fps / 4) * seconds))
    cycles = np.arange(first, last + 1)
    random = np.random.default_rng(seed)
    phases = random.uniform(0, 2 * np.pi, (3, len(cycles), 1))
    amplitudes = (1 / cycles) * np.sqrt(2 / np.sum(1 / cycles**2))
    waves = np.sin(2 * np.pi * cycles[:, None] * fine + phases) - np.sin(phases)
    tremor = np.einsum("k,ckm->cm", amplitudes, waves)
    edges = np.cumsum([_share(segment) for segment in segments])
    edges = edges / edges[-1]
    ease = _EASE_SHARE / len(segments)
    envelope = np.full_like(fine, strengths[0])
    for edge, before, after in zip(edges, strengths, strengths[1:], strict=False):
        envelope += (after - before) * _smoothstep((fine - edge) / ease + 0.5)
    sizes = np.array([[_SHAKE_SIZE], [_SHAKE_SIZE], [_SHAKE_ANGLE]])
    shake: Array = sizes * envelope * tremor
    return shake


def _homographies(x: Array, y: Array, size: Array, roll: Array, yaw: Array, longer_side: float) -> Array:
    """Poses (frames, 3, 3): the view shrunk to `size`, rolled, seen from `yaw` around the picture, moved to (x, y).

    An eye that circles the centre of a plane at distance d and looks at it from the angle yaw sees, at (u, v) of its
    view, the plane's point (u, v cos yaw) / (cos yaw + u sin yaw / d); to the right, yaw is positive.
    """
    zeros, ones = np.zeros_like(x), np.ones_like(x)
    cos, sin = np.cos(roll), np.sin(roll)
    turned = _stack([[size * cos, -size * sin, zeros], [size * sin, size * cos, zeros], [zeros, zeros, ones]])
    distance = _EYE_DISTANCE * longer_side
    seen = _stack([[ones, zeros, zeros], [zeros, np.cos(yaw), zeros], [np.sin(yaw) / distance, zeros, np.cos(yaw)]])
    moved = _stack([[ones, zeros, x], [zeros, ones, y], [zeros, zeros, ones]])
    return moved @ seen @ turned


def _stack(rows: list[list[Array]]) -> Array:
    """Matrices (frames, 3, 3) from their entries over time."""
    return np.moveaxis(np.array(rows), -1, 0)


def corners(poses: Array, width: float, height: float) -> Array:
    """Where each pose takes the corners of a frame: (frames, 4, 2) as x, y."""
    frame = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], dtype=float)
    points = np.einsum("fij,cj->fci", poses, frame)
    reached: Array = points[..., :2] / points[..., 2:]
    return reached


def pixels_per_frame_pixel(poses: Array, width: int, height: int) -> tuple[float, float]:
    """The least and the most pixels of the picture that the side of a frame's pixel covers, in any frame."""
    reached = corners(poses, width, height)
    sides = np.linalg.norm(reached - np.roll(reached, -1, axis=1), axis=-1)  # (frames, 4): top, right, bottom, left
    ratios = sides / np.array([width, height, width, height])
    return float(ratios.min()), float(ratios.max())


def _place(views: Array, picture_size: tuple[int, int], cover: Crop, aspect: float) -> tuple[float, list[float]]:
    """Height in picture pixels and centre of the first view: as large as the picture allows, the way centred in the
    crop."""
    to_corner = np.array([[1, 0, -aspect / 2], [0, 1, -0.5], [0, 0, 1]])
    reached = corners(views @ to_corner, aspect, 1.0)
    lowest, highest = reached.min(axis=(0, 1)), reached.max(axis=(0, 1))
    size = np.array(picture_size, dtype=float)
    scale = float((size / (highest - lowest)).min())
    ends = views[[0, -1], :2, 2] / views[[0, -1], 2:, 2]
    middle = np.array([cover.left + cover.width / 2, cover.top + cover.height / 2])
    wanted = middle - scale * ends.mean(axis=0)
    centre = np.clip(wanted, -scale * lowest, np.maximum(size - scale * highest, -scale * lowest))
    return scale, [float(coordinate) for coordinate in centre]
