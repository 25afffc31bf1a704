"""The checks of a machine, each a function that yields rows as it finds them."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.full_memory import filled_when_told
from benchmarks.killed_clip import checkpoint_of_a_killed_run
from benchmarks.rig import Clip, ClipShape, Ours, OutOfTime, Rig, forced_plan
from benchmarks.stock import Stock
from i2v.domain.events import Event, Step
from i2v.engines.i2vgen_xl.memory import LADDER, Plan, Shape, peak_bytes
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions, count_flops
from i2v.errors import JobCancelled, OutOfGpuMemory
from i2v.machine.memory import GIB

CANCEL_SECONDS = 2.0
"""A cancel takes at most this long; the app ends a worker that is slower."""

DIFFERENCE = {torch.float32: 1e-4, torch.float16: 0.1, torch.bfloat16: 0.3}
"""How far two ways to the same latents may be apart, ‖a − b‖ / ‖b‖, in each precision. In 16 bits rounding grows from
step to step; the check of precision judges it more finely."""

_HELD_AFTER_UNLOAD_GIB = 0.125
"""Workspaces of the matrix library, which it keeps until the process ends."""

_CACHED_AFTER_JOB_GIB = 0.25
_MORE_THAN_STOCK = 1.5
"""How much farther from float32 ours may be than stock; the order of roundings alone moves both."""

_CANCELS = 6


@dataclass(frozen=True)
class Row:
    """One line of a section: figures by column, and why it is a fault, if it is one."""

    name: str
    values: Mapping[str, Any]
    fault: str = ""


def check_speed(rig: Rig) -> Iterator[Row]:
    """Seconds and memory of ours beside stock, each with the same weights and noise, and how far apart they end."""
    made: dict[tuple[str, ClipShape], list[Clip]] = {}
    turns = 2 * len(rig.shapes)
    for create in (Ours, Stock):
        model: Ours | Stock = create(rig, rig.dtype)
        for shape in rig.shapes:
            clips = made[model.name, shape] = [Clip()]
            try:
                with rig.clock.at_most(1 / turns):
                    if shape == rig.shapes[0]:
                        yield _row_of_start(rig, model)
                    _time_clips(rig, model, shape, clips)
            except OutOfGpuMemory as cause:
                yield Row(f"{model.name} {shape}", {}, str(cause))
            except torch.OutOfMemoryError as cause:  # only stock raises this, and that is no fault of ours
                yield Row(f"{model.name} {shape}", {"does not fit": str(cause).splitlines()[0]})
            else:
                yield _row_of_speed(rig, model, shape, clips)
            turns -= 1
        model.unload()
    for shape in rig.shapes:
        ours, stock = made["ours", shape][0], made["stock", shape][0]
        yield _row_of_difference(f"ours to stock {shape}", ours, stock, rig.dtype)


def check_cancel(rig: Rig) -> Iterator[Row]:
    """Seconds from a cancel at a random moment to the end of the job, in the largest shape: its layers take longest."""
    shape, ours = rig.shapes[-1], Ours(rig, rig.dtype)
    ours.load()
    ours.make(shape, 2)  # everything is loaded and warm
    whole = ours.make(shape, rig.few_steps)
    assert whole.seconds is not None
    moments = random.Random(0)
    for number in range(_CANCELS):
        # One in each sixth of the clip, so that encoding, steps and decoding all have their turn.
        after = whole.seconds * (number + moments.random()) / _CANCELS
        clip, cancelled_at = Clip(), time.monotonic() + after

        def cancel(event: Event, at: float = cancelled_at) -> None:
            if time.monotonic() >= at:
                raise JobCancelled

        try:
            ours.make(shape, rig.few_steps, clip, watch=cancel)
        except JobCancelled:
            took = time.monotonic() - cancelled_at
            rig.wait()  # what was asked of a GPU before the cancel it still computes
            values = {"cancelled after s": after, "latency s": took, "device idle s": time.monotonic() - cancelled_at}
            fault = f"{took:.2f} s, promised are {CANCEL_SECONDS} s" if took > CANCEL_SECONDS else ""
            yield Row(f"{shape} in {clip.stage}", values, fault)
        else:
            yield Row(f"{shape} was done before", {"cancelled after s": after, "latency s": None})
    ours.unload()


def check_resume(rig: Rig) -> Iterator[Row]:
    """A clip goes on from a step's checkpoint, and from its final latents after a kill while it was being decoded.

    Equal bits are demanded where the machine repeats an undisturbed run bit for bit, and else the difference of runs.
    """
    steps, ours = max(rig.few_steps, 2), Ours(rig, rig.dtype)
    ours.engine.seconds_between_checkpoints = 0.0
    ours.load()
    first = ours.make(rig.small, steps)
    repeated = ours.make(rig.small, steps)
    repeats = _is_identical(first, repeated)
    yield Row("an undisturbed run, repeated", _likeness(first, repeated))
    middle = steps // 2
    resumed = ours.make(rig.small, steps, checkpoint=first.checkpoints[middle - 1])
    yield _row_of_resume(f"from step {middle} of {steps}", first, resumed, repeats, rig)
    ours.unload()  # the run that is killed needs the memory
    checkpoint = checkpoint_of_a_killed_run(rig, steps)
    ours.load()
    steps_again: list[Event] = []
    resumed = ours.make(
        rig.small,
        steps,
        checkpoint=checkpoint,
        watch=lambda event: steps_again.append(event) if isinstance(event, Step) else None,
    )
    row = _row_of_resume("from the final latents, killed in decoding", first, resumed, repeats, rig)
    if steps_again:
        row = Row(row.name, row.values, f"{len(steps_again)} steps were taken again")
    yield row
    ours.unload()


def check_precision(rig: Rig) -> Iterator[Row]:
    """16 bits against float32, on the small shape: ours may be no farther from float32 than stock is."""
    half = torch.float16 if rig.is_cuda else torch.bfloat16
    with _full_float32():
        reference = _make_once(Ours(rig, torch.float32), rig)
    yield Row("ours float32", _speed_figures(reference))
    away: dict[str, float] = {}
    for model in (Stock(rig, half), Ours(rig, half)):
        clip = _make_once(model, rig)
        away[model.name] = _relative(clip, reference)
        values = _speed_figures(clip) | {"from float32": away[model.name]}
        fault = _why_not_finite(clip) if model.name == "ours" else ""
        if not fault and model.name == "ours" and not away["ours"] <= _MORE_THAN_STOCK * away["stock"]:
            fault = f"{away['ours']:.2g} from float32, stock is {away['stock']:.2g}"
        yield Row(f"{model.name} {str(half).removeprefix('torch.')}", values, fault)


def check_attention(rig: Rig) -> Iterator[Row]:
    """SDPA against xFormers, where that runs: seconds of a step, how far apart they end, and which of them auto takes.

    In the largest shape: its batches are what a kernel may refuse.
    """
    shape, ours = rig.shapes[-1], Ours(rig, rig.dtype)
    ours.load()
    clips: dict[str, Clip] = {}
    for name in ("sdpa", "xformers"):
        ours.make(shape, 2, attention=name, only_first_frame=True)
        clip = clips[name] = ours.make(shape, max(rig.few_steps, 2), attention=name, only_first_frame=True)
        if ours.made_on()["attention"] == name:
            yield Row(f"{name} {shape}", _speed_figures(clip), _why_not_finite(clip))
        else:
            reason = next(notice.values["reason"] for notice in clip.notices if notice.code == "xformers_unavailable")
            yield Row(f"{name} {shape}", {"not available": reason})
            del clips[name]
    if len(clips) == 2:
        yield _row_of_difference(f"xformers to sdpa {shape}", clips["xformers"], clips["sdpa"], rig.dtype)
    ours.make(shape, 1, attention="auto", only_first_frame=True)
    yield _row_of_auto(
        ours.made_on()["attention"], {name: statistics.median(clips[name].step_seconds) for name in clips}
    )
    ours.unload()


def check_plans(rig: Rig) -> Iterator[Row]:
    """Each memory plan in turn: the planned peak beside the measured one. A plan must keep what it promises."""
    made: dict[ClipShape, Clip] = {}
    ours = Ours(rig, rig.dtype)
    ours.load()
    for plan in LADDER:
        for shape in rig.shapes:
            rig.clear()  # what the plan before it had cached is none of its peak
            with forced_plan(plan):
                clip = ours.make(shape, 2, only_first_frame=True)
            yield _row_of_plan(rig, ours, plan, shape, clip, made.setdefault(shape, clip))
    ours.unload()


def check_full(rig: Rig) -> Iterator[Row]:
    """A memory that fills after a clip's first step: the clip goes on from there under a plan that takes less."""
    steps, ours = max(rig.few_steps, 2), Ours(rig, rig.dtype)
    ours.load()
    whole, taken = ours.make(rig.small, steps), list[int]()
    plan = ours.made_on()["plan"]
    with filled_when_told(rig) as fill:

        def watch(event: Event) -> None:
            if isinstance(event, Step):
                taken.append(event.index)
                if event.index == 1:
                    fill()

        clip = ours.make(rig.small, steps, watch=watch)
    left = [notice.values["plan"] for notice in clip.notices if notice.code in ("plan_lowered", "went_to_processor")]
    away = _relative(clip, whole)
    values = {"plans": " → ".join((*left, ours.made_on()["plan"])), "from an undisturbed clip": away}
    fault = "" if left[:1] == [plan] else "the memory was not full"
    if taken != list(range(1, steps + 1)):
        fault = f"steps were taken in the order {taken}"
    elif not away <= DIFFERENCE[rig.dtype]:
        fault = f"another clip: {away:.2g} from the undisturbed one"
    yield Row(f"{rig.small}, full after the first step", values, fault)
    ours.unload()


