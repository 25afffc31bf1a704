"""What a job shows and leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from i2v.api.routes.caching import FOR_EVER, NO_STORE
from i2v.errors import FolderUnopened
from i2v.machine.desktop import open_folder
from i2v.services.house import House
from i2v.services.parcel import stream_zip

THUMBNAILS_AT_ONCE = 2
CLIPS_PER_ZIP = 1000
ClipIds = Annotated[list[str], Body(embed=True, min_length=1, max_length=CLIPS_PER_ZIP)]
LOOPBACK = ("127.0.0.1", "::1")


def file_routes(house: House) -> APIRouter:
    """What a job shows and leaves: preview, clip, latents. Always by job, never by path."""
    router = APIRouter(prefix="/api/v1")
    library = house.library

    @router.get("/jobs/{job_id}/preview")
    def preview(job_id: str) -> Response:
        """The frames so far; 204 where there are none, not yet or no more: a job may end while this is asked."""
        progress = library.progress(job_id)
        if progress is None or not progress.preview:
            library.get(job_id)
            return Response(status_code=204, headers=NO_STORE)
        return Response(progress.preview, media_type="image/webp", headers=NO_STORE)

    @router.get("/jobs/{job_id}/video")
    def video(job_id: str, download: bool = False) -> FileResponse:
        path = library.video_path(job_id)
        kind = "attachment" if download else "inline"
        return FileResponse(path, media_type="video/mp4", filename=path.name, content_disposition_type=kind)

    @router.get("/jobs/{job_id}/latents")
    def latents(job_id: str) -> FileResponse:
        path = library.latents_path(job_id)
        return FileResponse(path, media_type="application/octet-stream", filename=path.name)

    drawing = CapacityLimiter(THUMBNAILS_AT_ONCE)

    @router.get("/jobs/{job_id}/thumbnail")
    async def thumbnail(job_id: str) -> Response:
        """Drawn when it is first asked for. Few at once: a gallery asks for dozens, and others wait too."""
        drawn = await anyio.to_thread.run_sync(house.thumbnails.get, job_id, limiter=drawing)
        return Response(drawn, media_type="image/webp", headers=FOR_EVER)

    @router.post("/clips/zip")
    def parcel(ids: ClipIds) -> StreamingResponse:
        """Several clips in one archive; every one of them is there, or it is refused."""
        paths = library.clip_paths(ids)
        name = datetime.now().strftime("clips_%Y%m%d_%H%M%S.zip")
        headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(stream_zip(paths), media_type="application/zip", headers=headers)

    @router.post("/folder/open", status_code=204)
    def show_folder(request: Request, job_id: Annotated[str | None, Body(embed=True)] = None) -> None:
        """Shows the outputs folder, a job's clip marked in it, on this computer's own screen."""
        clip = library.video_path(job_id) if job_id is not None else None
        if request.client is None or request.client.host not in LOOPBACK:
            raise FolderUnopened(path=str(clip or house.settings.output_dir))
        open_folder(house.settings.output_dir, clip)

    return router
