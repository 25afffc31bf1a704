"""What a job shows and leaves behind."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from i2v.api.routes.caching import NO_STORE
from i2v.errors import ClipMissing
from i2v.services.house import House


def file_routes(house: House) -> APIRouter:
    """What a job shows and leaves: preview, clip, latents. Always by job, never by path."""
    router = APIRouter(prefix="/api/v1")
    library = house.library

    @router.get("/jobs/{job_id}/preview")
    def preview(job_id: str) -> Response:
        progress = library.progress(job_id)
        if progress is None or not progress.preview:
            raise ClipMissing(job_id=job_id, status=library.get(job_id).status, video="preview")
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

    return router
