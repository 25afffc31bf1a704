"""Pictures ahead of their jobs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from i2v.api.bodies import read_picture
from i2v.api.problems import language_of
from i2v.api.routes.caching import FOR_EVER, NO_STORE
from i2v.domain.crop import Fit
from i2v.domain.options import Options
from i2v.errors import PictureMissing
from i2v.services.house import House
from i2v.services.views import picture_view
from i2v.text.addresses import address


def picture_routes(house: House) -> APIRouter:
    """Pictures ahead of their jobs: the page takes one in while its user still writes."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/pictures", status_code=201)
    async def take_in(request: Request) -> dict[str, Any]:
        """Takes a file in: multipart with `image`, and `request` as JSON where transparent parts get a `background`."""
        wish, data, name = await read_picture(request)
        taken = await run_in_threadpool(house.pictures.take_in, data, name, wish.get("background"))
        return picture_view(taken, language_of(request))

    @router.get("/pictures/{sha256}")
    def picture(sha256: str) -> FileResponse:
        return FileResponse(house.pictures.path(sha256), media_type="image/png", headers=FOR_EVER)

    @router.get("/pictures/{sha256}/improved")
    def improved(
        response: Response, sha256: str, options: Annotated[Options, Depends(_framing)], query: Request
    ) -> dict[str, Any]:
        """What `preprocess` would do for a clip of this size and framing, and the picture before and after.

        `steps` is empty where the picture needs nothing; where it is only cut elsewhere, there is nothing to compare.
        """
        response.headers.update(NO_STORE)
        shown = house.improved.show(sha256, options)
        shown_at = address(f"/api/v1/pictures/{sha256}/improved")
        sides = {side: f"{shown_at}/{side}?{query.url.query}" if shown.after else None for side in ("before", "after")}
        return {"steps": shown.steps, "width": shown.width, "height": shown.height, **sides}

    @router.get("/pictures/{sha256}/improved/{side}")
    def improved_picture(
        sha256: str, side: Literal["before", "after"], options: Annotated[Options, Depends(_framing)]
    ) -> Response:
        """A side of the comparison, as PNG."""
        shown = house.improved.show(sha256, options)
        if not shown.after:
            raise PictureMissing(name=f"{sha256[:12]} {side}")
        return Response(getattr(shown, side), media_type="image/png", headers=FOR_EVER)

    return router


def _framing(
    width: Annotated[int, Query(ge=64, le=4096, multiple_of=8)] = 512,
    height: Annotated[int, Query(ge=64, le=4096, multiple_of=8)] = 512,
    fit: Fit = "cover",
    crop_x: Annotated[float, Query(ge=0, le=1)] = 0.5,
    crop_y: Annotated[float, Query(ge=0, le=1)] = 0.5,
) -> Options:
    """The options that say what a clip shows of its picture."""
    return Options(width=width, height=height, fit=fit, crop_x=crop_x, crop_y=crop_y)
