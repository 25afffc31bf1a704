"""The nearest settings that go together: what is wrong brought to its bound, the rest as the user has it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from i2v.diagnosis.settings.quantities import Choice, first_timestep, quantity
from i2v.diagnosis.settings.rules import Rule, bound_for, rules_of

_SIDE_STEP = 64  # the authors' advice; the model halves a latent, an eighth of a side, three times
_LIGHTER_STEPS, _LIGHTER_FRAMES, _SHORTER_SIDES = (100, 80, 60, 50), (32, 24, 16), (1024, 768, 704, 640, 576, 512)
_LIGHTEST_SIDES = (704, 384)


def changes_for(rule: Rule, choice: Choice) -> dict[str, Any] | None:
    """Values by option that make a rule silent and bring no warning; None where there are none near.

    What the remedy calls up by itself, as a larger size that becomes too much, is settled along with it.
    """
    known = {fault.code for fault in rules_of(choice.engine) if fault.severity == "warning" and fault.fires(choice)}
    return _settle(choice, [rule.code], known - {rule.code})


def balanced_changes(choice: Choice) -> dict[str, Any] | None:
    """Values by option that make every rule silent; empty where all are."""
    return _settle(choice, [rule.code for rule in rules_of(choice.engine)], set())


def _settle(choice: Choice, codes: Sequence[str], tolerated: set[str]) -> dict[str, Any] | None:
    """Carries out remedies until none of the codes, and no warning beside those tolerated, is left."""
    settled = choice
    for _ in rules_of(choice.engine):
        wrong = next((rule for rule in rules_of(choice.engine) if _is_wrong(rule, settled, codes, tolerated)), None)
        if wrong is None:
            return {name: value for name, value in settled.values.items() if value != choice.values[name]}
        settled = _remedied(wrong, settled)
    return None


def _is_wrong(rule: Rule, choice: Choice, codes: Sequence[str], tolerated: set[str]) -> bool:
    counts = rule.code in codes or (rule.severity == "warning" and rule.code not in tolerated)
    return counts and rule.fires(choice)


def _remedied(rule: Rule, choice: Choice) -> Choice:
    for name, bounds in rule.remedy.items():
        bound = {way: bound_for(choice, each) for way, each in bounds.items()}
        choice = choice.with_values(_brought(choice, name, bound))
    return choice


def _brought(choice: Choice, name: str, bound: Mapping[str, Any]) -> dict[str, Any]:
    """The values that bring an option or a figure to its bound."""
    if name in ("pixels", "ratio"):
        return _sized(choice, bound)
    if name == "work_share":
        return _lightened(choice, bound["at_most"])
    if name == "first_timestep":
        return {"num_inference_steps": _nearest_steps(choice.values["num_inference_steps"], bound["at_least"])}
    if "to" in bound:
        return {name: bound["to"]}
    value = choice.values[name]
    if bound.get("at_least") is not None:
        value = max(value, bound["at_least"])
    if bound.get("at_most") is not None:
        value = min(value, bound["at_most"])
    return {name: type(choice.values[name])(value)}


def _sized(choice: Choice, bound: Mapping[str, Any]) -> dict[str, int]:
    """The sides in steps of 64 that are nearest to those asked for, with enough pixels or a gentler ratio."""
    width, height = choice.values["width"], choice.values["height"]
    pixels, ratio = width * height, max(width, height) / min(width, height)
    least, most = bound.get("at_least", 0), bound.get("at_most", math.inf)
    area = max(pixels, least)
    gentler = min(ratio, most)
    long, short = math.sqrt(area * gentler), math.sqrt(area / gentler)
    ideal = (long, short) if width >= height else (short, long)

    sizes = itertools.product(_side_steps(ideal[0]), _side_steps(ideal[1]))
    # A step either way changes the ratio a little.
    fit = [size for size in sizes if math.prod(size) >= least and max(size) / min(size) <= gentler * 1.1]
    wide, high = min(fit, key=lambda size: _distance(size, ideal))
    return {"width": wide, "height": high}


def _side_steps(side: float) -> list[int]:
    nearest = round(side / _SIDE_STEP) * _SIDE_STEP
    return [step for step in range(nearest - _SIDE_STEP, nearest + 2 * _SIDE_STEP, _SIDE_STEP) if step >= _SIDE_STEP]


def _lightened(choice: Choice, share: float) -> dict[str, Any]:
    """The nearest of fewer steps, fewer frames and a smaller size that is little enough work; steps go first."""
    candidates = sorted(_lighter(choice), key=lambda lighter: _loss(choice.values, lighter))
    fitting = (choice.with_values(lighter) for lighter in candidates)
    light = (
        {name: lighter.values[name] for name in candidates[0]}
        for lighter in fitting
        if quantity(lighter, "work_share") <= share and not _is_worse(lighter, choice)
    )
    # A clip so long and narrow that its shorter side is short already gets another shape.
    long, short = _LIGHTEST_SIDES
    is_wide = choice.values["width"] >= choice.values["height"]
    sides = {"width": long, "height": short} if is_wide else {"width": short, "height": long}
    return next(light, {**candidates[-1], **sides})


def _is_worse(choice: Choice, before: Choice) -> bool:
    """Whether a rule speaks that did not before: fewer steps may begin late, and would be made more again."""
    return any(rule.fires(choice) and not rule.fires(before) for rule in rules_of(choice.engine))


def _lighter(choice: Choice) -> Iterator[dict[str, Any]]:
    values = choice.values
    for steps, frames, side in itertools.product(
        _from_here(values["num_inference_steps"], _LIGHTER_STEPS),
        _from_here(values["num_frames"], _LIGHTER_FRAMES),
        _from_here(min(values["width"], values["height"]), _SHORTER_SIDES),
    ):
        scale = side / min(values["width"], values["height"])
        width, height = (_on_step(values[name] * scale) if scale < 1 else values[name] for name in ("width", "height"))
        yield {"num_inference_steps": steps, "num_frames": frames, "width": width, "height": height}


def _from_here(value: int, lower: Sequence[int]) -> list[int]:
    return [value, *(each for each in lower if each < value)]


def _on_step(side: float) -> int:
    return max(1, round(side / _SIDE_STEP)) * _SIDE_STEP


def _loss(values: Mapping[str, Any], lighter: Mapping[str, Any]) -> float:
    """How far away lighter settings are: steps are missed half as much as as many frames or pixels."""
    ratio = {name: values[name] / lighter[name] for name in lighter}
    area = ratio["width"] * ratio["height"]
    return 0.5 * math.log(ratio["num_inference_steps"]) + math.log(ratio["num_frames"]) + abs(math.log(area))


def _distance(size: Sequence[float], ideal: Sequence[float]) -> float:
    return sum(abs(math.log(side / wanted)) for side, wanted in zip(size, ideal, strict=True))


def _nearest_steps(steps: int, first: int) -> int:
    """The nearest number of steps with which ddim begins late enough; of two as near the larger."""
    good = [each for each in range(2, 201) if first_timestep(each) >= first]
    return min(good, key=lambda each: (abs(each - steps), -each))
