"""What the benchmarks measure a clip of ours with."""

from __future__ import annotations

import torch

from benchmarks.rig import ClipShape, Clock, Ours, Rig
from tests.engines.i2vgen_xl.running import MODEL


def test_reading_the_weights_is_told_apart_from_making_the_clip() -> None:
    shape, cpu = ClipShape(64, 64, 2), torch.device("cpu")
    ours = Ours(Rig(MODEL, cpu, torch.float32, 2, 1, (shape,), shape, Clock(60)), torch.float32)
    ours.load()
    first, second = ours.make(shape, 2), ours.make(shape, 2)
    assert first.to_first_step is not None
    assert 0 < first.loading_seconds < first.to_first_step
    assert second.loading_seconds == 0
