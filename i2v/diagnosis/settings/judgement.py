"""Advice on settings before a clip is made with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from i2v.diagnosis.advice import Advice, Remedy
from i2v.diagnosis.settings.quantities import Choice, quantity
from i2v.diagnosis.settings.remedies import balanced_changes, changes_for
from i2v.diagnosis.settings.rules import Rule, bound_for, rules_of
from i2v.text import say


@dataclass(frozen=True)
class Change(Remedy):
    """A remedy of options alone, whose button says what it sets."""

    def to_json(self, language: str) -> dict[str, Any]:
        """As every remedy, with the values in the reader's language."""
        told = tell_changes(self.options, self.values, language)
        label = say("coach", f"remedy.{self.label}", language, changes=told)
        return {"label": label, "options": dict(self.options)}


def tell_changes(changes: Mapping[str, Any], before: Mapping[str, Any], language: str) -> str:
    """`50 steps, guidance 9`; both sides of a size are told as one."""
    after = {**before, **changes}
    told = []
    for name in changes:
        key = "size" if name in ("width", "height") else f"{name}.none" if after[name] is None else name
        text = say("coach", f"setting.{key}", language, **{**after, "value": after[name]})
        if text not in told:
            told.append(text)
    return say("coach", "setting.join", language).join(told)


def advise_on_settings(choice: Choice) -> list[Advice]:
    """What is worth changing, the weightiest first, each code once; an empty list where nothing is."""
    found: dict[str, Advice] = {}
    for rule in rules_of(choice.engine):
        if rule.code not in found and rule.fires(choice):
            found[rule.code] = _advice(rule, choice)
    return list(found.values())


def balance(choice: Choice) -> Change | None:
    """The nearest settings about which there is nothing to say; None where there is nothing to change, or none near."""
    changes = balanced_changes(choice)
    return Change("set_all", options=changes, values=choice.values) if changes else None


def _advice(rule: Rule, choice: Choice) -> Advice:
    changes = changes_for(rule, choice)
    remedy = Change("set", options=changes, values=choice.values) if changes else None
    return Advice(
        rule.code, rule.severity, _values(rule, choice), rule.where, remedy, part="settings", message=rule.message
    )


def _values(rule: Rule, choice: Choice) -> dict[str, Any]:
    """What the message may name: options, the figures that the rule looks at, and its bounds."""
    figures = {name: _rounded(quantity(choice, name)) for name in rule.when}
    bounds = {
        f"{name}_{way}": bound_for(choice, bound) for name, ways in rule.remedy.items() for way, bound in ways.items()
    }
    return {**choice.values, **figures, **bounds}


def _rounded(value: Any) -> Any:
    return round(value, 1) if isinstance(value, float) else value
