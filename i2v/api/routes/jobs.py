"""Jobs: handed in, followed, cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from i2v.api.bodies import read_taken_wish
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.errors import JobUnknown
from i2v.services.house import House
from i2v.text.addresses import address

EVENT_SECONDS = 0.2
SIGN_OF_LIFE_SECONDS = 15.0
"""Proxies take a connection for dead that says nothing for a minute or so; a step may take longer."""


def job_routes(house: House) -> APIRouter:
    """Jobs: handed in, followed, cancelled."""
    router = APIRouter(prefix="/api/v1")
    library = house.library

    @router.post("/jobs", status_code=202)
    async def submit(
        request: Request, response: Response, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
    ) -> dict[str, Any]:
        """Puts a job into the queue: multipart with `image` (or `picture_sha256` in `request`) and `request`."""
        wish, notices = await read_taken_wish(request, house.pictures)
        job = await run_in_threadpool(house.submitter.submit, wish, idempotency_key, notices)
        response.headers["Location"] = address(f"/api/v1/jobs/{job.id}")
        return library.view(job, language_of(request))

    @router.get("/jobs/{job_id}")
    def one(request: Request, response: Response, job_id: str) -> dict[str, Any]:
        response.headers.update(NO_STORE)
        return library.view(library.get(job_id), language_of(request))

    @router.get("/jobs/{job_id}/measures")
    def measures(request: Request, response: Response, job_id: str) -> dict[str, Any]:
        """What the finished clip shows, frame by frame, and advice on it; one not measured yet is measured now."""
        response.headers.update(NO_STORE)
        return house.clips.judge(library.get(job_id), library.video_path(job_id), language_of(request))

    @router.get("/jobs/{job_id}/events")
    async def events(request: Request, job_id: str) -> StreamingResponse:
        """Server-sent events: the job's view each time it changed, until it is over."""
        await run_in_threadpool(library.get, job_id)
        stream = _tell_changes(house, job_id, language_of(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers=NO_STORE)

    @router.post("/jobs/{job_id}/cancel")
    def cancel(request: Request, job_id: str) -> dict[str, Any]:
        return library.view(library.cancel(job_id), language_of(request))

    return router


async def _tell_changes(house: House, job_id: str, language: str) -> AsyncIterator[str]:
    told, silent_since = "", time.monotonic()
    while True:
        try:
            job = await run_in_threadpool(house.library.get, job_id)
        except JobUnknown:
            return  # deleted while it was watched
        text = json.dumps(await run_in_threadpool(house.library.view, job, language), ensure_ascii=False)
        if text != told:
            told, silent_since = text, time.monotonic()
            yield f"event: job\ndata: {text}\n\n"
        elif time.monotonic() - silent_since > SIGN_OF_LIFE_SECONDS:
            silent_since = time.monotonic()
            yield ": still there\n\n"  # a comment: no reader of events takes note of it
        if job.is_over:
            return
        await asyncio.sleep(EVENT_SECONDS)
