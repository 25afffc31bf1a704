"""One wish: engine, options, and the picture they are about."""

from __future__ import annotations

from dataclasses import dataclass

from i2v.domain.options import Options


@dataclass(frozen=True)
class GenerationRequest:
    """What an engine is asked to do. `options` are the engine's own, validated, seed filled in."""

    engine: str
    options: Options
    picture_sha256: str

    @property
    def seed(self) -> int:
        """The seed in force, 0 … 2³²-1."""
        if self.options.seed is None:
            raise ValueError("a request that reaches an engine has its seed chosen")
        return self.options.seed
