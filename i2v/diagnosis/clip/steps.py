"""What happens from each frame of a clip to the next."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.detail import detail_ratio, meet_halfway, noise_between
from i2v.diagnosis.clip.flow import Camera, Flow, lengths_of, texture_of
from i2v.diagnosis.clip.frames import Array, Blocks, Mask, Sized

_MOVING_PERCENT = 95  # the fastest twentieth of what the camera does not explain is what moves by itself
_MOVING_SPEED = 1.0  # pixels: what goes that far on its own is a thing of its own
_EDGE = 6  # pixels of the frame where flow is guessed


@dataclass(frozen=True)
class Step:
    """From one frame to the next, in pixels of the reduced frame and levels of 255.

    Attributes:
        camera: the move that most of the frame makes.
        speed: of all pixels, the mean.
        camera_speed: of all pixels as the camera lets them go, the mean.
        own_speed: of what moves by itself.
        own_way: where that goes, (2,) to the right and down, and the length of all its single ways.
        is_moving: what moves by itself, (height, width).
        light: what got lighter though nothing moved there, by block (8, 8); NaN where unknown.
        level: how light it is there, (8, 8).
        rest: what else changed though nothing moved there, the mean.
        noise: spread of what flickers from pixel to pixel; None where the frame has no calm part.
        detail: of the first frame's fine detail, how much is in the second.
        change: between the two frames as they are, the mean.
    """

    camera: Camera
    speed: float
    camera_speed: float
    own_speed: float
    own_way: tuple[npt.NDArray[np.float64], float]
    is_moving: Mask
    light: Array
    level: Array
    rest: float
    noise: float | None
    detail: float
    change: float

    @property
    def brightening(self) -> float:
        """By how much the frame as a whole got lighter, in levels."""
        told = self.light[np.isfinite(self.light)]
        return float(np.median(told)) if told.size else 0.0


def take_step(before: Sized, after: Sized, flow: Flow, last: Step | None) -> Step:
    """Compares two neighbouring frames; `last` is the step before."""
    way, camera = flow.follow(before.grey, after.grey, last.camera if last else None)
    by_camera = flow.of_camera(camera)
    rest = way - by_camera
    speed = lengths_of(rest)
    # Where there is nothing to see, flow is guessed: it counts for little.
    told = (speed * texture_of(before.grey))[_EDGE:-_EDGE, _EDGE:-_EDGE]
    own_speed = float(np.percentile(told, _MOVING_PERCENT))
    moving = rest[_EDGE:-_EDGE, _EDGE:-_EDGE][told >= own_speed]
    first, second, known = meet_halfway(before.grey, after.grey, way)
    blocks = Blocks(known)
    light = blocks.means(second - first)
    usual = float(np.nanmedian(light)) if np.isfinite(light).any() else 0.0
    fine = meet_halfway(before.fine, after.fine, _enlarged(way, before))
    # Seen along the dense flow, which takes a grain for its neighbour, noise would be half gone.
    along_camera = meet_halfway(before.fine, after.fine, _enlarged(by_camera, before))
    return Step(
        camera=camera,
        speed=float(lengths_of(way).mean()),
        camera_speed=float(lengths_of(by_camera).mean()),
        own_speed=own_speed,
        own_way=(moving.sum(axis=0, dtype=np.float64), float(np.linalg.norm(moving, axis=1).sum())),
        is_moving=speed > _MOVING_SPEED,
        light=light,
        level=blocks.means(np.float32(0.5) * (first + second)),
        rest=float(np.abs(second - first - usual)[known].mean()) if known.any() else 0.0,
        noise=noise_between(*along_camera),
        detail=detail_ratio(*fine),
        change=float(cv2.absdiff(before.grey, after.grey).mean()),
    )


def _enlarged(way: Array, frame: Sized) -> Array:
    """Flow of the reduced frame as flow of the finer one."""
    height, width = frame.fine.shape
    larger: Array = cv2.resize(way, (width, height)) * np.float32(width / frame.grey.shape[1])
    return larger
