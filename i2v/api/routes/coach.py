"""Advice before the press."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from i2v.api.bodies import Upload, read_question, take_picture
from i2v.api.problems import language_of
from i2v.api.routes.caching import NO_STORE
from i2v.services.clip_judge import judge_clip
from i2v.services.house import House
from i2v.services.sentence_builder import builder_menus


def coach_routes(house: House) -> APIRouter:
    """Advice before the press."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/coach")
    async def coach(request: Request) -> dict[str, Any]:
        """What is worth changing in a wish, and in a finished clip. Nothing is queued.

        JSON, or multipart with `request`, `image` and `clip`; the clip may also be a job's, named as `job_id`.
        """
        wish, image, clip = await read_question(request)
        await take_picture(house.pictures, wish, image, wish.get("background"))
        return await run_in_threadpool(_advise, house, wish, clip, language_of(request))

    @router.get("/coach/words")
    def words(request: Request) -> dict[str, Any]:
        """The menus that build a sentence, labelled in the reader's language."""
        return builder_menus(language_of(request))

    @router.get("/sentences")
    def sentences(response: Response, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
        """One's own sentences, the newest first, each with the clip it made; those of private jobs are left out."""
        response.headers.update(NO_STORE)
        return {"sentences": house.library.sentences(limit)}

    return router


def _advise(house: House, wish: dict[str, Any], clip: Upload, language: str) -> dict[str, Any]:
    data, name = clip
    job_id = wish.pop("job_id", None)
    judged = None
    if data is not None:
        judged = judge_clip(data, name, wish, language)
    elif job_id is not None:
        judged = house.clips.judge(house.library.get(str(job_id)), house.library.video_path(str(job_id)), language)
    return house.coach.advise(wish, language, judged)
