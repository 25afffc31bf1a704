"""Addresses under `/api/v1`. Blocking work runs in FastAPI's thread pool, so handlers that touch disk are plain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, StreamingResponse

from i2v.api.bodies import parse_wish, read_picture, read_wish
from i2v.api.problems import language_of
from i2v.domain.notices import Notice
from i2v.errors import ClipMissing
from i2v.machine.gpu import GpuMonitor
from i2v.services.catalogue import engine_views
from i2v.services.house import House

EVENT_SECONDS = 0.2
_NO_STORE = {"Cache-Control": "no-store"}
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


def job_routes(house: House) -> APIRouter:
    """Jobs: handed in, looked at, cancelled, deleted."""
    router = APIRouter(prefix="/api/v1")
    library = house.library

    @router.post("/jobs", status_code=202)
    async def submit(
        request: Request, response: Response, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
    ) -> dict[str, Any]:
        """Puts a job into the queue: multipart with `image` (or `picture_sha256` in `request`) and `request`."""
        wish, data, name = await read_wish(request)
        notices: tuple[Notice, ...] = ()
        if data is not None:
            taken = await run_in_threadpool(house.pictures.take_in, data, name)
            wish["picture_sha256"], notices = taken.sha256, taken.notices
        job = await run_in_threadpool(house.submitter.submit, wish, idempotency_key, notices)
        response.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return library.view(job, language_of(request))

    @router.get("/jobs")
    def latest(
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    ) -> dict[str, Any]:
        """Jobs, the newest first; `before` is the `place` of the last one seen."""
        response.headers.update(_NO_STORE)
        return {"jobs": [library.view(job, language_of(request)) for job in library.latest(limit, before)]}

    @router.get("/jobs/{job_id}")
    def one(request: Request, response: Response, job_id: str) -> dict[str, Any]:
        response.headers.update(_NO_STORE)
        return library.view(library.get(job_id), language_of(request))

    @router.get("/jobs/{job_id}/events")
    async def events(request: Request, job_id: str) -> StreamingResponse:
        """Server-sent events: the job's view each time it changed, until it is over."""
        await run_in_threadpool(library.get, job_id)
        stream = _tell_changes(house, job_id, language_of(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers=_NO_STORE)

    @router.post("/jobs/{job_id}/cancel")
    def cancel(request: Request, job_id: str) -> dict[str, Any]:
        return library.view(library.cancel(job_id), language_of(request))

    @router.delete("/jobs/{job_id}", status_code=204)
    def delete(job_id: str) -> None:
        library.delete(job_id)

    return router


def file_routes(house: House) -> APIRouter:
    """What a job shows and leaves: preview, clip, latents. Always by job, never by path."""
    router = APIRouter(prefix="/api/v1")
    library = house.library

    @router.get("/jobs/{job_id}/preview")
    def preview(job_id: str) -> Response:
        progress = library.progress(job_id)
        if progress is None or not progress.preview:
            raise ClipMissing(job_id=job_id, status=library.get(job_id).status, video="preview")
        return Response(progress.preview, media_type="image/webp", headers=_NO_STORE)

    @router.get("/jobs/{job_id}/video")
    def video(job_id: str, download: bool = False) -> FileResponse:
        path = library.video_path(job_id)
        kind = "attachment" if download else "inline"
        return FileResponse(path, media_type="video/mp4", filename=path.name, content_disposition_type=kind)

    @router.get("/jobs/{job_id}/latents")
    def latents(job_id: str) -> FileResponse:
        path = library.latents_path(job_id)
        return FileResponse(path, media_type="application/octet-stream", filename=path.name)

    return router


def picture_routes(house: House) -> APIRouter:
    """Pictures ahead of their jobs: the page takes one in while its user still writes."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/pictures", status_code=201)
    async def take_in(request: Request) -> dict[str, Any]:
        data, name = await read_picture(request)
        taken = await run_in_threadpool(house.pictures.take_in, data, name)
        return house.library.picture_view(taken, language_of(request))

    @router.get("/pictures/{sha256}")
    def picture(sha256: str) -> FileResponse:
        return FileResponse(house.pictures.path(sha256), media_type="image/png", headers=_FOR_EVER)

    return router


def machine_routes(house: House) -> APIRouter:
    """What the engines offer, what a wish would cost, and how the machine is."""
    router = APIRouter(prefix="/api")
    gpu = GpuMonitor()

    @router.get("/v1/engines")
    def engines(request: Request) -> dict[str, Any]:
        """Labels and help are in the reader's language."""
        return {"engines": engine_views(language_of(request))}

    @router.post("/v1/estimate")
    async def estimate(request: Request) -> dict[str, Any]:
        """What a wish would take, as JSON; nothing is queued."""
        wish = parse_wish((await request.body()).decode("utf-8", "replace"))
        return await run_in_threadpool(house.estimator.estimate, wish)

    @router.get("/v1/gpu_status")
    @router.get("/gpu_status")
    def gpu_status(response: Response) -> dict[str, object]:
        """Memory in bytes; null where there is no card, beside processor and main memory."""
        response.headers.update(_NO_STORE)
        return gpu.status()

    return router


def model_routes(house: House) -> APIRouter:
    """Weights: what is here, and fetching what is not."""
    router = APIRouter(prefix="/api/v1/models")
    models = house.models

    @router.get("")
    def every(request: Request, response: Response) -> dict[str, Any]:
        """Each model with size, licences and download; `auto_engine` is what `auto` stands for now."""
        response.headers.update(_NO_STORE)
        return {"models": models.views(language_of(request)), "auto_engine": models.auto_engine()}

    @router.post("/{engine}/download", status_code=202)
    def download(request: Request, engine: str) -> dict[str, Any]:
        models.download(engine)
        return models.view(engine, language_of(request))

    @router.post("/{engine}/cancel")
    def cancel(request: Request, engine: str) -> dict[str, Any]:
        models.cancel(engine)
        return models.view(engine, language_of(request))

    return router


async def _tell_changes(house: House, job_id: str, language: str) -> AsyncIterator[str]:
    told = ""
    while True:
        job = await run_in_threadpool(house.library.get, job_id)
        text = json.dumps(house.library.view(job, language), ensure_ascii=False)
        if text != told:
            told = text
            yield f"event: job\ndata: {text}\n\n"
        if job.is_over:
            return
        await asyncio.sleep(EVENT_SECONDS)
