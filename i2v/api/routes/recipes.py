"""Settings out of finished clips."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import read_clip
from i2v.services.house import House
from i2v.services.recipes import read_settings


def recipe_routes(house: House) -> APIRouter:
    """Settings out of finished clips, whoever made them."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/recipes")
    async def read(request: Request) -> dict[str, Any]:
        """What made an MP4 of this app: multipart with the file as `clip`. Nothing is kept."""
        data, name = await read_clip(request)
        return await run_in_threadpool(read_settings, data, name, house.pictures)

    return router