def check_memory(rig: Rig) -> Iterator[Row]:
    """What is held with the model loaded after a job, and after unload: nothing but a library's workspaces."""
    ours = Ours(rig, rig.dtype)
    rig.clear()
    yield Row("before loading", rig.held_gib())
    ours.load()
    ours.make(rig.shapes[-1], 2, only_first_frame=True)
    after_job = rig.held_gib()
    cached = after_job.get("reserved GiB", 0) - after_job.get("allocated GiB", 0)
    fault = f"{cached:.2f} GiB are cached, not given back" if cached > _CACHED_AFTER_JOB_GIB else ""
    yield Row("after a job, model loaded", after_job, fault)
    ours.unload()
    unloaded = rig.held_gib()
    kept = unloaded.get("reserved GiB", 0)
    fault = f"{kept:.2f} GiB are still reserved" if kept > _HELD_AFTER_UNLOAD_GIB else ""
    yield Row("after unload", unloaded, fault)


CHECKS: Mapping[str, tuple[float, Callable[[Rig], Iterator[Row]]]] = {
    "speed": (10.0, check_speed),
    "cancel": (2.0, check_cancel),
    "resume": (2.0, check_resume),
    "precision": (2.0, check_precision),
    "attention": (2.0, check_attention),
    "plans": (3.0, check_plans),
    "full": (1.0, check_full),
    "memory": (1.0, check_memory),
}
"""In order, each with its share of the time budget."""


