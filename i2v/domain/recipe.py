"""All that makes a clip again, as it stands in the MP4's comment. No paths, no names of people or machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1


@dataclass(frozen=True)
class Recipe:
    """Engine, options and picture decide the frames; `made_with` says on what they were made.

    `job_id` ties a clip to its row, so that a clip published just before a crash is adopted, not made twice.
    """

    job_id: str
    engine: str
    options: Mapping[str, Any]
    picture_sha256: str
    made_with: Mapping[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        return {
            "i2v_recipe": self.schema,
            "job_id": self.job_id,
            "engine": self.engine,
            "options": dict(self.options),
            "picture_sha256": self.picture_sha256,
            "made_with": dict(self.made_with),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe | None:
        """The recipe in a comment, or None where the comment is something else."""
        try:
            data = json.loads(text)
            return cls(
                job_id=str(data["job_id"]),
                engine=str(data["engine"]),
                options=dict(data["options"]),
                picture_sha256=str(data["picture_sha256"]),
                made_with=dict(data.get("made_with", {})),
                schema=int(data["i2v_recipe"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
