"""Clips that are refined: what a new one takes over from its draft, and whether it can start from its latents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from i2v.dispatch.job_files import JobFiles
from i2v.domain.job import DONE, Job
from i2v.domain.notices import Notice
from i2v.domain.options import Options
from i2v.domain.way import DRAFT, Phase, phase_of
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec
from i2v.errors import (
    DraftDiffers,
    DraftLatentsGone,
    DraftUnfinished,
    OptionInvalid,
    OptionUnknown,
    RecipeSentenceMissing,
    RefineUnchanged,
    RequestMalformed,
)
from i2v.services.wish_options import AUTO
from i2v.storage.jobs import JobTable

LEAST_STRENGTH, MOST_STRENGTH = 0.1, 0.9
SHAPE = ("width", "height", "num_frames")


@dataclass(frozen=True)
class Origin:
    """Where a clip comes from: the draft it refines, the strength with which it starts from that one's latents, and the
    step of the way that it is thereby."""

    parent_id: str | None = None
    strength: float | None = None
    phase: Phase = DRAFT
    notices: tuple[Notice, ...] = ()

    @property
    def share(self) -> float:
        """Of the way from noise to clip, how much is gone."""
        return self.strength or 1.0


class Drafts:
    """Finished clips as the beginning of others.

    Latents that a clip starts from are kept apart from the draft's own, so that the draft may be deleted meanwhile.
    """

    def __init__(self, jobs: JobTable, latents: JobFiles, starts: JobFiles) -> None:
        self._jobs = jobs
        self._latents = latents
        self._starts = starts

    def fill(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """The wish with all that it leaves to its draft; one that refines nothing stays as it is.

        Raises:
            JobUnknown, DraftUnfinished: there is no such draft, or it has no clip yet.
            DraftDiffers: engine or picture are others.
            RecipeSentenceMissing: the draft is a private clip found without its row, and nobody says its sentences.
        """
        draft_id = wish.get("refine_of")
        if draft_id is None:
            if wish.get("strength") is not None:
                raise RequestMalformed(reason="strength goes with refine_of, the id of the job to refine")
            return dict(wish)
        if not isinstance(draft_id, str):
            raise RequestMalformed(reason=f"refine_of must be text, not {draft_id!r}"[:200])
        draft = self._jobs.get(draft_id)
        if draft.status != DONE:
            raise DraftUnfinished(job_id=draft.id, status=draft.status)
        for name, known in (("engine", draft.engine), ("picture_sha256", draft.picture_sha256)):
            if wish.get(name) not in (None, AUTO, known):
                raise DraftDiffers(option=name, value=str(wish[name])[:80], draft=known)
        spec = engine_spec(draft.engine)
        kept = {name: value for name, value in draft.options.items() if name in spec.options.model_fields}
        preset = wish.get("preset")
        for name in spec.presets.get(preset, {}) if isinstance(preset, str) else ():
            kept.pop(name, None)
        told = {name: value for name, value in wish.items() if value is not None or name in spec.options.model_fields}
        if lacking := set(draft.recipe.get("left_out", ())) - {*draft.options, *told}:
            raise RecipeSentenceMissing(name=draft.video, flags=", ".join(sorted(lacking)))
        fixed = {"engine": draft.engine, "picture_sha256": draft.picture_sha256}
        return {"private": draft.private, **kept, **told, **fixed}

    def find_origin(self, wish: Mapping[str, Any], spec: EngineSpec, options: Options) -> Origin:
        """How the clip comes about.

        Args:
            wish: filled.
            spec: its engine.
            options: validated.

        Raises:
            OptionInvalid, OptionUnknown: a strength that cannot be, or of an engine that knows none.
            RefineUnchanged: it would be the draft again.
            DraftDiffers, DraftLatentsGone, BadInput of the engine: it cannot start from the draft.
        """
        if wish.get("refine_of") is None:
            return Origin()
        draft = self._jobs.get(wish["refine_of"])
        before = spec.options.model_construct(**draft.options)
        phase = phase_of(options, before)
        strength = _strength(wish, spec)
        if strength is None and options.model_dump() == before.model_dump():
            raise RefineUnchanged(job_id=draft.id)
        if spec.check_start is None:
            return Origin(draft.id, None, phase, (Notice("refined_by_path"),))
        if strength is None and all(getattr(options, name) == getattr(before, name) for name in SHAPE):
            if options.seed != before.seed:
                raise DraftDiffers(option="seed", value=options.seed, draft=before.seed)
            return Origin(draft.id, None, phase, (Notice("refined_from_noise"),))
        spec.check_start(before, options)
        strength = strength or spec.default_strength
        if not self._starts.path(draft.id).is_file() and not self._latents.path(draft.id).is_file():
            raise DraftLatentsGone(job_id=draft.id)
        told = {"draft": _shape_of(before), "percent": round(100 * strength)}
        return Origin(draft.id, strength, phase, (Notice("refined_from_latents", told),))

    def keep_start(self, origin: Origin) -> None:
        """Puts the latents that a clip starts from where they outlast their draft.

        Raises:
            DraftLatentsGone: they have been taken away meanwhile.
        """
        draft_id = origin.parent_id
        if draft_id is not None and origin.strength is not None and not self._starts.path(draft_id).is_file():
            latents = self._latents.load(draft_id)
            if not latents:
                raise DraftLatentsGone(job_id=draft_id)
            self._starts.save(draft_id, latents)

    def start_of(self, job: Job) -> bytes:
        """The latents that a job starts from, empty where it starts from noise alone.

        Raises:
            DraftLatentsGone: they have been taken away.
        """
        if job.strength is None:
            return b""
        latents = self._starts.load(job.parent_id or "")
        if not latents:
            raise DraftLatentsGone(job_id=job.parent_id)
        return latents

    def sweep(self) -> None:
        """Removes latents that no clip starts from any more."""
        self._starts.sweep(self._jobs.drafts_started_from())


def refining(job: Job) -> dict[str, Any]:
    """The part of a job's wish that says what it refines."""
    if job.parent_id is None:
        return {}
    return {"refine_of": job.parent_id, **({"strength": job.strength} if job.strength is not None else {})}


def way_of(job: Job) -> dict[str, str]:
    """What a job's recipe tells of the way; nothing of a clip that was made without another."""
    return {} if job.parent_id is None else {"phase": job.phase, "parent_id": job.parent_id}


def _strength(wish: Mapping[str, Any], spec: EngineSpec) -> float | None:
    strength = wish.get("strength")
    if strength is None:
        return None
    if spec.check_start is None:
        raise OptionUnknown(option="strength", engine=spec.name, known=", ".join(spec.options.model_fields))
    is_number = isinstance(strength, int | float) and not isinstance(strength, bool)
    if not is_number or not LEAST_STRENGTH <= strength <= MOST_STRENGTH:
        allowed = f"{LEAST_STRENGTH} … {MOST_STRENGTH}"
        raise OptionInvalid(option="strength", value=repr(strength)[:80], allowed=allowed)
    return float(strength)


def _shape_of(options: Options) -> str:
    return f"{options.width} × {options.height} × {options.num_frames}"
