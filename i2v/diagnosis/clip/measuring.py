"""Measures a finished clip, frame by frame; docs/coach/clip.md defines every measure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from i2v.diagnosis.clip.camera import name_moves
from i2v.diagnosis.clip.courses import Course, Steps, direction, flicker, jumps, sharpness, unevenness
from i2v.diagnosis.clip.detail import structure_kept
from i2v.diagnosis.clip.flow import Flow, warp_far
from i2v.diagnosis.clip.frames import Frame, Sized, reduce_frame
from i2v.diagnosis.clip.measures import ClipMeasures, MeasuredMove
from i2v.diagnosis.clip.seams import find_seam
from i2v.diagnosis.clip.steps import Step, take_step

MOST_FRAMES = 256
"""A longer film is measured up to here."""
_FROZEN_BELOW = 0.25  # levels that neighbouring frames differ by on average: what an encoder changes in a still
_BLACK_BELOW, _BLACK_SHARE = 24.0, 0.35  # level of the brightest 2 %, and that as a share of the clip's own
_BRIGHT_PERCENT = 98
_LEAST_OVERLAP = 0.2  # of the frame: less in common with the first is too little to compare
_LEAST_BENDS = 5  # places where the pace of a clip can change, for its pace to be judged
_LEAST_TEXTURE = 2.0  # levels of spread: a flatter clip does not show how its camera moves


def measure_clip(frames: Iterable[Frame], fps: float) -> ClipMeasures:
    """Measures a clip.

    Args:
        frames: at least two, uint8 (height, width, 3), RGB, of one size.
        fps: frames per second.

    Raises:
        ValueError: fewer than two frames, or of several sizes.
    """
    sized = [reduce_frame(frame) for frame in itertools.islice(frames, MOST_FRAMES)]
    if len(sized) < 2 or len({each.grey.shape for each in sized}) > 1:
        raise ValueError(f"a clip has two frames or more, all of one size; this one has {len(sized)}")
    height, width = sized[0].grey.shape
    flow = Flow(height, width)
    black = _black(sized)
    steps = [
        None if black[at] or black[at + 1] else take_step(before, after, flow)
        for at, (before, after) in enumerate(itertools.pairwise(sized))
    ]
    per_second = 100 / width * fps  # percent of the width per second, for a pixel per frame
    drift, colour = _far(sized, steps, flow)
    seam, seams = _seams(sized, steps)
    series: dict[str, Course] = {
        "motion": _course(steps, lambda step: step.speed * per_second),
        "subject_motion": _course(steps, lambda step: step.own_speed * per_second),
        "unevenness": unevenness(steps),
        "flicker": flicker(steps),
        "sharpness": sharpness(steps),
        "drift": drift,
        "colour_shift": colour,
        "noise": _course(steps, lambda step: step.noise),
        "frozen": _course(steps, lambda step: 100.0 * (step.change < _FROZEN_BELOW)),
        "black": [100.0 * each for each in black],
        "jump": jumps(steps, width),
        "seam": seams,
    }
    values = {name: _mean(course) for name, course in series.items()}
    for name in ("sharpness", "drift", "colour_shift"):
        values[name] = _late(series[name])
    values["unevenness"] = _usual(series["unevenness"])
    values["jump"], values["seam"] = max((each for each in series["jump"] if each is not None), default=None), seam
    return ClipMeasures(
        num_frames=len(sized),
        fps=fps,
        values={name: _round(value) for name, value in values.items()},
        series={name: tuple(_round(value) for value in course) for name, course in series.items()},
        moves=_moves(sized, steps, fps),
        direction=direction(steps),
    )


def _black(sized: Sequence[Sized]) -> list[bool]:
    """Whether each frame is black though the clip is not; all of them where nothing of it can be seen."""
    bright = [float(np.percentile(each.grey, _BRIGHT_PERCENT)) for each in sized]
    usual = max(bright)
    return [level < _BLACK_BELOW and (level <= _BLACK_SHARE * usual or usual < _BLACK_BELOW / 2) for level in bright]


def _far(sized: Sequence[Sized], steps: Steps, flow: Flow) -> tuple[Course, Course]:
    """Drift and colour shift of each frame from the first, in percent and ΔE, over what both show."""
    first = sized[0]
    first_lab = first.lab
    drift: Course = [0.0]
    colour: Course = [0.0]
    way = np.eye(3)
    for each, step in zip(sized[1:], steps, strict=True):
        drift.append(None)
        colour.append(None)
        if step is None:
            continue
        way = step.camera.matrix() @ way
        brought, _ = warp_far(each.grey, way)
        # What the single moves do not add up to is found against the first frame itself.
        off = flow.between(first.grey, np.clip(np.rint(brought), 0, 255).astype(np.uint8))
        way = way @ flow.camera(off, first.grey).matrix()
        brought, known = warp_far(each.grey, way)
        if known.mean() < _LEAST_OVERLAP:
            continue
        kept = structure_kept(first.grey.astype(np.float32), brought, known)
        drift[-1] = None if kept is None else 100 * (1 - kept)
        lab, _ = warp_far(each.lab, way)
        colour[-1] = float(np.linalg.norm(np.median((lab - first_lab)[known], axis=0)))
    return drift, colour


def _seams(sized: Sequence[Sized], steps: Steps) -> tuple[float | None, Course]:
    """The strongest seam; the picture's way is taken a quarter of the frame from its middle."""
    cameras = [step.camera for step in steps if step is not None]
    x, y, growth, turn = (abs(sum(getattr(each, name) for each in cameras)) for name in ("x", "y", "growth", "turn"))
    height, width = sized[0].fine.shape
    across = width / 2 * max(x, 0.5 * growth, 0.5 * turn * height / width)
    down = width / 2 * max(y, 0.5 * growth * height / width, 0.5 * turn)
    return find_seam([each.fine for each in sized], across, down)


def _moves(sized: Sequence[Sized], steps: Steps, fps: float) -> tuple[MeasuredMove, ...]:
    cameras = [step.camera for step in steps if step is not None]
    if not cameras or max(float(each.grey.std()) for each in sized) < _LEAST_TEXTURE:
        return ()
    height, width = sized[0].grey.shape
    return name_moves(cameras, len(cameras) / fps, height / width)


def _course(steps: Steps, measure: Callable[[Step], float | None]) -> Course:
    return [None, *(None if step is None else measure(step) for step in steps)]


def _mean(course: Course) -> float | None:
    told = [value for value in course if value is not None]
    return float(np.mean(told)) if told else None


def _usual(course: Course) -> float | None:
    """The median, so that a camera that eases in and out is not uneven; of a very short clip nothing is said."""
    told = [value for value in course if value is not None]
    return float(np.median(told)) if len(told) >= _LEAST_BENDS else None


def _late(course: Course) -> float | None:
    """The median of the last quarter: where a clip has come to."""
    told = [value for value in course[1:] if value is not None]
    return float(np.median(told[-max(2, len(told) // 4) :])) if told else None


def _round(value: float | None) -> float | None:
    """Two decimals are finer than any measure is certain."""
    return None if value is None or not np.isfinite(value) else round(float(value), 2)
