"""Advice on a finished clip: what is wrong with it, and the one thing to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from i2v.diagnosis.advice import Advice, Phrase, Remedy
from i2v.diagnosis.clip.measures import ClipMeasures, spoken
from i2v.diagnosis.clip.remedies import (
    another_seed,
    fewer_frames,
    looser,
    more_steps,
    other_sampler,
    restated,
    stronger,
)
from i2v.diagnosis.clip.wishes import CameraCheck, ClipWish, asked_direction, check_camera, wants_tremor
from i2v.text import say

Span = tuple[int, int]  # frames, [first, end)


@cache
def thresholds() -> Mapping[str, float]:
    """From where each measure is told, in its unit."""
    told: dict[str, float] = yaml.safe_load(Path(__file__).with_name("thresholds.yaml").read_text("utf-8"))
    return told


def advise_on_clip(measures: ClipMeasures, wish: ClipWish) -> list[Advice]:
    """What is wrong with a clip, the weightiest first; an empty list where nothing is.

    Args:
        measures: of the clip.
        wish: what it was to be, and what can be changed.
    """
    return [*_on_black(measures, wish), *_on_motion(measures, wish), *_on_looks(measures, wish)]


def camera_view(measures: ClipMeasures, wish: ClipWish, language: str) -> dict[str, Any] | None:
    """What the sentence asked of the camera and what came, for programs and in words; None where it asked nothing."""
    check = check_camera(measures, wish.prompt)
    if check is None:
        return None
    values = {"asked": say("coach", f"move.{check.asked}", language), "got": _got(check, language)}
    return {
        "asked": check.asked,
        "got": check.got.to_json() if check.got else None,
        "agrees": check.agrees,
        "message": say("coach", "clip.camera_check", language, **values),
    }


def _got(check: CameraCheck, language: str) -> str:
    got = check.got
    if got is None or got.move in ("still", "handheld"):
        return say("coach", f"move.{got.move if got else 'none'}", language)
    name = say("coach", f"move.{got.move}", language)
    return say("coach", "move.measured", language, move=name, amount=f"{got.amount_per_second:g}", unit=got.unit)


def _on_black(measures: ClipMeasures, wish: ClipWish) -> Iterator[Advice]:
    where = _longest(measures, "black", lambda value: value > 0)
    if where:
        yield _advice("black", measures, "black", where, another_seed(wish))


def _on_motion(measures: ClipMeasures, wish: ClipWish) -> Iterator[Advice]:
    limits = thresholds()
    check = check_camera(measures, wish.prompt)
    is_still = check is not None and check.asked == "still"
    is_opposite = check is not None and check.got is not None and not check.agrees and not is_still
    if max(measures.value("motion"), measures.value("subject_motion")) < limits["no_motion"] and not is_opposite:
        if wish.is_model and not is_still:
            yield from _with_other_words(_advice("no_motion", measures, "motion", None, stronger(wish)), wish)
        return
    if wish.is_model:
        yield from _on_direction(measures, check, wish)
    frozen = _longest(measures, "frozen", lambda value: value > 0)
    if frozen and frozen[1] - frozen[0] >= limits["frozen_frames"]:
        yield _advice("frozen", measures, "frozen", frozen, fewer_frames(wish) or another_seed(wish))
        return  # where it goes on again it jumps, and its pace is uneven
    if measures.value("unevenness") > limits["unevenness"] and not wants_tremor(wish.prompt):
        yield _advice("uneven", measures, "unevenness", None, more_steps(wish))
    if measures.value("jump") > limits["jump"]:
        where = _longest(measures, "jump", lambda value: value > limits["jump"])
        yield _advice("jump", measures, "jump", where, fewer_frames(wish) or another_seed(wish))


def _on_direction(measures: ClipMeasures, check: CameraCheck | None, wish: ClipWish) -> Iterator[Advice]:
    if check is not None:
        if not check.agrees and check.asked == "still":
            yield Advice("camera_moved", remedy=another_seed(wish), part="clip")
        elif not check.agrees and check.got is not None:
            values = {"asked": Phrase(f"move.{check.asked}"), "got": Phrase(f"move.{check.got.move}")}
            yield Advice("wrong_direction", values=values, remedy=another_seed(wish), part="clip")
        elif not check.agrees:
            values = {"asked": Phrase(f"move.{check.asked}")}
            told = Advice("no_camera_move", values=values, remedy=stronger(wish), part="clip")
            yield from _with_other_words(told, wish)
        return
    asked, got = asked_direction(wish.prompt), measures.direction
    if asked and got and asked != got and measures.value("subject_motion") >= thresholds()["no_motion"]:
        values = {"asked": Phrase(f"direction.{asked}"), "got": Phrase(f"direction.{got}")}
        yield Advice(
            "wrong_direction", values=values, remedy=another_seed(wish), part="clip", message="wrong_subject_direction"
        )


def _with_other_words(told: Advice, wish: ClipWish) -> Iterator[Advice]:
    """The advice, and the stronger sentence as another way to the same end."""
    other = restated(wish)
    yield replace(told, remedy=told.remedy or other)
    if told.remedy and other:
        yield Advice(told.code, "hint", remedy=other, part="clip", message="stronger_words")


_LOOKS: tuple[tuple[str, Callable[[ClipWish], Remedy | None]], ...] = (
    ("flicker", lambda wish: more_steps(wish, enough=50) or other_sampler(wish) or more_steps(wish)),
    ("colour_shift", lambda wish: looser(wish) or another_seed(wish)),
    ("noise", lambda wish: more_steps(wish) or other_sampler(wish)),
    ("seam", lambda wish: None),
)


def _on_drift(measures: ClipMeasures, wish: ClipWish) -> Iterator[Advice]:
    """Another picture comes through, or the parts of this one go against each other: one advice for both."""
    for name in ("drift", "bend"):
        limit = thresholds()[name]
        if measures.value(name) > limit:
            where = _onward(measures, _longest(measures, name, limit.__lt__))
            found = _advice("drift", measures, name, where, looser(wish) or fewer_frames(wish))
            yield found if name == "drift" else replace(found, message="bend")
            return


def _on_looks(measures: ClipMeasures, wish: ClipWish) -> Iterator[Advice]:
    limits = thresholds()
    sharpness = measures.values.get("sharpness")
    if sharpness is not None and sharpness < limits["blur"]:
        where = _onward(measures, _longest(measures, "sharpness", lambda value: value < limits["blur"]))
        yield _advice("blur", measures, "sharpness", where, more_steps(wish) or fewer_frames(wish))
    yield from _on_drift(measures, wish)
    for name, remedy in _LOOKS:
        limit = limits[name]
        if measures.value(name) > limit:
            yield _advice(name, measures, name, _longest(measures, name, limit.__lt__), remedy(wish))


def _advice(code: str, measures: ClipMeasures, name: str, span: Span | None, remedy: Remedy | None) -> Advice:
    where = span and (round(measures.seconds_of(span[0]), 2), round(measures.seconds_of(span[1]), 2))
    values = {
        "value": spoken(measures.value(name)),
        "begin": f"{where[0]:g}" if where else "",
        "end": f"{where[1]:g}" if where else "",
    }
    return Advice(code, values=values, where=where, remedy=remedy, part="clip")


def _onward(measures: ClipMeasures, span: Span | None) -> Span | None:
    """To the end, where a clip has come to what is told of it: that a frame in between is better does not end it."""
    return span and (span[0], measures.num_frames)


def _longest(measures: ClipMeasures, name: str, is_bad: Callable[[float], bool]) -> Span | None:
    """The longest run of frames where the measure is bad; None where there is none."""
    best: Span | None = None
    first: int | None = None
    series = measures.series.get(name, ())
    for frame, value in enumerate((*series, None)):
        if value is not None and is_bad(value):
            first = frame if first is None else first
        elif first is not None:
            if best is None or frame - first > best[1] - best[0]:
                best = (first, frame)
            first = None
    return best
