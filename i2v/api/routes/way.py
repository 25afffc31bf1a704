"""The way of a clip: where it stands, and the steps that lead on from it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import read_object
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.services.house import House
from i2v.text.addresses import address

Key = Annotated[str | None, Header(max_length=200)]


def way_routes(house: House) -> APIRouter:
    """Draft, refined and final clips."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/jobs/{job_id}/way")
    def look(request: Request, response: Response, job_id: str) -> dict[str, Any]:
        """Its step, the clips before it, and what comes next with all that it takes."""
        response.headers.update(NO_STORE)
        return house.ways.view(job_id, language_of(request))

    @router.post("/jobs/{job_id}/refine", status_code=202)
    async def refine(request: Request, response: Response, job_id: str, idempotency_key: Key = None) -> dict[str, Any]:
        """Refined clips of a finished one, as a batch; the body may hold options that shall be others."""
        change = await _read_change(request)
        jobs = await run_in_threadpool(house.ways.refine, job_id, change, idempotency_key)
        response.headers["Location"] = address(f"/api/v1/batches/{jobs[0].batch}")
        return house.candidates.view(jobs, language_of(request))

    @router.post("/jobs/{job_id}/final", status_code=202)
    async def finish(request: Request, response: Response, job_id: str, idempotency_key: Key = None) -> dict[str, Any]:
        """The final clip of a finished one: larger; the body may hold `width`, `height` and other options."""
        change = await _read_change(request)
        job = await run_in_threadpool(house.ways.finish, job_id, change, idempotency_key)
        response.headers["Location"] = address(f"/api/v1/jobs/{job.id}")
        return house.library.view(job, language_of(request))

    return router


async def _read_change(request: Request) -> dict[str, Any]:
    """The body, which may be empty."""
    return await read_object(request) if await request.body() else {}
