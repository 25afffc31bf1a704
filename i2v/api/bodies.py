"""Request bodies: multipart with one file and one JSON field, read with limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from i2v.domain.notices import Notice
from i2v.errors import ClipUnreadable, PictureMissing, RequestMalformed
from i2v.services.pictures import PictureStore

REQUEST_LIMIT = 64 * 1024
"""Largest `request` field in bytes."""


Upload = tuple[bytes | None, str]
"""A file's bytes, None where none came, and its name."""


async def read_wish(request: Request) -> tuple[dict[str, Any], bytes | None, str]:
    """The `request` JSON, the picture's bytes if one came, and its name.

    Raises:
        RequestMalformed: no multipart form, or `request` is not a JSON object.
    """
    wish, (image,) = await _read_form(request, "image")
    return wish, *image


async def read_question(request: Request) -> tuple[dict[str, Any], Upload, Upload]:
    """The `request` JSON with a picture `image` and a finished `clip`, as far as they came; without files plain JSON
    will do.

    Raises:
        RequestMalformed: neither a JSON object nor such a form.
    """
    if not _is_form(request):
        return await read_object(request), (None, ""), (None, "")
    wish, (image, clip) = await _read_form(request, "image", "clip")
    return wish, image, clip


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def _read_form(request: Request, *names: str) -> tuple[dict[str, Any], list[Upload]]:
    """The `request` JSON of a form and the files under these names."""
    if not _is_form(request):
        raise RequestMalformed(reason=f"expected multipart/form-data with the fields {', '.join(names)} and request")
    try:
        async with request.form(max_files=len(names), max_fields=8, max_part_size=REQUEST_LIMIT) as form:
            told = form.get("request", "{}")
            if isinstance(told, UploadFile):
                raise RequestMalformed(reason="request must be a plain field, not a file")
            return parse_wish(told), [await _read_file(form.get(name), name) for name in names]
    except HTTPException as cause:
        raise RequestMalformed(reason=str(cause.detail)) from cause


async def _read_file(file: UploadFile | str | None, name: str) -> Upload:
    if isinstance(file, str):
        raise RequestMalformed(reason=f"{name} must be a file")
    return (None, "") if file is None else (await file.read(), file.filename or name)


async def read_taken_wish(request: Request, pictures: PictureStore) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """The `request` JSON with the picture that came along taken in, and what there is to say of that picture.

    Raises:
        RequestMalformed: as `read_wish`.
        BadInput: one of the picture errors.
    """
    wish, data, name = await read_wish(request)
    return wish, await take_picture(pictures, wish, (data, name), wish.get("background"))


async def take_picture(
    pictures: PictureStore, wish: dict[str, Any], upload: Upload, background: object
) -> tuple[Notice, ...]:
    """Takes in the picture of an upload, where there is one, and names it in the wish."""
    data, name = upload
    if data is None:
        return ()
    taken = await run_in_threadpool(pictures.take_in, data, name, background)
    wish["picture_sha256"] = taken.sha256
    return taken.notices


async def read_change(request: Request) -> tuple[dict[str, Any], bytes | None, str]:
    """As `read_wish`, but without a picture plain JSON will do.

    Raises:
        RequestMalformed: neither a JSON object nor such a form.
    """
    return await read_wish(request) if _is_form(request) else (await read_object(request), None, "")


async def read_object(request: Request) -> dict[str, Any]:
    """A body that is a JSON object.

    Raises:
        RequestMalformed: it is none, or a very long one.
    """
    body = await request.body()
    if len(body) > REQUEST_LIMIT:
        raise RequestMalformed(reason=f"a body of {len(body)} bytes; up to {REQUEST_LIMIT} are read")
    return parse_wish(body.decode("utf-8", "replace"))


async def read_picture(request: Request) -> tuple[dict[str, Any], bytes, str]:
    """What an upload says beside its picture, the picture, and its name.

    Raises:
        PictureMissing: the form has no file `image`.
    """
    wish, data, name = await read_wish(request)
    if data is None:
        raise PictureMissing(name="image")
    return wish, data, name


async def read_clip(request: Request) -> tuple[bytes, str]:
    """The one MP4 of an upload and its name.

    Raises:
        ClipUnreadable: the form has no file `clip`.
        RequestMalformed: it is no form.
    """
    _, ((clip, name),) = await _read_form(request, "clip")
    if clip is None:
        raise ClipUnreadable(name="clip", reason="no file came")
    return clip, name


def parse_wish(text: str) -> dict[str, Any]:
    """A JSON object. NaN and Infinity, which JSON does not have, are let through: each option says what it takes."""
    try:
        wish = json.loads(text, object_pairs_hook=_refuse_twice)
    except (ValueError, RecursionError) as cause:
        raise RequestMalformed(reason=f"request is not JSON: {cause}"[:200]) from cause
    if not isinstance(wish, Mapping):
        raise RequestMalformed(reason="request must be a JSON object")
    return dict(wish)


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's entries; of two values for one name, nobody could say which is meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"it names {name[:80]!r} twice")
        found[name] = value
    return found
