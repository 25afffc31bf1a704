"""What a wish would take, answered before the press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from i2v.services.submit import Submitter


class Estimator:
    """Answers before the press; unknown stays unknown."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    def estimate(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Engine, options in force, seconds and peak memory as ranges or None, notices as codes.

        Raises:
            BadInput: as `Submitter.submit` would.
        """
        asked, spec, options, notices = self._submitter.check(wish)
        seconds, memory = self._submitter.foresee(spec, options)
        return {
            "engine": spec.name,
            "engine_asked": asked,
            "options": options.model_dump(),
            "seconds": seconds.to_json() if seconds else None,
            "peak_memory_gb": memory.to_json() if memory else None,
            "notices": [notice.to_json() for notice in notices],
        }
