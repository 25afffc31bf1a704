"""Things worth saying that stop nothing: a code and the values of its sentence in `text/<language>/notices.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Notice:
    """A warning beside a job or a picture, kept with the job and shown in the reader's language."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "values": dict(self.values)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Notice:
        values = data.get("values")
        return cls(str(data["code"]), values if isinstance(values, Mapping) else {})
