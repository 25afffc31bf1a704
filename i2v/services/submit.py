"""From a wish to a job in the queue: the one place where requests of all faces are checked."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from i2v.domain.job import QUEUED, Job
from i2v.domain.notices import Notice
from i2v.domain.options import SEED_LIMIT, Options
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec
from i2v.errors import (
    IdempotencyConflict,
    LimitExceeded,
    OptionInvalid,
    PictureMissing,
    QueueFull,
)
from i2v.services.drafts import Drafts, Origin
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.pictures import PictureStore
from i2v.services.wish_options import AUTO, preset_in_force, read_flag, read_options, read_text
from i2v.settings import Settings
from i2v.storage.jobs import JobTable


@dataclass(frozen=True)
class Sources:
    """What a clip is made of: pictures, models, and earlier clips."""

    pictures: PictureStore
    models: Models
    drafts: Drafts


@dataclass(frozen=True)
class Accepted:
    """A wish that passed every check: the engine `asked` for (or `auto`), the one that runs, and its options."""

    asked: str
    spec: EngineSpec
    preset: str
    options: Options
    picture_sha256: str
    notices: tuple[Notice, ...]
    private: bool = False
    origin: Origin = field(default_factory=Origin)

    def columns(self) -> dict[str, Any]:
        """What of a job's row follows from the wish; a seed nobody named is drawn now."""
        return {
            "engine": self.spec.name,
            "engine_asked": self.asked,
            "preset": self.preset,
            "options": _with_seed(self.options).model_dump(),
            "picture_sha256": self.picture_sha256,
            "notices": self.notices,
            "private": self.private,
            "parent_id": self.origin.parent_id,
            "strength": self.origin.strength,
            "phase": self.origin.phase,
        }


