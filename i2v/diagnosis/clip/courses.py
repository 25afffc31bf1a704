"""Measures over time from the single steps of a clip; None where a frame is black. What happens between two frames
stands at the later one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.steps import Step

Steps = Sequence[Step | None]
Course = list[float | None]
Vector = npt.NDArray[np.float64]

_LEAST_SPEED = 0.15  # pixels: unevenness is told relative to the motion, but not to none
_DARK = 24.0  # levels: what is darker counts as this light
_CALM_SHARE = 0.75  # of the light: what flickers by itself, as a lamp, does not count
_WHITE = 2.55  # levels per percent
_FROZEN_CHANGE, _FROZEN_SPEED = 0.25, 0.06  # levels and pixels, the means of a frame: what an encoder does
_FROZEN_SHARE = 0.02  # of what the clip's livelier steps change


def unevenness(steps: Steps, width: int) -> Course:
    """How unevenly the motion goes on, in percent of it: a quarter of its second difference, which is a for motion of
    (1 + a), (1 − a), (1 + a) … It is the camera's motion; where that stands still, that of what moves by itself."""
    paces = [None if step is None else _way(step, width) for step in steps]
    usual = _mean_length(paces)
    if usual < _LEAST_SPEED:
        paces = [None if step is None else np.array([step.own_speed]) for step in steps]
        usual = _mean_length(paces)
    found: Course = [None] * (len(steps) + 1)
    for at, (before, here, after) in enumerate(zip(paces, paces[1:], paces[2:], strict=False), start=2):
        if before is not None and here is not None and after is not None and usual >= _LEAST_SPEED:
            found[at] = 100 * float(np.linalg.norm(before - 2 * here + after)) / 4 / usual
    return found


def jumps(steps: Steps, width: int) -> Course:
    """What a step changes beyond the two before and the two after it: place in percent of the frame's width, light and
    all else in percent of white, added up. What those around it do as well, tremble or flicker, is no jump."""
    found: Course = [None] * (len(steps) + 1)
    for at, step in enumerate(steps):
        near = [steps[other] for other in (at - 2, at - 1, at + 1, at + 2) if 0 <= other < len(steps)]
        around = [other for other in near if other is not None]
        if step is None or len(around) < 2:
            continue
        place = _beyond(_way(step, width), [_way(other, width) for other in around])
        light = _beyond(np.array([step.brightening]), [np.array([other.brightening]) for other in around])
        rest = max(0.0, step.rest - max(other.rest for other in around))
        found[at + 1] = 100 / width * place + (light + rest) / _WHITE
    return found


def frozen(steps: Steps) -> Course:
    """100 where a step changes no more than an encoder does and goes nowhere, or changes so little beside the clip's
    other steps that whatever way flow finds in it, as between equal windows, is made up."""
    changes = [step.change for step in steps if step is not None]
    hardly = _FROZEN_SHARE * float(np.percentile(changes, 90)) if changes else 0.0
    found: Course = [None]
    for step in steps:
        is_frozen = step is not None and step.change < _FROZEN_CHANGE
        is_frozen = is_frozen and step is not None and (step.speed < _FROZEN_SPEED or step.change < hardly)
        found.append(None if step is None else 100.0 * is_frozen)
    return found


def _mean_length(vectors: Sequence[Vector | None]) -> float:
    lengths = [float(np.linalg.norm(each)) for each in vectors if each is not None]
    return sum(lengths) / max(1, len(lengths))


def _beyond(here: Vector, around: Sequence[Vector]) -> float:
    usual = np.median(around, axis=0)
    theirs = max(float(np.linalg.norm(each - usual)) for each in around)
    return max(0.0, float(np.linalg.norm(here - usual)) - theirs)


def _way(step: Step, width: int) -> Vector:
    """Where the camera lets a pixel half way from the middle to the edge go, (4,) in pixels."""
    camera = step.camera
    return width / 2 * np.array([camera.x, camera.y, camera.growth / 2, camera.turn / 2])


def flicker(steps: Steps) -> Course:
    """Light that comes and goes, in percent of the light that is there: half the difference between two changes in a
    row, which a steady fade has not, over the calmer three quarters of the light."""
    found: Course = [None, None]
    for before, after in itertools.pairwise(steps):
        if before is None or after is None:
            found.append(None)
            continue
        light = np.maximum(before.level, _DARK)
        change = np.abs(after.light - before.light) / 2 / light
        told = np.isfinite(change)
        order = np.argsort(change[told])
        change, light = change[told][order], light[told][order]
        calm = np.cumsum(light) <= _CALM_SHARE * light.sum()
        found.append(100 * float(np.average(change[calm], weights=light[calm])) if calm.any() else None)
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
