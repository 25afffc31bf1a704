"""The log, for a reader that comes back for more."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from i2v.api.routes.caching import NO_STORE
from i2v.services.house import House


def log_routes(house: House) -> APIRouter:
    """The log of this run and of those before it."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/log")
    def log(response: Response, after: Annotated[str | None, Query(max_length=100)] = None) -> dict[str, Any]:
        """The log's end; with `after`, the `next` of an earlier answer, what has come since: whole lines, up to 64 KiB.

        `next` is null where no log is written; `is_cut` says that lines are missing before these.
        """
        response.headers.update(NO_STORE)
        passage = house.log.read(after)
        return {"lines": list(passage.lines), "next": passage.next, "is_cut": passage.is_cut}

    return router
