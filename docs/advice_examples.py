"""What the coach says of the examples in advice_examples.yaml; docs/advice.py arranges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from i2v.diagnosis.advice import Advice
from i2v.diagnosis.clip.judgement import advise_on_clip
from i2v.diagnosis.clip.measures import UNITS, ClipMeasures, MeasuredMove
from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measures import PictureMeasures
from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence
from i2v.diagnosis.settings.judgement import advise_on_settings
from i2v.diagnosis.settings.quantities import Choice, wanted_motion
from i2v.diagnosis.settings.rules import rule_data, rules_of
from i2v.domain.options import Options
from i2v.engines.registry import engine_spec
from i2v.services.clip_judge import wish_of

MODEL = engine_spec("i2vgen-xl")
_AREAS = ("blur", "glare", "dark", "borders", "text", "parts", "subjects")
_FLAWLESS = PictureMeasures(
    width=1600, height=1600, blur_px=0.5, noise_levels=0.5, darkest_level=10, shadow_level=25, median_level=120,
    brightest_level=245, highlight_level=245, contrast_levels=235, glare_share=0, borders=(0, 0, 0, 0), palette_share=0,
    busy_share=0.2, colours=60, areas={},
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """Something the coach was asked about, and the one thing it said that is shown.

    Attributes:
        advice: as told.
        sentence: it was asked about; empty for other parts.
        options: in force before the remedy; empty for sentences.
        is_for_camera: whether the camera engine was to make the clip.
        choice: what settings were judged by, and `rule`, the entry of rules.yaml that fired; None for other parts.
    """

    advice: Advice
    sentence: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    is_for_camera: bool = False
    choice: Choice | None = None
    rule: Mapping[str, Any] | None = None


@cache
def _data() -> Mapping[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("advice_examples.yaml").read_text("utf-8"))
    return data


def listener(*, is_for_camera: bool) -> Listener:
    """How the model, or the camera engine, reads a sentence; without the model's own tokenizer."""
    return Listener(is_model=not is_for_camera, has_negative_prompt=not is_for_camera)


def sentence_examples(language: str) -> Iterator[Example]:
    """One for each code, and what the camera engine says otherwise."""
    for entry in _data()["sentence"]:
        is_for_camera = entry.get("for_camera", False)
        found = advise_on_sentence(entry[language], listener(is_for_camera=is_for_camera))
        yield Example(_told(found, entry["code"]), entry[language], is_for_camera=is_for_camera)


def settings_examples() -> Iterator[Example]:
    """One for each rule, in the order of the rules.

    Raises:
        LookupError: a rule for which there is none.
    """
    for rule, entry in zip(rules_of(MODEL.name), rule_data()[MODEL.name], strict=True):
        for asked in _data()["settings"][rule.code]:
            choice = settings_choice(asked)
            fires = (each for each in rules_of(MODEL.name) if each.code == rule.code and each.fires(choice))
            first = next(fires, None)
            if first is rule:
                advice = _told(advise_on_settings(choice), rule.code)
                yield Example(advice, options=choice.values, choice=choice, rule=entry)
                break
        else:
            raise LookupError(f"no example in advice_examples.yaml makes this rule fire first of its code: {entry}")


def settings_choice(asked: Mapping[str, Any]) -> Choice:
    """The standard preset's settings but for what is asked, on a computer that takes `seconds` for the heaviest."""
    heaviest = max(MODEL.work(MODEL.options(**preset)) for preset in MODEL.presets.values())
    chosen = {name: value for name, value in asked.items() if name != "seconds"}
    options = MODEL.options(**{**MODEL.preset_values("standard", is_exact=chosen.get("exact", False)), **chosen})

    def work(values: Mapping[str, Any]) -> float:
        return MODEL.work(MODEL.options.model_construct(**values)) / heaviest

    def seconds(values: Mapping[str, Any]) -> float | None:
        return asked["seconds"] * work(values) if "seconds" in asked else None

    return Choice(MODEL.name, options.model_dump(), wanted_motion(options.prompt), work, seconds)


def picture_examples() -> Iterator[Example]:
    """One for each message."""
    for message, asked in _data()["picture"].items():
        options = MODEL.options(**asked.get("framing", {}))
        found = advise_on_picture(picture_measures(message), picture_framing(options))
        yield Example(_told(found, message), options=options.model_dump())


def picture_measures(message: str) -> PictureMeasures:
    """What an example's picture is like."""
    asked = {name: value for name, value in _data()["picture"][message].items() if name != "framing"}
    areas = {**dict.fromkeys(_AREAS, ()), **asked.pop("areas", {})}
    return PictureMeasures.from_json({**_FLAWLESS.to_json(), **asked, "areas": areas})


def picture_framing(options: Options) -> Framing:
    """What options make of a picture for the model."""
    return Framing(
        clip_size=options.clip_size,
        fit=options.fit,
        place=options.crop_place,
        has_preprocess=True,
        is_preprocessed=options.preprocess,
    )


def clip_examples() -> Iterator[Example]:
    """One for each message."""
    for message, asked in _data()["clip"].items():
        options = MODEL.options(seed=7, prompt=asked.get("prompt", "")).model_dump()
        found = advise_on_clip(_clip_measures(asked), wish_of(MODEL.name, options))
        yield Example(_told(found, message), options=options)


def _clip_measures(asked: Mapping[str, Any]) -> ClipMeasures:
    """A flawless clip of 16 frames but for what is asked, over all of it or `only_frames` [first, end)."""
    flawless: dict[str, float] = {**dict.fromkeys(UNITS, 0.0), "motion": 5.0, "sharpness": 100.0}
    values = {**flawless, **asked.get("values", {})}
    first, end = asked.get("only_frames", (0, 16))
    series = {
        name: tuple(value if first <= frame < end else flawless[name] for frame in range(16))
        for name, value in values.items()
    }
    moves = tuple(MeasuredMove(*move) for move in asked.get("moves", ()))
    return ClipMeasures(16, 8.0, values, series, moves, asked.get("direction"))


def _told(found: list[Advice], name: str) -> Advice:
    """Of what was said that with this message or, where no message has it, this code.

    Raises:
        LookupError: there is none.
    """
    by_message = {advice.message or advice.code: advice for advice in reversed(found)}
    told = {advice.code: advice for advice in reversed(found)} | by_message
    if name not in told:
        raise LookupError(f"the example for {name} in advice_examples.yaml gets {sorted(told) or 'no advice'}")
    return told[name]
