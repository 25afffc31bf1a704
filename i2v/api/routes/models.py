"""Model files."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.services.house import House


def model_routes(house: House) -> APIRouter:
    """Weights: what is here, and fetching what is not."""
    router = APIRouter(prefix="/api/v1/models")
    models = house.models

    @router.get("")
    def every(request: Request, response: Response) -> dict[str, Any]:
        """Each model with size, licences and download; `auto_engine` is what `auto` stands for now."""
        response.headers.update(NO_STORE)
        return {"models": models.views(language_of(request)), "auto_engine": models.auto_engine()}

    @router.post("/{engine}/download", status_code=202)
    def download(request: Request, engine: str, thorough: bool = False) -> dict[str, Any]:
        """Fetches what is missing; `thorough` also hashes what is here, and fetches what is not as it was."""
        models.download(engine, thorough=thorough)
        return models.view(engine, language_of(request))

    @router.delete("/{engine}")
    def remove(request: Request, engine: str) -> dict[str, Any]:
        """Deletes what was downloaded, and nothing else."""
        models.remove(engine)
        return models.view(engine, language_of(request))

    @router.post("/{engine}/cancel")
    def cancel(request: Request, engine: str) -> dict[str, Any]:
        models.cancel(engine)
        return models.view(engine, language_of(request))

    return router
