"""What there is to say of finished clips: measures kept with the job, advice and ranking made of them when asked."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from i2v.diagnosis.clip.judgement import advise_on_clip, camera_view
from i2v.diagnosis.clip.measures import UNITS, ClipMeasures
from i2v.diagnosis.clip.ranking import rank_clips, ranking_view
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.domain.job import Job
from i2v.engines.registry import engine_specs
from i2v.errors import RecipeForeign, RecipeMissing, RecipeNewer
from i2v.media.embed import open_recipe
from i2v.services.clip_measuring import ClipMeasuring, known_measures, measure_file


class ClipJudge:
    """Measures of finished jobs, and what follows from them."""

    def __init__(self, measuring: ClipMeasuring) -> None:
        self._measuring = measuring

    def judge(self, job: Job, clip: Path, language: str) -> dict[str, Any]:
        """What a finished job's clip shows, and advice; one that nobody has measured yet is measured now.

        Raises:
            ClipUnreadable: it cannot be.
        """
        known = known_measures(job) or self._measuring.measures_of(job, clip)
        return judgement(known, wish_of(job.engine, job.options), language)

    def ranking(self, jobs: Sequence[Job], language: str) -> list[dict[str, Any]] | None:
        """The measured clips of a batch, the best first; None before there are two."""
        measured = [(job, known) for job in jobs if (known := known_measures(job)) is not None]
        if len(measured) < 2:
            return None
        first = measured[0][0]
        places = rank_clips([known for _, known in measured], wish_of(first.engine, first.options))
        return ranking_view(places, [job.id for job, _ in measured], language)


def job_judgement(job: Job, language: str) -> dict[str, Any]:
    """`measures` without their courses, and `advice`; None and none where the clip has not been measured."""
    known = known_measures(job)
    if known is None:
        return {"measures": None, "advice": []}
    judged = judgement(known, wish_of(job.engine, job.options), language)
    return {
        "measures": {name: value for name, value in judged["measures"].items() if name != "series"},
        "advice": judged["advice"],
    }


def judgement(measures: ClipMeasures, wish: ClipWish, language: str) -> dict[str, Any]:
    """All `measures` with their courses and `camera_check`, their `units`, and `advice`."""
    check = camera_view(measures, wish, language)
    advice = [each.to_json(language) for each in advise_on_clip(measures, wish)]
    return {"measures": {**measures.to_json(), "camera_check": check}, "units": dict(UNITS), "advice": advice}


def judge_clip(clip: Path | bytes, name: str, wish: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What a clip of anybody's shows, and advice. What it was to be stands in its recipe, unless the wish says it.

    Raises:
        ClipUnreadable: it is no MP4 that plays.
    """
    measures = measure_file(clip, name)
    options = dict(wish)
    engine = str(options.pop("engine", "") or "")
    with contextlib.suppress(RecipeMissing, RecipeForeign, RecipeNewer):
        recipe = open_recipe(clip, name)
        options = {**recipe.options, **options}
        engine = engine or recipe.engine
    return judgement(measures, wish_of(engine, options), language)


def wish_of(engine: str, options: Mapping[str, Any]) -> ClipWish:
    """What a clip was to be, with what its engine lets one change; nothing of that for an engine that is not here."""
    prompt = str(options.get("prompt") or "")
    spec = engine_specs().get(engine)
    if spec is None:
        return ClipWish(prompt, options)
    bounds, choices = _bounds(engine)
    return ClipWish(prompt, options, bounds, choices, is_model=spec.needs_weights)


@cache
def _bounds(engine: str) -> tuple[Mapping[str, tuple[float, float]], Mapping[str, tuple[str, ...]]]:
    """Least and most of every option that is a number, and the values of those that are one of several."""
    bounds, choices = {}, {}
    schema = engine_specs()[engine].options.model_json_schema()["properties"]
    for name, field in schema.items():
        if "minimum" in field and "maximum" in field:
            bounds[name] = (float(field["minimum"]), float(field["maximum"]))
        if "enum" in field:
            choices[name] = tuple(field["enum"])
    return bounds, choices
