"""All that makes a clip again, as it stands in the MP4's comment. No paths, no names of people or machines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from i2v.errors import RecipeForeign, RecipeMissing, RecipeNewer

SCHEMA = 1
SENTENCES = ("prompt", "negative_prompt")
"""Options that a private clip does not carry."""


@dataclass(frozen=True)
class Recipe:
    """Engine, options and picture decide the frames; `made_with` says on what they were made.

    Attributes:
        job_id: ties a clip to its row, so that a clip published just before a crash is adopted, not made twice.
        left_out: names of the options whose values were kept out of the file, as their user wished.
        frames_sha256: of all frames as the engine made them, before encoding: RGB, 8 bits, row by row, one after the
            other. The same digest means the same frames to the last bit.
        treatment: what was done to the picture, step by step with its numbers; None where nothing was asked for.
        start: where the clip began from another clip's latents: `latents_sha256`, `strength` and `method`.
        way: of a refined clip, which step of the way it is (`phase`) and the job of the clip before it (`parent_id`).
    """

    job_id: str
    engine: str
    options: Mapping[str, Any]
    picture_sha256: str
    made_with: Mapping[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA
    left_out: tuple[str, ...] = ()
    frames_sha256: str = ""
    start: Mapping[str, Any] | None = None
    way: Mapping[str, str] = field(default_factory=dict)
    treatment: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "i2v_recipe": self.schema,
            "job_id": self.job_id,
            "engine": self.engine,
            "options": dict(self.options),
            "picture_sha256": self.picture_sha256,
            "made_with": dict(self.made_with),
            "frames_sha256": self.frames_sha256,
            **({"left_out": list(self.left_out)} if self.left_out else {}),
            **({"start": dict(self.start)} if self.start else {}),
            **({"way": dict(self.way)} if self.way else {}),
            **({"treatment": dict(self.treatment)} if self.treatment is not None else {}),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, name: str = "") -> Recipe:
        """The recipe in the comment of the clip called `name`.

        Raises:
            RecipeMissing: the comment is something else.
            RecipeForeign: it holds settings of another program, or ours damaged.
            RecipeNewer: a later version of this app has written it.
        """
        try:
            data = json.loads(text)
            # What could not be sent on: numbers that JSON does not have, halves of characters.
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise RecipeMissing(name=name)
        schema = data.get("i2v_recipe")
        if type(schema) is not int or schema < 1:
            raise RecipeForeign(name=name, reason="no i2v_recipe")
        if schema > SCHEMA:
            raise RecipeNewer(name=name, found=schema, known=SCHEMA)
        try:
            return cls._from(data)
        except KeyError as cause:
            raise RecipeForeign(name=name, reason=f"no {cause.args[0]}") from cause
        except (ValueError, TypeError) as cause:
            raise RecipeForeign(name=name, reason=str(cause)[:100]) from cause

    @classmethod
    def _from(cls, data: Mapping[str, Any]) -> Recipe:
        return cls(
            job_id=str(data["job_id"]),
            engine=str(data["engine"]),
            options=dict(data["options"]),
            picture_sha256=_digest(data["picture_sha256"]),
            made_with=dict(data.get("made_with", {})),
            schema=data["i2v_recipe"],
            left_out=tuple(map(str, data.get("left_out", ()))),
            frames_sha256=_digest(data["frames_sha256"]) if data.get("frames_sha256") else "",
            start=dict(data["start"]) if data.get("start") else None,
            way={str(name): str(value) for name, value in dict(data.get("way", {})).items()},
            treatment=dict(data["treatment"]) if data.get("treatment") is not None else None,
        )


@dataclass(frozen=True)
class Difference:
    """One thing that two clips were not made alike with; None where a recipe does not name it."""

    name: str
    then: Any
    now: Any


def differences(then: Recipe, now: Recipe) -> list[Difference]:
    """All in which two recipes differ, what decides the frames first; not whose job it was and what came out."""
    before, after = _flat(then), _flat(now)
    names = [*before, *(name for name in after if name not in before)]
    pairs = [Difference(name, before.get(name), after.get(name)) for name in names]
    return [pair for pair in pairs if pair.then != pair.now]


def _flat(recipe: Recipe) -> dict[str, Any]:
    return {
        "engine": recipe.engine,
        "picture_sha256": recipe.picture_sha256,
        **{f"options.{name}": value for name, value in recipe.options.items()},
        **{f"start.{name}": value for name, value in (recipe.start or {}).items()},
        **{f"treatment.{name}": value for name, value in (recipe.treatment or {}).items()},
        **recipe.made_with,
    }


def keep_out(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Options without the sentences that are their user's own, and the names of those."""
    left_out = tuple(name for name in SENTENCES if name in options and options[name] != defaults[name])
    return {name: value for name, value in options.items() if name not in left_out}, left_out


def _digest(text: object) -> str:
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError(f"no SHA-256: {str(text)[:20]!r}")
    return text
