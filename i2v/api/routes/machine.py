"""What the engines offer, what a wish would cost, and how the machine is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import read_object
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.services.catalogue import engine_views
from i2v.services.house import House


def machine_routes(house: House) -> APIRouter:
    """What the engines offer, what a wish would cost, and how the machine is."""
    router = APIRouter(prefix="/api")

    @router.get("/v1/engines")
    def engines(request: Request) -> dict[str, Any]:
        """Labels and help are in the reader's language."""
        return {"engines": engine_views(language_of(request))}

    @router.post("/v1/estimate")
    async def estimate(request: Request) -> dict[str, Any]:
        """What a wish would take, as JSON; nothing is queued."""
        return await run_in_threadpool(house.estimator.estimate, await read_object(request))

    @router.get("/v1/gpu_status")
    @router.get("/gpu_status")
    def gpu_status(response: Response) -> dict[str, object]:
        """Memory in bytes, by us and by others; null where there is no card or the driver does not say."""
        response.headers.update(NO_STORE)
        return house.machine.status()

    return router
