"""The rules of rules.yaml: when each fires."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from i2v.diagnosis.advice import Severity
from i2v.diagnosis.settings.quantities import Choice, quantity

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "below": operator.lt,
    "at_most": operator.le,
    "at_least": operator.ge,
    "among": lambda value, allowed: value in allowed,
}


@dataclass(frozen=True)
class Rule:
    """One way in which settings do not go together; the fields are those of rules.yaml."""

    code: str
    message: str
    severity: Severity
    where: tuple[str, ...]
    when: Mapping[str, Mapping[str, Any]]
    remedy: Mapping[str, Mapping[str, Any]]

    def fires(self, choice: Choice) -> bool:
        """Whether every condition holds; what the engine does not have or nobody knows fulfils none."""
        return all(
            _holds(quantity(choice, name), comparison, bound_for(choice, bound))
            for name, bounds in self.when.items()
            for comparison, bound in bounds.items()
        )


def _holds(value: Any, comparison: str, bound: Any) -> bool:
    return value is not None and bound is not None and _COMPARE[comparison](value, bound)


def bound_for(choice: Choice, bound: Any) -> Any:
    """A bound that is a table by sampler, read for the sampler chosen; None where it has no word for that one."""
    return bound.get(choice.values.get("sampler")) if isinstance(bound, dict) else bound


@cache
def rules_of(engine: str) -> tuple[Rule, ...]:
    """The engine's rules, the weightiest first; none for an engine that has none."""
    return tuple(
        Rule(
            code=entry["code"],
            message=entry.get("message", entry["code"]),
            severity=entry["severity"],
            where=tuple(entry["where"]),
            when=entry["when"],
            remedy=entry["remedy"],
        )
        for entry in rule_data().get(engine, ())
    )


@cache
def rule_data() -> Mapping[str, list[dict[str, Any]]]:
    """The file as it is, reasons included."""
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text("utf-8"))
    return data
