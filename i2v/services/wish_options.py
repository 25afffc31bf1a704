"""The options of a wish, as any face sends them: what it names over its preset over the engine's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from i2v.domain.notices import Notice
from i2v.domain.options import Options, allowed_values
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_specs
from i2v.errors import OptionInvalid, OptionUnknown, PresetUnknown

AUTO = "auto"
_NOT_OPTIONS = ("engine", "preset", "picture_sha256", "confirmed", "private", "refine_of", "strength")


def read_options(wish: Mapping[str, Any], spec: EngineSpec, *, may_drop: bool) -> tuple[Options, list[Notice]]:
    """The options in force of a wish: what it names over its preset over defaults, and what is to say of them.

    Args:
        wish: as with `Submitter.submit`.
        spec: of the engine that runs.
        may_drop: options of other engines are left out with a notice, as where the engine was not the user's choice.

    Raises:
        BadInput: an unknown preset or option, or a value that an option does not take.
    """
    given = {name: value for name, value in wish.items() if name not in _NOT_OPTIONS}
    given, notices = _drop_foreign(given, spec, may_drop=may_drop)
    preset = _known_preset(spec, read_text(wish, "preset", ""))
    return _validated(spec, {**spec.preset_values(preset, is_exact=given.get("exact") is True), **given}), notices


def read_text(wish: Mapping[str, Any], name: str, default: str) -> str:
    """A name in a wish. What is no text is no name either, and is refused as an unknown one by whoever looks it up."""
    value = wish.get(name)
    if value is None:
        return default
    return value if isinstance(value, str) else repr(value)[:80]


def read_flag(wish: Mapping[str, Any], name: str) -> bool:
    """A yes or no in a wish; what is not named is a no.

    Raises:
        OptionInvalid: it is neither true nor false.
    """
    value = wish.get(name, False)
    if not isinstance(value, bool):
        raise OptionInvalid(option=name, value=repr(value)[:80], allowed="true, false")
    return value


def _known_preset(spec: EngineSpec, name: str) -> str:
    chosen = name or spec.default_preset
    if chosen not in spec.presets:
        raise PresetUnknown(preset=chosen, engine=spec.name, known=", ".join(spec.presets))
    return chosen


def preset_in_force(spec: EngineSpec, name: str, options: Options) -> str:
    """The preset's name where the options are as it has them; what was changed by hand is no preset any more."""
    chosen = name or spec.default_preset
    values = spec.preset_values(chosen, is_exact=getattr(options, "exact", False))
    return chosen if all(getattr(options, key) == value for key, value in values.items()) else ""


def _drop_foreign(given: Mapping[str, Any], spec: EngineSpec, *, may_drop: bool) -> tuple[dict[str, Any], list[Notice]]:
    """Options of another engine: dropped with a notice where the engine was not the user's own choice."""
    known = spec.options.model_fields
    foreign = [name for name in given if name not in known]
    others = {name for other in engine_specs().values() for name in other.options.model_fields}
    for name in foreign:
        if not may_drop or name not in others:
            raise OptionUnknown(option=name[:80], engine=spec.name, known=", ".join(known))
    notices = [Notice("option_dropped", {"option": name, "engine": spec.name}) for name in foreign]
    return {name: value for name, value in given.items() if name in known}, notices


def _validated(spec: EngineSpec, values: Mapping[str, Any]) -> Options:
    try:
        return spec.options.model_validate(dict(values))
    except ValidationError as cause:
        detail = cause.errors(include_url=False)[0]
        option = str(detail["loc"][0])
        # A rule of the options' own says itself what it wants; a bound is told in signs that need no language.
        rule = detail.get("ctx", {}).get("error")
        allowed = str(rule) if isinstance(rule, ValueError) else allowed_values(spec.options, option)
        raise OptionInvalid(option=option, value=repr(detail["input"])[:80], allowed=allowed) from cause
