"""Several clips of one wish, each with its own seed, to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from i2v.domain.job import Job
from i2v.domain.notices import Notice
from i2v.errors import BatchUnknown, OptionInvalid, RequestMalformed
from i2v.services.clip_judge import ClipJudge
from i2v.services.library import Library
from i2v.services.submit import Submitter
from i2v.services.wish_options import read_flag
from i2v.storage.jobs import JobTable

LEAST_COUNT, MOST_COUNT = 2, 8


def read_count(count: object, least: int = LEAST_COUNT) -> int:
    """How many clips.

    Raises:
        OptionInvalid: it is no number, or out of bounds.
    """
    if not isinstance(count, int) or isinstance(count, bool) or not least <= count <= MOST_COUNT:
        raise OptionInvalid(option="count", value=repr(count)[:80], allowed=f"{least} … {MOST_COUNT}")
    return count


class Candidates:
    """Batches of jobs."""

    def __init__(self, submitter: Submitter, library: Library, jobs: JobTable, judge: ClipJudge) -> None:
        self._submitter = submitter
        self._library = library
        self._jobs = jobs
        self._judge = judge

    def submit(
        self, wish: Mapping[str, Any], idempotency_key: str | None = None, notices: Sequence[Notice] = ()
    ) -> list[Job]:
        """Puts candidates into the queue, all or none.

        Args:
            wish: as `Submitter.submit` takes it, with `count` (2 … 8) and perhaps `allow_alike`.
            idempotency_key: the same key again gives the jobs it gave before.
            notices: what intake had to say of the picture.

        Raises:
            BadInput: the wish cannot be carried out; nothing was queued.
        """
        plain = dict(wish)
        count, allow_alike = read_count(plain.pop("count", None)), read_flag(plain, "allow_alike")
        plain.pop("allow_alike", None)
        if plain.get("refine_of") is not None:
            raise RequestMalformed(reason="a clip is refined one at a time: refine_of goes with POST jobs")
        return self._submitter.submit_candidates(plain, count, idempotency_key, notices, allow_alike=allow_alike)

    def get(self, batch: str) -> list[Job]:
        """The batch's jobs in their order.

        Raises:
            BatchUnknown: there is none of this name.
        """
        jobs = self._jobs.of_batch(batch)
        if not jobs:
            raise BatchUnknown(batch=batch[:80])
        return jobs

    def cancel(self, batch: str) -> list[Job]:
        """Stops all of them within two seconds; those that are over stay as they are.

        Raises:
            BatchUnknown: there is none of this name.
        """
        # The last first: were the one at work stopped before the others, the next would begin.
        for job in reversed(self.get(batch)):
            self._library.cancel(job.id)
        return self.get(batch)

    def view(self, jobs: Sequence[Job], language: str) -> dict[str, Any]:
        """As REST and the command line show them."""
        ranking = self._judge.ranking(jobs, language)
        return {"batch": jobs[0].batch, "jobs": self._library.views(jobs, language), "ranking": ranking}
