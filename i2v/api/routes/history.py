"""Jobs of the past: listed, found, starred, deleted, brought back."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.domain.job import Status
from i2v.services.command_line import command_of
from i2v.services.house import House


def history_routes(house: House) -> APIRouter:
    """Jobs of the past: listed, found, starred, deleted, brought back."""
    router = APIRouter(prefix="/api/v1/jobs")
    library = house.library

    @router.get("")
    def found(
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
        status: Annotated[list[Status] | None, Query()] = None,
        q: Annotated[str, Query(max_length=200)] = "",
        starred: bool = False,
    ) -> dict[str, Any]:
        """Jobs, the newest first; `before` is the `place` of the last one seen.

        `q` holds words that must all occur in the sentence or the file's name. `unread` counts the clips in the folder
        whose recipes are still to be read, null before they are counted: there may soon be more to list.
        """
        response.headers.update(NO_STORE)
        jobs = library.find(limit, before, status or (), q, starred)
        return {"jobs": library.views(jobs, language_of(request)), "unread": house.stock.remaining}

    @router.get("/{job_id}/command")
    def command(response: Response, job_id: str) -> dict[str, str | None]:
        """What to type into a terminal to make this clip again: `sh` for POSIX shells, `cmd` for the Command Prompt.

        `here` is the one of the computer that runs the app; null where no command line can make the clip.
        """
        response.headers.update(NO_STORE)
        job = library.get(job_id)
        told = {name: command_of(job, house.settings, for_windows=name == "cmd") for name in ("sh", "cmd")}
        return {**told, "here": told["cmd" if sys.platform == "win32" else "sh"]}

    @router.post("/{job_id}/star")
    def star(request: Request, job_id: str) -> dict[str, Any]:
        return library.view(library.star(job_id, starred=True), language_of(request))

    @router.post("/{job_id}/unstar")
    def unstar(request: Request, job_id: str) -> dict[str, Any]:
        return library.view(library.star(job_id, starred=False), language_of(request))

    @router.delete("/{job_id}", status_code=204)
    def delete(job_id: str) -> None:
        """Cancels it if need be. For ten minutes `restore` brings it back with its clip."""
        library.delete(job_id)

    @router.post("/{job_id}/restore")
    def restore(request: Request, job_id: str) -> dict[str, Any]:
        return library.view(library.restore(job_id), language_of(request))

    return router
