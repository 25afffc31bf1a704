"""Pictures and good clips to try the clip's measures on: drawn by chance from a seed, moved by the camera engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.clip_pictures import Picture, clouds
from i2v.domain.motion import Motion, Move, Segment, read_motion
from i2v.engines.camera.path import Timing, plan_path
from i2v.engines.camera.render import render_frames

Film = npt.NDArray[np.uint8]  # (frames, height, width, 3)

SIDE, NUM_FRAMES, FPS = 384, 16, 8
FINER = 10  # poses per frame, for faults of pace


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
    return np.asarray(np.clip(np.rint(np.stack(made)), 0, 255), np.uint8)
