"""What a wish would take, answered before the press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from i2v.services.candidates import read_count
from i2v.services.forecast import scaled
from i2v.services.outlook import Outlook
from i2v.services.submit import Submitter
from i2v.services.wish_options import read_flag


class Estimator:
    """Answers before the press; unknown stays unknown."""

    def __init__(self, submitter: Submitter, outlook: Outlook) -> None:
        self._submitter = submitter
        self._outlook = outlook

    def estimate(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Engine, options in force, seconds and memory as ranges or None, whether it fits, notices as codes.

        The wish may lack a picture, and it may be one for candidates (`count`, `allow_alike`): then the seconds are
        those of all of them.

        Raises:
            BadInput: as `Submitter.submit` would.
        """
        wish = dict(wish)
        count, allow_alike = read_count(wish.pop("count", 1), least=1), read_flag(wish, "allow_alike")
        wish.pop("allow_alike", None)
        asked, spec, options, notices = self._submitter.check(wish, needs_picture=False)
        foresight = self._outlook.foresee(spec, options)
        share = self._submitter.origin(wish, spec, options).share
        seconds = scaled(foresight.seconds, share * (count if allow_alike or spec.is_seed_used(options) else 1))
        return {
            "engine": spec.name,
            "engine_asked": asked,
            "options": options.model_dump(),
            "seconds": seconds.to_json() if seconds else None,
            "peak_memory_gb": foresight.memory_gb.to_json() if foresight.memory_gb else None,
            "basis": foresight.basis,
            **self._outlook.fit(spec, options).to_json(),
            "notices": [notice.to_json() for notice in notices],
        }