class Submitter:
    """Checks wishes with the engine's own Options and puts them into the queue."""

    def __init__(
        self,
        settings: Settings,
        jobs: JobTable,
        sources: Sources,
        outlook: Outlook,
        wake: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._jobs = jobs
        self._pictures, self._models, self._drafts = sources.pictures, sources.models, sources.drafts
        self._outlook = outlook
        self._wake = wake
        self._one_at_a_time = threading.Lock()

    def submit(
        self, wish: Mapping[str, Any], idempotency_key: str | None = None, notices: Sequence[Notice] = ()
    ) -> Job:
        """One clip, please.

        Args:
            wish: `picture_sha256` of a picture taken in, `engine`, `preset`, and any options of the engine;
                `confirmed` where its user has been told that it takes long or may not fit; `private` where the clip
                shall not carry its sentences; `draft` where it shall have the preset and size of its engine's drafts.
                With `refine_of`, the id of a finished job, whatever is not named is as in that one; a clip of another
                size or length starts from its latents, with a `strength` of 0.1 … 0.9.
            idempotency_key: the same key again gives the job it gave before.
            notices: what intake had to say of the picture, kept with the job.

        Raises:
            BadInput: the wish cannot be carried out; nothing was queued.
        """
        with self._one_at_a_time:
            return self._queue_once(self.accept(self._settled(wish, idempotency_key), notices), idempotency_key)

    def submit_candidates(
        self,
        wish: Mapping[str, Any],
        count: int,
        idempotency_key: str | None = None,
        notices: Sequence[Notice] = (),
        *,
        allow_alike: bool = False,
    ) -> list[Job]:
        """The same wish several times, each with a seed of its own: a named one counts upwards, a free one is drawn.

        Args:
            wish: as with `submit`.
            count: how many clips.
            idempotency_key: the same key again gives the jobs it gave before.
            notices: as with `submit`.
            allow_alike: make all of them even where the seed decides nothing; else there is one then.

        Raises:
            BadInput: as with `submit`; none was queued.
        """
        with self._one_at_a_time:
            accepted = self.accept(self._settled(wish, idempotency_key), notices, count)
            if not accepted.spec.is_seed_used(accepted.options):
                alike = Notice("candidates_alike", {"engine": accepted.spec.name, "count": count})
                accepted = replace(accepted, notices=(*accepted.notices, alike))
                count = count if allow_alike else 1
            seeds = draw_seeds(accepted.options.seed, count)
            wishes = [replace(accepted, options=accepted.options.model_copy(update={"seed": seed})) for seed in seeds]
            return self._known_batch(accepted, count, idempotency_key) or self._queue_batch(wishes, idempotency_key)

    def submit_all(self, wishes: Sequence[Mapping[str, Any]], idempotency_key: str | None = None) -> list[Job]:
        """Several wishes as one batch.

        Raises:
            BadInput: as with `submit`; none was queued.
        """
        with self._one_at_a_time:
            accepted = [self.accept(self._settled(wish, idempotency_key), count=len(wishes)) for wish in wishes]
            made = self._known_batch(accepted[0], len(wishes), idempotency_key)
            return made or self._queue_batch(accepted, idempotency_key)

    def submit_again(self, old: Job, idempotency_key: str | None = None) -> Job:
        """The wish of a job once more, seed and all, as a new job.

        Raises:
            BadInput: as with `submit`; it may not be possible any more.
        """
        wish = {**old.options, "engine": old.engine, "preset": old.preset, "picture_sha256": old.picture_sha256}
        with self._one_at_a_time:
            # It was begun once, so whoever asked for it knew how long it takes.
            accepted = self.accept({**wish, "private": old.private, "confirmed": True}, picture_notices(old))
            return self._queue_once(_descended_from(old, accepted), idempotency_key, old.batch)

    def accept(self, wish: Mapping[str, Any], told: Sequence[Notice] = (), count: int = 1) -> Accepted:
        """A wish that can be carried out `count` times, and takes no longer than its user expects. Queues nothing.

        Raises:
            BadInput: it cannot, or nobody has confirmed that it takes so long.
        """
        wish = self._filled(wish)
        asked, spec, options, notices = self.check(wish)
        origin = self.origin(wish, spec, options)
        read_flag(wish, "confirmed")  # "no" is no consent either
        self._outlook.require_confirmation(spec, options, wish, count * origin.share)
        self._drafts.keep_start(origin)
        new = {notice.code for notice in notices}
        kept = [notice for notice in told if notice.code not in new]
        preset = preset_in_force(spec, read_text(wish, "preset", ""), options)
        private = read_flag(wish, "private")
        told = (*kept, *notices, *origin.notices)
        return Accepted(asked, spec, preset, options, wish["picture_sha256"], told, private, origin)

    def origin(self, wish: Mapping[str, Any], spec: EngineSpec, options: Options) -> Origin:
        """What the clip comes from beside its picture: see `Drafts.find_origin`."""
        return self._drafts.find_origin(wish, spec, options)

    def check_room(self, count: int) -> None:
        """Whether so many more jobs may wait; to be asked and used under one lock.

        Raises:
            QueueFull: they may not.
        """
        waiting = self._jobs.count(QUEUED)
        if waiting + count > self._settings.max_queue:
            raise QueueFull(waiting=waiting, limit=self._settings.max_queue)

    def _settled(self, wish: Mapping[str, Any], idempotency_key: str | None) -> Mapping[str, Any]:
        """A wish sent once more, its answer lost, was let pass already: what fits and how long it takes may be another
        by now, for its own job is at work."""
        is_known = idempotency_key is not None and self._jobs.by_key(idempotency_key) is not None
        return {**wish, "confirmed": True} if is_known else wish

    def _queue_once(self, accepted: Accepted, idempotency_key: str | None, batch: str | None = None) -> Job:
        """The job, or the one that this key has made already."""
        return self._known(accepted, idempotency_key) or self._queue([accepted], idempotency_key, batch)[0]

    def _known(self, accepted: Accepted, idempotency_key: str | None) -> Job | None:
        """The job that this key has made, the first of them where it made several."""
        known = None if idempotency_key is None else self._jobs.by_key(idempotency_key)
        if known and not _is_same(known, accepted):
            raise IdempotencyConflict(key=idempotency_key, job_id=known.id)
        return known

    def _known_batch(self, first: Accepted, count: int, idempotency_key: str | None) -> list[Job]:
        """The batch that this key has made already, if any."""
        known = self._known(first, idempotency_key)
        made = self._jobs.of_batch(known.batch or "") if known else []
        if known and len(made) != count:
            raise IdempotencyConflict(key=idempotency_key, job_id=known.id)
        return made

    def _queue_batch(self, wishes: Sequence[Accepted], idempotency_key: str | None) -> list[Job]:
        return self._queue(wishes, idempotency_key, batch=uuid.uuid4().hex)

    def _queue(self, wishes: Sequence[Accepted], idempotency_key: str | None, batch: str | None) -> list[Job]:
        """A job for each wish, all or none."""
        self.check_room(len(wishes))
        jobs = [
            Job(
                id=uuid.uuid4().hex,
                status=QUEUED,
                place=0,
                created_at=time.time(),
                idempotency_key=None if number else idempotency_key,
                batch=batch,
                **accepted.columns(),
            )
            for number, accepted in enumerate(wishes)
        ]
        queued = self._jobs.add_all(jobs)
        self._wake()
        return queued

    def check(
        self, wish: Mapping[str, Any], *, needs_picture: bool = True
    ) -> tuple[str, EngineSpec, Options, list[Notice]]:
        """Engine asked for, engine that runs, its options, and what is worth a warning. Queues nothing."""
        wish = self._filled(wish)
        asked = read_text(wish, "engine", self._settings.engine)
        spec = self.engine_for(asked)
        picture_size = self._picture_size(wish) if needs_picture or wish.get("picture_sha256") else None
        options, notices = read_options(wish, spec, may_drop=asked == AUTO)
        self._respect_limits(options)
        self._models.folder(spec)
        width, height = picture_size or (options.width, options.height)
        return asked, spec, options, notices + spec.notices(options, width, height)

    def _filled(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """The wish with what it leaves to the clip it refines or, where it says `draft`, to its engine's way."""
        filled = self._drafts.fill(wish)
        is_draft = read_flag(filled, "draft")
        filled.pop("draft", None)
        if not is_draft:
            return filled
        way = self.engine_for(read_text(filled, "engine", self._settings.engine)).way
        return way.fill_draft(filled, self._picture_size(filled) if filled.get("picture_sha256") else None)

    def engine_for(self, asked: str) -> EngineSpec:
        """The engine of a name, or the one that `auto` stands for now.

        Raises:
            EngineUnknown: there is none.
        """
        return engine_spec(self._models.auto_engine() if asked == AUTO else asked)

    def finished(self, engine: str) -> list[Job]:
        """Its newest finished jobs here, to learn from."""
        return self._outlook.finished(engine)

    def _picture_size(self, wish: Mapping[str, Any]) -> tuple[int, int]:
        sha256 = read_text(wish, "picture_sha256", "")
        if not sha256:
            raise PictureMissing(name="")
        return self._pictures.size(sha256)

    def _respect_limits(self, options: Options) -> None:
        for name in ("width", "height"):
            if getattr(options, name) > self._settings.max_resolution:
                value, limit = getattr(options, name), self._settings.max_resolution
                raise LimitExceeded(option=name, value=value, limit=limit, setting="max_resolution")
        if options.num_frames > self._settings.max_frames:
            limit = self._settings.max_frames
            raise LimitExceeded(option="num_frames", value=options.num_frames, limit=limit, setting="max_frames")


def _with_seed(options: Options) -> Options:
    if options.seed is not None:
        return options
    return options.model_copy(update={"seed": secrets.randbelow(SEED_LIMIT + 1)})


def picture_notices(job: Job) -> tuple[Notice, ...]:
    """What intake said of a job's picture: it stays true of every other job about it, whatever its size."""
    codes = {notice.code for notice in job.notices if notice.code.startswith("picture_")} - {"picture_enlarged"}
    return tuple(notice for notice in job.notices if notice.code in codes)


def draw_seeds(named: int | None, count: int) -> list[int]:
    """Seeds for candidates, all different.

    Raises:
        OptionInvalid: the named one is too near the end to count upwards from.
    """
    if named is None:
        return secrets.SystemRandom().sample(range(SEED_LIMIT + 1), count)
    if named + count - 1 > SEED_LIMIT:
        raise OptionInvalid(option="seed", value=named, allowed=f"0 … {SEED_LIMIT - count + 1}")
    return [named + number for number in range(count)]


def _descended_from(old: Job, accepted: Accepted) -> Accepted:
    """The wish of an earlier job once more: asked for as that one was, and refined from what that one was."""
    refined = [notice for notice in old.notices if notice.code.startswith("refined_")]
    origin = Origin(old.parent_id, old.strength, old.phase)
    return replace(accepted, asked=old.engine_asked, origin=origin, notices=(*accepted.notices, *refined))


def _is_same(job: Job, accepted: Accepted) -> bool:
    """Whether a repeated request is the one its key was first used for; a seed nobody named may differ."""
    wanted = accepted.options.model_dump()
    if wanted["seed"] is None:
        wanted["seed"] = job.options["seed"]
    origin = accepted.origin
    told = (accepted.asked, accepted.picture_sha256, wanted, accepted.private, origin.parent_id, origin.strength)
    known = (job.engine_asked, job.picture_sha256, dict(job.options), job.private, job.parent_id, job.strength)
    return known == told
