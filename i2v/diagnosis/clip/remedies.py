"""The one change that a fault of a clip asks for, within what its engine takes; None where the engine has no such
option, or it is as far as it should go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import yaml

from i2v.diagnosis.advice import Remedy
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence
from i2v.diagnosis.sentence.reading import read_sentence

_STEPS, _STEPS_ENOUGH = 20, 80
_GUIDANCE, _GUIDANCE_HIGH, _GUIDANCE_LOW = 2.0, 13.0, 7.0
_FRAMES, _FRAMES_FEW = 8, 8
_CALM_SAMPLER = "ddim"


def stronger(wish: ClipWish) -> Remedy | None:
    """Higher guidance: the clip follows its sentence more closely."""
    return _changed(wish, "guidance_scale", _GUIDANCE, most=_GUIDANCE_HIGH, label="guidance")


def restated(wish: ClipWish) -> Remedy | None:
    """The sentence with a stronger word for how it moves, if it has a weak one and reads without a fault then."""
    prompt = _restated(wish.prompt) if wish.is_model else None
    return Remedy("stronger_words", prompts=(prompt,)) if prompt else None


@lru_cache(maxsize=256)
def _restated(prompt: str) -> str | None:
    for weak, strong in _weak_words():
        for found in weak.finditer(prompt):
            word = strong.capitalize() if found.group()[0].isupper() else strong
            changed = prompt[: found.start()] + word + prompt[found.end() :]
            if _moves_without_fault(changed):
                return changed
    return None


def _moves_without_fault(prompt: str) -> bool:
    reading = read_sentence(prompt)
    faults = [each for each in advise_on_sentence(prompt, Listener()) if each.severity == "warning"]
    return bool(reading.deeds or reading.moves) and not faults


@cache
def _weak_words() -> Sequence[tuple[re.Pattern[str], str]]:
    """What finds each weak word in a sentence, and the stronger one."""
    words: dict[str, str] = yaml.safe_load(Path(__file__).with_name("stronger_words.yaml").read_text("utf-8"))
    return [(re.compile(rf"\b{weak}\b", re.IGNORECASE), strong) for weak, strong in words.items()]


def looser(wish: ClipWish) -> Remedy | None:
    """Lower guidance: the clip stays closer to what the model finds natural, and to the picture."""
    return _changed(wish, "guidance_scale", -_GUIDANCE, least=_GUIDANCE_LOW, label="guidance")


def more_steps(wish: ClipWish, enough: int = _STEPS_ENOUGH) -> Remedy | None:
    """More steps, unless there are `enough` already."""
    return _changed(wish, "num_inference_steps", _STEPS, most=enough, label="steps")


def fewer_frames(wish: ClipWish) -> Remedy | None:
    """A shorter clip has less time to go astray."""
    return _changed(wish, "num_frames", -_FRAMES, least=_FRAMES_FEW, label="frames") if wish.is_model else None


def other_sampler(wish: ClipWish) -> Remedy | None:
    """The authors' own sampler in place of a quicker one."""
    if _CALM_SAMPLER not in wish.choices.get("sampler", ()) or wish.options.get("sampler") == _CALM_SAMPLER:
        return None
    return Remedy("sampler", options={"sampler": _CALM_SAMPLER}, values={"value": _CALM_SAMPLER})


def another_seed(wish: ClipWish) -> Remedy | None:
    """Chance decides anew; only a model's clips depend on it."""
    return Remedy("another_seed", options={"seed": None}) if wish.is_model and "seed" in wish.options else None


def _changed(
    wish: ClipWish, name: str, change: float, *, label: str, least: float | None = None, most: float | None = None
) -> Remedy | None:
    value = wish.options.get(name)
    if name not in wish.bounds or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    lowest, highest = wish.bounds[name]
    lowest, highest = max(lowest, -1e9 if least is None else least), min(highest, 1e9 if most is None else most)
    wanted = type(value)(min(max(value + change, lowest), highest))
    if (wanted - value) * change <= 0:
        return None
    return Remedy(label, options={name: wanted}, values={"value": f"{wanted:g}"})
