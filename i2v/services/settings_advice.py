"""Advice on the settings of a wish, and what the wish costs before and after a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from i2v.diagnosis.settings.judgement import advise_on_settings, balance
from i2v.diagnosis.settings.quantities import Choice, wanted_motion
from i2v.domain.options import Options
from i2v.engines.base import EngineSpec
from i2v.services.outlook import Outlook
from i2v.text import say

_UNITS = (("seconds", 1, 90), ("minutes", 60, 90 * 60))


class SettingsAdviser:
    """Judges options by the engine's rules, and tells time and memory as the light does."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook

    def advise(self, spec: EngineSpec, options: Options, language: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Advice as every face tells it, and the measures.

        Args:
            spec: of the engine.
            options: in force, validated.
            language: of the messages.

        Returns:
            The advice, each remedy with its `cost`; and `cost` of the wish as it is beside `balanced`, the one remedy
            for everything, or None. A cost has `seconds` and `memory_gb`, ranges or None where nobody knows, and
            `light`, as an estimate has them; a remedy's has `text` too, which compares it with the wish as it is.
        """
        pricing = _Pricing(self._outlook, spec, options, language)
        values = options.model_dump()
        choice = Choice(spec.name, values, wanted_motion(options.prompt), _work_share(spec), pricing.middle_seconds)
        told = []
        for advice in advise_on_settings(choice):
            view = advice.to_json(language)
            if advice.remedy:
                view["remedy"]["cost"] = pricing.compare(advice.remedy.options)
            told.append(view)
        everything = balance(choice)
        priced = everything and {**everything.to_json(language), "cost": pricing.compare(everything.options)}
        return told, {"cost": pricing.now, "balanced": priced}


class _Pricing:
    """What variants of one wish take, all by the same pace, so that they can be compared."""

    def __init__(self, outlook: Outlook, spec: EngineSpec, options: Options, language: str) -> None:
        self._prospect = outlook.prospect(spec)
        self._options = options
        self._language = language
        self.now = self._cost(options)

    def middle_seconds(self, values: Mapping[str, Any]) -> float | None:
        """What such a clip may be expected to take; None where nobody knows."""
        span = self._prospect.foresee(type(self._options).model_construct(**values)).seconds
        return (span.low + span.high) / 2 if span else None

    def compare(self, changes: Mapping[str, object]) -> dict[str, Any]:
        """The cost after some changes, beside what it is now."""
        then = self._cost(self._options.model_copy(update=dict(changes)))
        return {**then, "text": tell_costs(self.now, then, self._language)}

    def _cost(self, options: Options) -> dict[str, Any]:
        fit, seconds = self._prospect.fit(options), self._prospect.foresee(options).seconds
        return {
            "seconds": seconds.to_json() if seconds else None,
            "memory_gb": fit.needed_gb.to_json() if fit.needed_gb else None,
            "light": fit.light,
        }


def tell_costs(now: Mapping[str, Any], then: Mapping[str, Any], language: str) -> str:
    """`20 → 9 min, 7.2 → 3.4 GB`; of what stays as it is and of what nobody knows it says nothing."""
    told = []
    if now["seconds"] and then["seconds"]:
        most = max(now["seconds"]["high"], then["seconds"]["high"])
        key, unit = next(((key, unit) for key, unit, end in _UNITS if most < end), ("hours", 3600))
        told += _told(f"cost.{key}", now["seconds"], then["seconds"], unit, language)
    if now["memory_gb"] and then["memory_gb"]:
        told += _told("cost.memory", now["memory_gb"], then["memory_gb"], 1, language)
    return say("coach", "setting.join", language).join(told)


def _told(key: str, now: Mapping[str, float], then: Mapping[str, float], unit: float, language: str) -> list[str]:
    before, after = (_range(each["low"] / unit, each["high"] / unit) for each in (now, then))
    return [say("coach", key, language, before=before, after=after)] if before != after else []


def _range(low: float, high: float) -> str:
    """As many digits as an estimate deserves; one figure where both ends read the same."""
    first, last = (f"{bound:.0f}" if bound > 9.95 else f"{bound:.1f}" for bound in (low, high))
    return first if first == last else f"{first}–{last}"


def _work_share(spec: EngineSpec) -> Any:
    """Work of a clip as a share of the engine's heaviest preset's."""
    heaviest = max(spec.work(spec.options(**preset)) for preset in spec.presets.values())
    return lambda values: spec.work(spec.options.model_construct(**values)) / heaviest
