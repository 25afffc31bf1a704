"""Measures over time from the single steps of a clip; None where a frame is black. What happens between two frames
stands at the later one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from i2v.diagnosis.clip.steps import Step

Steps = Sequence[Step | None]
Course = list[float | None]

_LEAST_SPEED = 0.15  # pixels: unevenness is told relative to the motion, but not to none
_WHITE = 2.55  # levels per percent


def unevenness(steps: Steps) -> Course:
    """How unevenly the motion goes on, in percent of it: a quarter of its second difference, which is a for motion of
    (1 + a), (1 − a), (1 + a) …"""
    speeds = [float(np.linalg.norm(step.ways, axis=-1).mean()) for step in steps if step is not None]
    usual = max(float(np.mean(speeds)) if speeds else 0.0, _LEAST_SPEED)
    found: Course = [None, None]
    for before, here, after in zip(steps, steps[1:], steps[2:], strict=False):
        if before is None or here is None or after is None:
            found.append(None)
        else:
            bend = np.linalg.norm(before.ways - 2 * here.ways + after.ways, axis=-1)
            found.append(100 * float(bend.mean()) / 4 / usual)
    return [*found, None][: len(steps) + 1]


def jumps(steps: Steps, width: int) -> Course:
    """What a step changes beyond the two before and the two after it: place in percent of the frame's width, light and
    all else in percent of white, added up."""
    found: Course = [None]
    for at, step in enumerate(steps):
        near = [steps[other] for other in (at - 2, at - 1, at + 1, at + 2) if 0 <= other < len(steps)]
        around = [other for other in near if other is not None]
        if step is None or len(around) < 2:
            found.append(None)
            continue
        usual_ways = np.median([other.ways for other in around], axis=0)
        place = 100 / width * float(np.linalg.norm(step.ways - usual_ways, axis=-1).mean())
        light = abs(step.brightening - float(np.median([other.brightening for other in around])))
        rest = max(0.0, step.rest - float(np.median([other.rest for other in around])))
        found.append(place + (light + rest) / _WHITE)
    return found


def flicker(steps: Steps) -> Course:
    """Light that comes and goes, in percent of white: half the difference between two changes in a row, which a steady
    fade has not, over the calmer three quarters of the blocks."""
    found: Course = [None, None]
    for before, after in itertools.pairwise(steps):
        if before is None or after is None:
            found.append(None)
            continue
        change = np.abs(after.light - before.light) / 2
        told = np.sort(change[np.isfinite(change)])
        found.append(float(told[: max(1, 3 * len(told) // 4)].mean()) / _WHITE if len(told) else None)
    return found[: len(steps) + 1]


def sharpness(steps: Steps) -> Course:
    """Fine detail in percent of the first frame's, step by step, so that a zoom does not count."""
    found: Course = [100.0]
    left = 100.0
    for step in steps:
        left *= 1.0 if step is None else step.detail
        found.append(left)
    return found


def direction(steps: Steps) -> str | None:
    """Where what moves by itself goes, if most of it goes one way."""
    told = [step.own_way for step in steps if step is not None]
    length = sum(each for _, each in told)
    x, y = np.sum([way for way, _ in told], axis=0) if told else (0.0, 0.0)
    if max(abs(x), abs(y)) < 0.5 * length or not length:
        return None
    if abs(x) > abs(y):
        return "right" if x > 0 else "left"
    return "down" if y > 0 else "up"