@contextlib.contextmanager
def _full_float32() -> Iterator[None]:
    """While open, convolutions do not take TensorFloat32, their default, which rounds as coarsely as float16."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def _row_of_start(rig: Rig, model: Ours | Stock) -> Row:
    """Loads a model and takes a first step; the files are in the system's cache, having just been written or read."""
    began = time.perf_counter()
    model.load()
    loaded = time.perf_counter() - began
    clip = model.make(rig.shapes[0], 1)
    assert clip.to_first_step is not None
    return Row(f"{model.name}, from files to first step", {"seconds": loaded + clip.to_first_step})


def _time_clips(rig: Rig, model: Ours | Stock, shape: ClipShape, clips: list[Clip]) -> None:
    """Fills `clips` with as many as there is time for, after a short one to warm up; the last may be cut short."""
    try:
        model.make(shape, min(rig.steps, 2))
        model.make(shape, rig.steps, clips[0])
        while len(clips) < rig.runs and rig.clock.left() > 1.1 * (clips[-1].seconds or 0):
            clips.append(Clip())
            model.make(shape, rig.steps, clips[-1])
    except OutOfTime:
        return


def _make_once(model: Ours | Stock, rig: Rig) -> Clip:
    model.load()
    clip = model.make(rig.small, max(rig.few_steps, 2))
    model.unload()
    return clip


def _row_of_speed(rig: Rig, model: Ours | Stock, shape: ClipShape, clips: list[Clip]) -> Row:
    step_seconds = [seconds for clip in clips for seconds in clip.step_seconds]
    clip_seconds = [clip.seconds for clip in clips if clip.seconds is not None]
    values: dict[str, Any] = {"steps": rig.steps, "clips": len(clip_seconds)}
    values |= _spread("step s", step_seconds) | _spread("clip s", clip_seconds)
    if rig.is_full_size and step_seconds:
        options = I2VGenXLOptions(width=shape.width, height=shape.height, num_frames=shape.num_frames)
        per_step = count_flops(options) / options.num_inference_steps
        values["TFLOP/s"] = per_step / statistics.median(step_seconds) / 1e12
    if not clip_seconds:
        values["cut short after steps"] = len(step_seconds)
    values |= clips[0].peak | {"finite": all(clip.is_finite for clip in clips)} | model.made_on()
    fault = next(filter(None, map(_why_not_finite, clips)), "") if model.name == "ours" else ""
    return Row(f"{model.name} {shape}", values, fault)


