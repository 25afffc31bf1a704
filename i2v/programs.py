"""The fourth face: one call makes one clip, for programs."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from i2v.cli.desks import Upload, at_desk
from i2v.cli.flags import prove_target
from i2v.cli.follow import follow
from i2v.domain.job import CANCELLED, FAILED
from i2v.engines.registry import engine_specs
from i2v.errors import JobCancelled, PictureUnsupported, rebuild
from i2v.media.embed import open_recipe
from i2v.settings import load_settings

log = logging.getLogger(__name__)

Source = str | os.PathLike[str] | bytes | Image.Image | npt.NDArray[Any]
"""A picture: where it lies, its file's bytes, or its pixels."""

# A data folder has one owner at a time, and that is this process.
_ONE_AT_A_TIME = threading.Lock()
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


@dataclass(frozen=True)
class Video:
    """A finished clip.

    Attributes:
        path: the MP4; where `output` was given, that one.
        seed: the one in force; the same seed gives the same frames again.
        seconds: how long it took; None where the clip was made before its server last ended.
        peak_memory_gb: GiB of memory it took at most, on the graphics card where it has used one.
        warnings: what is worth knowing of it, in the language of the locale.
        recipe: all that makes it again, as it stands in the file.
    """

    path: Path
    job_id: str
    engine: str
    seed: int
    width: int
    height: int
    num_frames: int
    fps: int
    seconds: float | None
    peak_memory_gb: float | None
    warnings: tuple[str, ...]
    recipe: Mapping[str, Any]


def generate_video(
    image: Source | None = None,
    prompt: str | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    output_dir: str | os.PathLike[str] | None = None,
    device: str | None = None,
    model_dir: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Video:
    """Makes one clip and waits for it.

    Where the app is running on the same folder, the clip goes to its queue; otherwise this process makes it and ends
    the worker afterwards, so that for many clips with a model it is better to have the app running. Calls from
    several threads take turns. Progress is told to the logger `i2v.programs`.

    Args:
        image: a path, a file's bytes, a PIL image, or uint8 pixels (height, width), (height, width, 3) or
            (height, width, 4), RGB; None with `refine_of`.
        prompt: what should happen, in one sentence; None for none, or with `refine_of` that of the clip refined.
        output: also puts the clip here.
        output_dir: where clips go; as in the settings if None. What is not absolute is taken from the project's folder.
        device: `auto`, `cuda`, `mps` or `cpu`; as in the settings if None. Not beside a running app.
        model_dir: the folder with the model's files. Not beside a running app.
        options: `engine` and `preset`, any option of the engine by its name (`num_frames=16`, `fps=8`, `seed=7`),
            `private=True` to keep the sentences out of the file, `confirmed=True` for a clip that takes very long,
            `refine_of=job_id` to start from a finished clip, whose settings hold unless named.

    Returns:
        The finished clip.

    Raises:
        i2v.errors.I2VError: one of its kinds; `code` and `values` say which and why. `BadInput` where nothing ran,
            `JobFailed` where the clip could not be made.
        i2v.errors.JobCancelled: somebody cancelled it at the page.
    """
    target = Path(output) if output is not None else None
    if target:
        prove_target("output", target)
    flags = {"output_dir": _text(output_dir), "device": device, "model_dir": _text(model_dir)}
    settings = load_settings(flags, engines=("auto", *engine_specs()))
    upload = None if image is None else _upload(image)
    wish = options if prompt is None else {**options, "prompt": prompt}
    with _ONE_AT_A_TIME, at_desk(settings, device, flags["model_dir"]) as desk:
        job = desk.submit(upload, wish)
        view = follow(desk, job["id"], lambda line: log.info("%s", line))
        if view["status"] == CANCELLED:
            raise JobCancelled(job["id"])
        if view["status"] == FAILED:
            raise rebuild(view["error"]["code"], view["error"]["values"])
        if target:
            desk.fetch(view["id"], "video", target)
    return _finished(view, target or settings.output_dir / view["video"])


def _finished(view: Mapping[str, Any], path: Path) -> Video:
    return Video(
        path=path,
        job_id=view["id"],
        engine=view["engine"],
        **{name: view["options"][name] for name in ("seed", "width", "height", "num_frames", "fps")},
        seconds=view["seconds"],
        peak_memory_gb=view["peak_memory_gb"],
        warnings=tuple(notice["text"] for notice in view["notices"]),
        recipe=open_recipe(path, path.name).to_dict(),
    )


def _text(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _upload(image: Source) -> Upload:
    """The picture as a desk takes it.

    Raises:
        PictureUnsupported: it is none of the kinds that are taken.
    """
    match image:
        case bytes():
            return image
        case str() | os.PathLike():
            return Path(image)
        case np.ndarray():
            return _encoded(_from_pixels(image))
        case Image.Image():
            return _encoded(image)
    raise _unsupported(type(image).__name__)


def _from_pixels(pixels: npt.NDArray[Any]) -> Image.Image:
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))
    if pixels.dtype != np.uint8 or not is_picture or not pixels.size:
        raise _unsupported(f"{pixels.dtype} {pixels.shape}")
    return Image.fromarray(pixels)


def _encoded(image: Image.Image) -> bytes:
    """As a file that loses nothing, with orientation and colour profile; TIFF holds what PNG does not, as CMYK."""
    buffer = io.BytesIO()
    kind = "PNG" if image.mode in _PNG_MODES else "TIFF"
    image.save(buffer, kind, exif=image.getexif(), icc_profile=image.info.get("icc_profile"))
    return buffer.getvalue()


def _unsupported(kind: str) -> PictureUnsupported:
    known = "path, bytes, PIL.Image, uint8 (height, width[, 3 | 4])"
    return PictureUnsupported(name="image", format=kind, known=known)
