"""Pictures ahead of their jobs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from i2v.api.bodies import read_picture
from i2v.api.problems import language_of
from i2v.api.routes.caching import FOR_EVER
from i2v.services.house import House


def picture_routes(house: House) -> APIRouter:
    """Pictures ahead of their jobs: the page takes one in while its user still writes."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/pictures", status_code=201)
    async def take_in(request: Request) -> dict[str, Any]:
        """Takes a file in: multipart with `image`, and `request` as JSON where transparent parts get a `background`."""
        wish, data, name = await read_picture(request)
        taken = await run_in_threadpool(house.pictures.take_in, data, name, wish.get("background"))
        return house.library.picture_view(taken, language_of(request))

    @router.get("/pictures/{sha256}")
    def picture(sha256: str) -> FileResponse:
        return FileResponse(house.pictures.path(sha256), media_type="image/png", headers=FOR_EVER)

    return router
