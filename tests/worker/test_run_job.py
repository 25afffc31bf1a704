from __future__ import annotations

import weakref
from collections.abc import Iterator

import numpy as np

from i2v.domain.recipe import Recipe
from i2v.engines.base import Frame
from i2v.worker import run_job


def test_frames_go_into_the_clip_as_they_come_and_are_let_go() -> None:
    held: list[weakref.ref[Frame]] = []
    most = 0

    def frames() -> Iterator[Frame]:
        nonlocal most
        for level in range(30):
            frame = np.full((64, 64, 3), level, np.uint8)
            held.append(weakref.ref(frame))
            yield frame
            del frame
            most = max(most, sum(each() is not None for each in held))

    recipe = Recipe("job", "camera", {}, "0" * 64)
    clip, _ = run_job._encode(frames(), 8, recipe)
    assert (clip.num_frames, clip.width, clip.height) == (30, 64, 64)
    assert most <= 3
