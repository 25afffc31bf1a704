"""Pictures, progress, notices and failures as every face shows them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from i2v.dispatch.progress import Progress
from i2v.domain.job import Job
from i2v.domain.notices import Notice
from i2v.domain.options import option_extra
from i2v.engines.registry import engine_specs
from i2v.errors import rebuild
from i2v.media.intake import TakenPicture
from i2v.text import describe, say
from i2v.text.addresses import address


def picture_view(taken: TakenPicture, language: str) -> dict[str, Any]:
    """A picture just taken in: where to see it, and what was done to it."""
    return {
        "sha256": taken.sha256,
        "url": address(f"/api/v1/pictures/{taken.sha256}"),
        "width": taken.width,
        "height": taken.height,
        "notices": notice_views(taken.notices, language),
    }


def progress_view(progress: Progress, base: str, language: str) -> dict[str, Any]:
    """How far a job is; `base` is its own address."""
    return {
        "stage": progress.stage,
        "step": progress.step,
        "total_steps": progress.total_steps,
        "seconds_left": progress.seconds_left,
        "preview_url": f"{base}/preview?r={progress.preview_revision}" if progress.preview else None,
        "blocked_by": describe(progress.blocked_by, language).to_json() if progress.blocked_by else None,
        "revision": progress.revision,
    }


def failure_view(job: Job, language: str) -> dict[str, Any] | None:
    """Why a job failed, as every problem of REST: in words, and by its values for programs."""
    if job.error_code is None:
        return None
    error = rebuild(job.error_code, dict(job.error_values))
    return {**describe(error, language).to_json(), "values": error.values}


def notice_views(notices: Iterable[Notice], language: str) -> list[dict[str, str]]:
    """Notices in the reader's language."""
    return [
        {"code": notice.code, "text": say("notices", notice.code, language, **_labelled(notice.values, language))}
        for notice in notices
    ]


def _labelled(values: Mapping[str, object], language: str) -> dict[str, object]:
    """A notice's values, an option by what it is called on the page and not by its name in programs."""
    for spec in engine_specs().values():
        field = spec.options.model_fields.get(str(values.get("option")))
        if field is not None:
            return {**values, "option": option_extra(field)["label"][language]}
    return dict(values)


def iso_time(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
