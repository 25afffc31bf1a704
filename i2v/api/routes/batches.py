"""Candidates: one wish with several seeds, made in one go."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import read_taken_wish
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.services.house import House
from i2v.text.addresses import address


def batch_routes(house: House) -> APIRouter:
    """Candidates: made, looked at, cancelled together."""
    router = APIRouter(prefix="/api/v1")
    candidates = house.candidates

    @router.post("/batches", status_code=202)
    async def submit(
        request: Request, response: Response, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
    ) -> dict[str, Any]:
        """Several jobs at once, all or none: multipart as in `POST jobs`, and `count` in `request`.

        Where the seed decides nothing about the clip there is only one job, unless `allow_alike` is true.
        """
        wish, notices = await read_taken_wish(request, house.pictures)
        jobs = await run_in_threadpool(candidates.submit, wish, idempotency_key, notices)
        response.headers["Location"] = address(f"/api/v1/batches/{jobs[0].batch}")
        return candidates.view(jobs, language_of(request))

    @router.get("/batches/{batch}")
    def look(request: Request, response: Response, batch: str) -> dict[str, Any]:
        response.headers.update(NO_STORE)
        return candidates.view(candidates.get(batch), language_of(request))

    @router.post("/batches/{batch}/cancel")
    def cancel(request: Request, batch: str) -> dict[str, Any]:
        """Cancels all that wait or run; those that are over stay as they are."""
        return candidates.view(candidates.cancel(batch), language_of(request))

    return router
