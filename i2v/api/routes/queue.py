"""The queue: seen, put in another order, changed before the start, tried again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import read_change, read_object, take_picture
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.errors import RequestMalformed
from i2v.services.house import House
from i2v.text.addresses import address


def queue_routes(house: House) -> APIRouter:
    """The queue: seen, put in another order, changed before the start, tried again."""
    router = APIRouter(prefix="/api/v1")
    library, queue = house.library, house.queue

    @router.get("/queue")
    def line(request: Request, response: Response) -> dict[str, Any]:
        """What runs, then what waits, in order, each with its `position`; `limit` is how many may wait."""
        response.headers.update(NO_STORE)
        return queue.view(language_of(request))

    @router.post("/queue/cancel")
    def cancel_waiting() -> dict[str, int]:
        """Cancels all that wait; the job at work goes on."""
        return {"cancelled": queue.cancel_waiting()}

    @router.post("/jobs/{job_id}/move")
    async def move(request: Request, job_id: str) -> dict[str, Any]:
        """`{"before": <id of a waiting job>}`, or `{"before": null}` for the end of the queue."""
        told = await read_object(request)
        before = told.get("before")
        if told.keys() != {"before"} or not isinstance(before, str | None):
            raise RequestMalformed(reason="expected before: the id of a waiting job, or null for the end")
        return library.view(await run_in_threadpool(queue.move, job_id, before), language_of(request))

    @router.post("/jobs/{job_id}/next")
    def run_next(request: Request, job_id: str) -> dict[str, Any]:
        """Puts it before all others that wait."""
        return library.view(queue.run_next(job_id), language_of(request))

    @router.patch("/jobs/{job_id}")
    async def edit(request: Request, job_id: str) -> dict[str, Any]:
        """Changes a job that has not begun: JSON, or multipart as in `POST jobs`; what is not named stays."""
        change, data, name = await read_change(request)
        was = (await run_in_threadpool(library.get, job_id)).options.get("background")
        notices = await take_picture(house.pictures, change, (data, name), change.get("background", was))
        job = await run_in_threadpool(queue.edit, job_id, change, notices)
        return library.view(job, language_of(request))

    @router.post("/jobs/{job_id}/retry", status_code=202)
    def retry(
        request: Request,
        response: Response,
        job_id: str,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> dict[str, Any]:
        """The wish of a failed or cancelled job, as a new job."""
        job = queue.retry(job_id, idempotency_key)
        response.headers["Location"] = address(f"/api/v1/jobs/{job.id}")
        return library.view(job, language_of(request))

    return router
