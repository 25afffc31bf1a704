"""Measures a finished clip, frame by frame; docs/coach/clip.md defines every measure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from i2v.diagnosis.clip.camera import name_moves
from i2v.diagnosis.clip.courses import Course, Steps, direction, flicker, frozen, jumps, sharpness, unevenness
from i2v.diagnosis.clip.flow import Flow
from i2v.diagnosis.clip.frames import Frame, Sized, reduce_frame
from i2v.diagnosis.clip.likeness import compare_frames
from i2v.diagnosis.clip.measures import ClipMeasures, MeasuredMove
from i2v.diagnosis.clip.seams import find_seam
from i2v.diagnosis.clip.shown import shown_part
from i2v.diagnosis.clip.steps import Step, take_step
from i2v.domain.crop import MIDDLE

MOST_FRAMES = 256
"""A longer film is measured up to here."""
_BLACK_BELOW, _BLACK_SHARE = 24.0, 0.35  # level of the brightest 2 %, and that as a share of the clip's own
_BRIGHT_PERCENT = 98
_LEAST_APART = 1.0  # pixels between frames that a seam is sought in
_LEAST_BENDS = 5  # places where the pace of a clip can change, for its pace to be judged
_LEAST_TEXTURE = 2.0  # levels of spread: a flatter clip does not show how its camera moves


def measure_clip(
    frames: Iterable[Frame], fps: float, picture: Frame | None = None, place: tuple[float, float] = MIDDLE
) -> ClipMeasures:
    """Measures a clip.

    Args:
        frames: at least two, uint8 (height, width, 3), RGB, of one size.
        fps: frames per second.
        picture: what the clip was made of, as the engine got it, uint8 (height, width, 3); without it drift and
            colours are told from the first frame.
        place: where the clip's part of it sits in the room that proportions leave.

    Raises:
        ValueError: fewer than two frames, or of several sizes.
    """
    part = None
    sized: list[Sized] = []
    for frame in itertools.islice(frames, MOST_FRAMES):
        if picture is not None and not sized:
            part = reduce_frame(shown_part(picture, frame, place))
        sized.append(reduce_frame(frame))
    if len(sized) < 2 or len({each.grey.shape for each in sized}) > 1:
        raise ValueError(f"a clip has two frames or more, all of one size; this one has {len(sized)}")
    height, width = sized[0].grey.shape
    flow = Flow(height, width)
    black = _black(sized)
    steps: list[Step | None] = []
    for at, (before, after) in enumerate(itertools.pairwise(sized)):
        is_dark = black[at] or black[at + 1]
        steps.append(None if is_dark else take_step(before, after, flow, steps[-1] if steps else None))
    per_second = 100 / width * fps  # percent of the width per second, for a pixel per frame
    likeness = compare_frames(sized, black, steps, flow, part)
    seam, seams = _seams(sized, steps)
    series: dict[str, Course] = {
        "motion": _course(steps, lambda step: step.camera_speed * per_second),
        "subject_motion": _course(steps, lambda step: step.own_speed * per_second),
        "unevenness": unevenness(steps, width),
        "flicker": flicker(steps),
        "sharpness": sharpness(steps),
        "drift": likeness.drift,
        "bend": [None if each is None else 100 / width * each for each in likeness.bend],
        "colour_shift": [None if np.isnan(each) else float(each) for each in np.linalg.norm(likeness.colours, axis=1)],
        "noise": _course(steps, lambda step: step.noise),
        "frozen": frozen(steps),
        "black": [100.0 * each for each in black],
        "jump": jumps(steps, width),
        "seam": seams,
    }
    values = {name: _mean(course) for name, course in series.items()}
    for name in ("sharpness", "drift", "bend", "noise"):
        values[name] = _late(series[name])
    values["colour_shift"] = likeness.colour_shift
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


def _seams(sized: Sequence[Sized], steps: Steps) -> tuple[float | None, Course]:
    """The strongest seam, sought in the frames before which the picture has moved on."""
    height, width = sized[0].fine.shape
    per_pixel = width / sized[0].grey.shape[1]
    chosen, onward, since, way = [0], [], 0.0, np.eye(3)
    for at, step in enumerate(steps, start=1):
        if step is None:
            continue
        since += step.speed * per_pixel
        way = step.camera.matrix() @ way
        if since >= _LEAST_APART:
            chosen.append(at)
            onward.append(way)
            since, way = 0.0, np.eye(3)
    cameras = [step.camera for step in steps if step is not None]
    x, y, growth, turn = (sum(getattr(each, name) for each in cameras) for name in ("x", "y", "growth", "turn"))
    u = ((np.arange(width) + 0.5) / (width / 2) - 1)[None, :]
    v = ((np.arange(height) + 0.5 - height / 2) / (width / 2))[:, None]
    across, down = (width / 2 * np.abs(way) for way in (x + growth * u - turn * v, y + growth * v + turn * u))
    value, heights = find_seam([sized[at].fine for at in chosen], onward, across, down)
    course: Course = [None] * len(sized)
    for at, seam in zip(chosen, heights, strict=True):
        course[at] = seam
    return value, course


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
