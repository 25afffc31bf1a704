"""One piece of advice, as every face tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from i2v.text import say

Severity = Literal["warning", "hint"]


@dataclass(frozen=True)
class Remedy:
    """Another sentence that a button puts in place.

    Attributes:
        label: key of the button's text in `coach.yaml`.
        prompts: the sentence, and others that would do as well; the first is the remedy.
        negative_prompt: what goes there instead, for an engine that has one.
    """

    label: str
    prompts: tuple[str, ...]
    negative_prompt: str = ""

    def to_json(self, language: str) -> dict[str, Any]:
        told: dict[str, Any] = {"label": say("coach", f"remedy.{self.label}", language), "prompt": self.prompts[0]}
        if self.prompts[1:]:
            told["others"] = list(self.prompts[1:])
        if self.negative_prompt:
            told["negative_prompt"] = self.negative_prompt
        return told


@dataclass(frozen=True)
class Advice:
    """What to change, why, and how.

    Attributes:
        code: its name for programs.
        severity: `warning` where the clip will probably not be as wished, `hint` where it could be better.
        values: fill the message's placeholders.
        where: the characters of the sentence that it speaks of, [start, end); None for all of it.
        remedy: None where no honest one exists.
        message: key of its text where that is not the code.
    """

    code: str
    severity: Severity = "warning"
    values: Mapping[str, object] = field(default_factory=dict)
    where: tuple[int, int] | None = None
    remedy: Remedy | None = None
    message: str = ""

    def to_json(self, language: str) -> dict[str, Any]:
        """As REST, page and `--json` carry it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": say("coach", self.message or self.code, language, **self.values),
            "where": list(self.where) if self.where else None,
            "remedy": self.remedy.to_json(language) if self.remedy else None,
        }
