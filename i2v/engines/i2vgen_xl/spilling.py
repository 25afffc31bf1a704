"""A driver that keeps part of a full card's memory in the computer's is told by the times of its steps."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch

from i2v.domain.events import Noticed
from i2v.engines.base import Report
from i2v.engines.i2vgen_xl.memory import Plan

_TIMES_AS_BEFORE = 5
"""Deep layers taken over and guidance that begins or ends change a step's time by three at most."""

_TIMES_AS_ESTIMATED = 10
"""Steps reach a third to a half of the rate of a bare matrix product; the bus is fifty times slower than the card."""

_STEPS_BEFORE = 3
_OVERHEAD_SECONDS = 0.5
"""Of a step that is too small to keep a card busy: generously."""


def slowness(seconds: Sequence[float], estimated: float | None) -> float | None:
    """How many times as long as they should the last two steps took; None where nothing is wrong.

    A single slow step may be anything; two in a row, many times slower than those before, or all of them many times
    slower than the card can be, are memory that crosses the bus.

    Args:
        seconds: of the steps so far, without the first, which has to warm up.
        estimated: of a step at the rate of a bare matrix product; None where it is not known.
    """
    if len(seconds) < 2:
        return None
    lately, before = min(seconds[-2:]), seconds[:-2]
    if len(before) >= _STEPS_BEFORE and lately >= _TIMES_AS_BEFORE * (usual := statistics.median(before)):
        return lately / usual
    if estimated is not None and min(seconds) >= _TIMES_AS_ESTIMATED * (estimated + _OVERHEAD_SECONDS):
        return min(seconds) / estimated
    return None


def estimate_step(flops: float, plan: Plan, device: torch.device, dtype: torch.dtype) -> float | None:
    """Seconds of a step at the rate of a bare matrix product on the card; None where weights cross the bus anyway."""
    if plan.is_streamed:
        return None
    matrix = torch.ones(4096, 4096, device=device, dtype=dtype)
    for _ in range(2):  # the first one warms up
        torch.cuda.synchronize(device)
        began = time.perf_counter()
        matrix @ matrix
        torch.cuda.synchronize(device)
    return flops * (time.perf_counter() - began) / (2 * 4096**3)


class SpillWatch:
    """Tells once when steps have become as slow as memory in the wrong place makes them."""

    def __init__(self, estimated: float | None, report: Report, clock: Callable[[], float] = time.perf_counter) -> None:
        self._estimated, self._report, self._clock = estimated, report, clock
        self._seconds: list[float] = []
        self._last: float | None = None
        self._has_told = False

    def step_made(self, done: int) -> None:
        """A step has ended, `done` with it."""
        now = self._clock()
        if self._last is not None:
            self._seconds.append(now - self._last)
        self._last = now
        times = None if self._has_told else slowness(self._seconds, self._estimated)
        if times is not None:
            self._has_told = True
            self._report(Noticed("card_spills", {"step": done - 1, "times": round(times)}))
