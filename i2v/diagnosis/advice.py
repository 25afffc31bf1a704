"""One piece of advice, as every face tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from i2v.text import say

Severity = Literal["warning", "hint"]
Part = Literal["sentence", "settings", "picture", "clip"]


@dataclass(frozen=True)
class Phrase:
    """Words among a message's values that depend on the reader's language: a key of the area `coach`."""

    key: str


@dataclass(frozen=True)
class Remedy:
    """What a button puts in place: another sentence, other options, or both.

    Attributes:
        label: key of the button's text, `remedy.<label>`, in the area `coach`.
        prompts: the sentence, and others that would do as well; the first is the remedy.
        negative_prompt: what goes there in addition, for an engine that has one.
        options: values by the option's name.
        values: fill the label's placeholders.
    """

    label: str
    prompts: tuple[str, ...] = ()
    negative_prompt: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self, language: str) -> dict[str, Any]:
        told: dict[str, Any] = {"label": say("coach", f"remedy.{self.label}", language, **self.values)}
        if self.prompts:
            told["prompt"] = self.prompts[0]
        if self.prompts[1:]:
            told["others"] = list(self.prompts[1:])
        if self.negative_prompt:
            told["negative_prompt"] = self.negative_prompt
        if self.options:
            told["options"] = dict(self.options)
        return told


@dataclass(frozen=True)
class Advice:
    """What to change, why, and how.

    Attributes:
        code: its name for programs.
        severity: `warning` where the clip will probably not be as wished, `hint` where it could be better.
        values: fill the message's placeholders.
        where: of a sentence its characters, [start, end); of settings the options' names; of a picture boxes
            [left, top, width, height] as shares of its sides; of a clip seconds, [start, end). None for all of it.
        remedy: None where no honest one exists.
        part: what it speaks of; its message is `<part>.<code>` in the area `coach`.
        message: the key's end where that is not the code.
    """

    code: str
    severity: Severity = "warning"
    values: Mapping[str, object] = field(default_factory=dict)
    where: Sequence[Any] | None = None
    remedy: Remedy | None = None
    part: Part = "sentence"
    message: str = ""

    def to_json(self, language: str) -> dict[str, Any]:
        """As REST, page and `--json` carry it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": say("coach", f"{self.part}.{self.message or self.code}", language, **self._values(language)),
            "where": list(self.where) if self.where else None,
            "remedy": self.remedy.to_json(language) if self.remedy else None,
        }

    def _values(self, language: str) -> dict[str, object]:
        values = self.values.items()
        return {
            name: say("coach", value.key, language) if isinstance(value, Phrase) else value for name, value in values
        }
