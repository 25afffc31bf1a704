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
        foresight = self._submitter.foresee(spec, options)
        return {
            "engine": spec.name,
            "engine_asked": asked,
            "options": options.model_dump(),
            "seconds": foresight.seconds.to_json() if foresight.seconds else None,
            "peak_memory_gb": foresight.memory_gb.to_json() if foresight.memory_gb else None,
            "basis": foresight.basis,
            "notices": [notice.to_json() for notice in notices],
        }
