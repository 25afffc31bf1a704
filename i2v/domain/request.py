"""One wish: engine, options, and the picture they are about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from i2v.domain.options import Options

START_METHOD = "resized_and_renoised"
"""What becomes of another clip's latents before a clip starts from them."""


@dataclass(frozen=True)
class Start:
    """What a clip starts from instead of noise alone: another clip, some of whose noise is put back.

    Attributes:
        latents: the other clip's denoised latents as it left them, a safetensors file.
        strength: how far back on the way from noise to clip this one begins, 0 … 1; 1 forgets the other clip.
    """

    latents: bytes
    strength: float

    @property
    def latents_sha256(self) -> str:
        return hashlib.sha256(self.latents).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As the recipe tells of it."""
        return {"latents_sha256": self.latents_sha256, "strength": self.strength, "method": START_METHOD}


@dataclass(frozen=True)
class GenerationRequest:
    """What an engine is asked to do. `options` are the engine's own, validated, seed filled in.

    `start` is given only to engines whose spec has `check_start`.
    """

    engine: str
    options: Options
    picture_sha256: str
    start: Start | None = None

    @property
    def seed(self) -> int:
        """The seed in force, 0 … 2³²-1."""
        if self.options.seed is None:
            raise ValueError("a request that reaches an engine has its seed chosen")
        return self.options.seed
