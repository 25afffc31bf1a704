"""Advice before a clip is made, as page, REST and command line tell it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence, measure_sentence, understood_camera
from i2v.domain.options import PROMPT_LIMIT, Options
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec, engine_specs
from i2v.errors import BadInput, OptionInvalid, WeightsAbsent, WeightsMissing
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.settings_advice import SettingsAdviser
from i2v.services.wish_options import AUTO, read_options
from i2v.text import describe


class Coach:
    """Says what is worth changing; it never refuses what is legal."""

    def __init__(self, models: Models, outlook: Outlook, pictures: PictureJudge) -> None:
        self._models = models
        self._settings = SettingsAdviser(outlook)
        self._pictures = pictures

    def advise(self, wish: Mapping[str, Any], language: str, clip: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Advice on all that the wish holds, by its part.

        Args:
            wish: `prompt`, `picture_sha256` of a picture taken in, `preset` and options as a job has them, and `engine`
                where it is known; without it the advice is for the model. Of options that no clip could be made with
                the first is told in place of advice on settings.
            language: of the messages.
            clip: what was found of a finished clip, by `ClipJudge.judge` or `judge_clip`.

        Returns:
            `sentence`, `settings`, `picture`, `clip`: lists of `{code, severity, message, where, remedy}`; `measures`;
            and `camera`, the move understood, or None.

        Raises:
            OptionInvalid: a prompt that no clip could be made from.
            PictureMissing: there is no such picture.
            EngineUnknown: there is no such engine.
        """
        spec = self._engine(wish.get("engine"))
        listener = self._listener(spec)
        prompt = _prompt(wish)
        advice = [] if prompt is None else advise_on_sentence(prompt, listener)
        options, fault = _options(wish, spec)
        on_settings, costs = self._settings.advise(spec, options, language) if options else ([], {})
        if fault is not None:
            on_settings = [_refusal(fault, language)]
        of_picture, measured = self._pictures.judge(wish.get("picture_sha256"), options, spec)
        return {
            "sentence": [each.to_json(language) for each in advice],
            "settings": on_settings,
            "picture": [each.to_json(language) for each in of_picture],
            "clip": clip["advice"] if clip else [],
            "measures": {
                **({} if prompt is None else measure_sentence(prompt, listener)),
                "settings": costs,
                **({} if measured is None else {"picture": measured.to_json()}),
                **({"clip": clip["measures"]} if clip else {}),
            },
            "camera": None if prompt is None else understood_camera(prompt),
        }

    def _engine(self, asked: object) -> EngineSpec:
        if asked is None:
            return next(spec for spec in engine_specs().values() if spec.needs_weights)
        return engine_spec(self._models.auto_engine() if asked == AUTO else str(asked))

    def _listener(self, spec: EngineSpec) -> Listener:
        return Listener(
            is_model=spec.needs_weights,
            has_negative_prompt="negative_prompt" in spec.options.model_fields,
            tokenizer_folder=self._tokenizer_folder(spec),
        )

    def _tokenizer_folder(self, spec: EngineSpec) -> Path | None:
        try:
            folder = self._models.folder(spec)
        except (WeightsAbsent, WeightsMissing):
            return None
        tokenizer = folder / "tokenizer" if folder else None
        return tokenizer if tokenizer and (tokenizer / "merges.txt").is_file() else None


def _options(wish: Mapping[str, Any], spec: EngineSpec) -> tuple[Options | None, BadInput | None]:
    """The options in force, and why there are none: what no clip can be made with, or a clip leaves them to another."""
    if wish.get("refine_of") is not None:
        return None, None
    try:
        return read_options(wish, spec, may_drop=wish.get("engine") in (None, AUTO))[0], None
    except BadInput as fault:
        return None, fault


def _refusal(fault: BadInput, language: str) -> dict[str, Any]:
    """An option that no clip could be made with, as an advice: Generate would refuse it in the same words."""
    told = describe(fault, language)
    return {
        "code": fault.code,
        "severity": "warning",
        "message": ("" if language == "zh-CN" else " ").join((told.what, told.fix)),
        "where": None,
        "remedy": None,
    }


def _prompt(wish: Mapping[str, Any]) -> str | None:
    prompt = wish.get("prompt")
    if prompt is not None and (not isinstance(prompt, str) or len(prompt) > PROMPT_LIMIT):
        allowed = f"text of up to {PROMPT_LIMIT} characters"
        raise OptionInvalid(option="prompt", value=repr(prompt)[:80], allowed=allowed)
    return prompt