def _row_of_difference(name: str, ours: Clip, other: Clip, dtype: torch.dtype) -> Row:
    if ours.latents is None or other.latents is None:
        return Row(name, {"not measured": "one of them was cut short"})
    values: dict[str, Any] = {"relative difference": _relative(ours, other)}
    if ours.frames is not None and other.frames is not None and ours.frames.shape == other.frames.shape:
        apart = abs(ours.frames.astype(int) - other.frames.astype(int))
        values |= {"frames apart, mean of 255": float(apart.mean()), "most": int(apart.max())}
    most = DIFFERENCE[dtype]
    is_near = values["relative difference"] <= most
    return Row(name, values, "" if is_near else f"{values['relative difference']:.2g} is more than {most}")


def _row_of_resume(name: str, first: Clip, resumed: Clip, repeats: bool, rig: Rig) -> Row:
    likeness = _likeness(first, resumed)
    fault = ""
    if resumed.notices:
        fault = f"told its user: {', '.join(notice.code for notice in resumed.notices)}"
    elif repeats and not likeness["bit-identical"]:
        fault = "differs, though an undisturbed run repeats bit for bit"
    elif not likeness["relative difference"] <= DIFFERENCE[rig.dtype]:
        fault = f"{likeness['relative difference']:.2g} from the undisturbed run"
    return Row(name, likeness, fault)


def _row_of_plan(rig: Rig, ours: Ours, plan: Plan, shape: ClipShape, clip: Clip, first: Clip) -> Row:
    wanted = Shape(shape.width, shape.height, shape.num_frames, is_guided=True, value_bytes=rig.dtype.itemsize)
    planned = peak_bytes(plan, ours.parts.weights(), wanted) / GIB
    values = {"planned GiB": planned, **clip.peak, "from the first plan": _relative(clip, first)}
    fault = ""
    if clip.peak.get("reserved peak GiB", 0) > planned:
        fault = f"took {clip.peak['reserved peak GiB']:.2f} GiB, planned were {planned:.2f}"
    elif not values["from the first plan"] <= DIFFERENCE[rig.dtype]:
        fault = f"another clip: {values['from the first plan']:.2g} from that of the first plan"
    return Row(f"{plan.name} {shape}", values, fault)


def _row_of_auto(taken: str, seconds: Mapping[str, float]) -> Row:
    """What `attention: auto` takes; its probe is short, so a tenth is no fault."""
    is_slower = seconds[taken] > 1.1 * min(seconds.values())
    return Row("auto", {"takes": taken}, f"{taken} is the slower one" if is_slower else "")


def _speed_figures(clip: Clip) -> dict[str, Any]:
    return {**_spread("step s", clip.step_seconds), **clip.peak, "finite": clip.is_finite}


def _spread(name: str, values: list[float]) -> dict[str, float | None]:
    """Minimum, median and maximum; None where nothing was measured."""
    if not values:
        return dict.fromkeys((f"{name} min", f"{name} median", f"{name} max"))
    return {f"{name} min": min(values), f"{name} median": statistics.median(values), f"{name} max": max(values)}


def _why_not_finite(clip: Clip) -> str:
    """The engine mends NaN by itself and says so, which a check must not overlook."""
    told = [str(notice) for notice in clip.notices if notice.code in ("retried_in_float32", "went_on_in_float32")]
    return f"mended: {told[0]}" if told else "" if clip.is_finite else "NaN or infinity"


def _relative(clip: Clip, other: Clip) -> float:
    """‖a − b‖ / ‖b‖ of the latents."""
    assert clip.latents is not None
    assert other.latents is not None
    return float((clip.latents - other.latents).norm() / other.latents.norm())


def _is_identical(clip: Clip, other: Clip) -> bool:
    assert clip.latents is not None
    assert other.latents is not None
    assert clip.frames is not None
    assert other.frames is not None
    return torch.equal(clip.latents, other.latents) and bool((clip.frames == other.frames).all())


def _likeness(clip: Clip, other: Clip) -> dict[str, Any]:
    return {"bit-identical": _is_identical(clip, other), "relative difference": _relative(other, clip)}
