"""Measures a finished clip, frame by frame; docs/coach/clip.md defines every measure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.camera import name_moves
from i2v.diagnosis.clip.courses import Course, Steps, direction, flicker, jumps, sharpness, unevenness
from i2v.diagnosis.clip.detail import bend, structure_changed
from i2v.diagnosis.clip.flow import Flow, texture_of, warp, warp_far
from i2v.diagnosis.clip.frames import Frame, Sized, reduce_frame
from i2v.diagnosis.clip.measures import ClipMeasures, MeasuredMove
from i2v.diagnosis.clip.seams import find_seam
from i2v.diagnosis.clip.steps import Step, take_step

MOST_FRAMES = 256
"""A longer film is measured up to here."""
_BLACK_BELOW, _BLACK_SHARE = 24.0, 0.35  # level of the brightest 2 %, and that as a share of the clip's own
_BRIGHT_PERCENT = 98
_LEAST_OVERLAP = 0.2  # of the frame: less in common with the first is too little to compare
_AROUND = np.ones((9, 9), np.uint8)  # pixels beside what moves
_LEAST_APART = 1.0  # pixels between frames that a seam is sought in
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
    far = _against_first(sized, steps, flow)
    seam, seams = _seams(sized, steps)
    series: dict[str, Course] = {
        "motion": _course(steps, lambda step: step.camera_speed * per_second),
        "subject_motion": _course(steps, lambda step: step.own_speed * per_second),
        "unevenness": unevenness(steps, width),
        "flicker": flicker(steps),
        "sharpness": sharpness(steps),
        "drift": far.drift,
        "bend": [None if each is None else 100 / width * each for each in far.bend],
        "colour_shift": [None if np.isnan(each) else float(each) for each in np.linalg.norm(far.colours, axis=1)],
        "noise": _course(steps, lambda step: step.noise),
        "frozen": _course(steps, lambda step: 100.0 * step.is_frozen),
        "black": [100.0 * each for each in black],
        "jump": jumps(steps, width),
        "seam": seams,
    }
    values = {name: _mean(course) for name, course in series.items()}
    for name in ("sharpness", "drift", "bend"):
        values[name] = _late(series[name])
    values["colour_shift"] = far.colour_shift
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


@dataclass(frozen=True)
class _FromFirst:
    """Each frame against the first, over what both show: drift in percent, bend in pixels, and L, a and b (frames, 3)
    by which the colours differ; NaN and None where they cannot be compared."""

    drift: Course
    bend: Course
    colours: npt.NDArray[np.float64]

    @property
    def colour_shift(self) -> float | None:
        """Between the first quarter and the last, so that flicker counts in neither."""
        told = self.colours[np.isfinite(self.colours).all(axis=1)]
        quarter = max(2, len(told) // 4)
        shift = told[-quarter:].mean(axis=0) - told[:quarter].mean(axis=0) if len(told) >= 2 else None
        return None if shift is None else float(np.linalg.norm(shift))


def _against_first(sized: Sequence[Sized], steps: Steps, flow: Flow) -> _FromFirst:
    first = sized[0]
    first_lab, texture = first.lab, texture_of(first.grey)
    drift: Course = [0.0]
    bends: Course = [0.0]
    colours = np.full((len(sized), 3), np.nan)
    colours[0] = 0
    way = np.eye(3)
    is_touched = np.zeros(first.grey.shape, bool)  # by what moves by itself: there another picture is no drift
    for at, (each, step) in enumerate(zip(sized[1:], steps, strict=True), start=1):
        drift.append(None)
        bends.append(None)
        if step is None:
            continue
        is_touched |= warp_far(cv2.dilate(step.is_moving.astype(np.float32), _AROUND), way)[0] > 0.5
        way = step.camera.matrix() @ way
        brought, known = warp_far(each.grey, way)
        if known.mean() < _LEAST_OVERLAP:
            continue
        # What the single steps do not add up to is found against the first frame itself.
        off = flow.between(first.grey, np.clip(np.rint(brought), 0, 255).astype(np.uint8), known)
        settling = flow.camera(off, first.grey)
        way = way @ settling.matrix()
        met, is_met = warp(brought, off)
        changed = structure_changed(first.grey.astype(np.float32), met, known & is_met & ~is_touched)
        drift[-1] = None if changed is None else 100 * changed
        bends[-1] = bend(off - flow.of_camera(settling), texture, known)
        lab, known = warp_far(each.lab, way)
        colours[at] = np.median((lab - first_lab)[known], axis=0)
    return _FromFirst(drift, bends, colours)


def _seams(sized: Sequence[Sized], steps: Steps) -> tuple[float | None, Course]:
    """The strongest seam, sought in the frames before which the picture has moved on."""
    height, width = sized[0].fine.shape
    per_pixel = width / sized[0].grey.shape[1]
    chosen, since = [0], 0.0
    for at, step in enumerate(steps, start=1):
        since += 0.0 if step is None else step.speed * per_pixel
        if since >= _LEAST_APART and step is not None:
            chosen.append(at)
            since = 0.0
    cameras = [step.camera for step in steps if step is not None]
    x, y, growth, turn = (sum(getattr(each, name) for each in cameras) for name in ("x", "y", "growth", "turn"))
    u = (np.arange(width) + 0.5) / (width / 2) - 1
    v = (np.arange(height) + 0.5 - height / 2) / (width / 2)
    across = width / 2 * np.abs(x + growth * u[None, :] - turn * v[:, None]).mean(axis=0)
    down = width / 2 * np.abs(y + growth * v[:, None] + turn * u[None, :]).mean(axis=1)
    value, heights = find_seam([sized[at].fine for at in chosen], across, down)
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
