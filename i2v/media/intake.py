"""Takes a picture in: the one way for page, command line and REST.

The bytes go to a helper process (`i2v.media.decoder`) with a limit on memory and time; what comes back is checked
before it is believed. On Windows only the time is limited: a process there cannot bound its own memory.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from i2v.domain.notices import Notice
from i2v.errors import (
    BadInput,
    PictureMissing,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooNarrow,
    PictureTooSmall,
    PictureTruncated,
    PictureUnreadable,
    PictureUnrecognized,
    PictureUnsupported,
)
from i2v.media.limits import LIMITS, Limits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ROOT = Path(__file__).parents[2]
_HEADER_BYTES = 65536
_REFUSALS: dict[str, type[BadInput]] = {
    error.code: error
    for error in (
        PictureUnreadable,
        PictureTruncated,
        PictureUnrecognized,
        PictureUnsupported,
        PictureTooSmall,
        PictureTooLarge,
        PictureTooNarrow,
        PictureTooHeavy,
    )
}
_NOTICES = frozenset({"picture_animated", "picture_pages", "picture_alpha"})
# Endings that mean "took too much": killed by the system for memory, or its CPU time was up.
_OVERSPENT = frozenset({-getattr(signal, "SIGKILL", 9), -getattr(signal, "SIGXCPU", 24)})
# A helper may take gigabytes for a moment: a crowd of uploads waits here instead of filling the memory.
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class TakenPicture:
    """A picture as the app keeps it.

    Attributes:
        png: upright RGB, 8 bits, no metadata.
        sha256: hex digest of size and pixels; the same picture in another container has the same.
        notices: what the user should know: first frame of an animation, first page of many, transparency filled.
    """

    png: bytes
    width: int
    height: int
    sha256: str
    notices: tuple[Notice, ...]


class _FrameMalformed(Exception):
    """What the helper wrote is not what it should be."""


class _FrameShort(_FrameMalformed):
    """The helper ended before its frame did."""


def intake_picture(source: bytes | Path, name: str, limits: Limits = LIMITS) -> TakenPicture:
    """Decodes a picture of any taken format, whatever its name says.

    Args:
        source: the file's bytes, or where it lies; never an address on a network.
        name: what to call it in errors.
        limits: bounds on size, memory and time, and the colour behind transparent parts.

    Raises:
        PictureMissing: no such file.
        BadInput: another of the `Picture…` errors: unreadable, truncated, unrecognized, unsupported, too small, large,
            narrow or heavy.
    """
    if isinstance(source, Path) and not source.is_file():
        raise PictureMissing(name=name)
    try:
        with _AT_ONCE, _helper(source, limits) as (process, is_late):
            assert process.stdout is not None
            try:
                header, png = _read_frame(process.stdout, limits)
                return _believe(header, png, name)
            except _FrameMalformed as cause:
                if isinstance(cause, _FrameShort) and (process.wait() in _OVERSPENT or is_late.is_set()):
                    raise PictureTooHeavy(name=name, seconds=limits.seconds, megabytes=limits.megabytes) from cause
                raise PictureUnreadable(name=name, reason=f"the decoder failed ({process.poll()}): {cause}") from cause
    except OSError as cause:
        raise PictureUnreadable(name=name, reason=cause.strerror or str(cause)) from cause


def read_pixels(png: bytes) -> npt.NDArray[np.uint8]:
    """The pixels of a `TakenPicture.png`: uint8 (height, width, 3), RGB."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return np.array(image)


def _command(limits: Limits) -> list[str]:
    return [sys.executable, "-m", "i2v.media.decoder", limits.to_json()]


@contextlib.contextmanager
def _helper(source: bytes | Path, limits: Limits) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
    """A running helper that is being fed, and whether its time ran out. It is gone when the block ends."""
    with contextlib.ExitStack() as stack:
        stdin = stack.enter_context(source.open("rb")) if isinstance(source, Path) else subprocess.PIPE
        process = stack.enter_context(
            subprocess.Popen(
                _command(limits),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        )
        stack.callback(process.kill)
        is_late = threading.Event()

        def stop_late() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(limits.seconds, stop_late)
        timer.start()
        stack.callback(timer.cancel)
        if isinstance(source, bytes):
            assert process.stdin is not None
            threading.Thread(target=_feed, args=(process.stdin, source), daemon=True).start()
        yield process, is_late


def _feed(stdin: IO[bytes], data: bytes) -> None:
    # A helper that refuses by the header, or dies, no longer reads.
    with contextlib.suppress(OSError, ValueError), stdin:
        stdin.write(data)


def _read_frame(stdout: IO[bytes], limits: Limits) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack(">I", _read_exactly(stdout, 4, 4))
    try:
        header = json.loads(_read_exactly(stdout, length, _HEADER_BYTES))
        size = header.get("png", 0)
        # Incompressible pixels, with PNG's own bytes around them.
        png = _read_exactly(stdout, size, limits.megapixels * 3_100_000)
    except (ValueError, TypeError, AttributeError) as cause:
        raise _FrameMalformed(str(cause)) from cause
    if stdout.read(1):
        raise _FrameMalformed("more came than was announced")
    return header, png


def _read_exactly(stdout: IO[bytes], size: int, limit: int) -> bytes:
    if not 0 <= size <= limit:
        raise _FrameMalformed(f"{size} bytes announced, at most {limit} taken")
    data = stdout.read(size)
    if len(data) < size:
        raise _FrameShort(f"{len(data)} of {size} bytes came")
    return data


def _believe(header: dict[str, Any], png: bytes, name: str) -> TakenPicture:
    """The helper's answer, checked: it decodes what strangers send and may have been taken over."""
    if "code" in header:
        raise _refusal(header, name)
    try:
        width, height, sha256 = int(header["width"]), int(header["height"]), str(header["sha256"])
        notices = tuple(Notice(str(code), dict(values)) for code, values in header["notices"])
    except (KeyError, ValueError, TypeError) as cause:
        raise _FrameMalformed(str(cause)) from cause
    # Signature and IHDR: 8 bits per channel, RGB, not interlaced.
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 2, 0, 0, 0)
    if not png.startswith(start) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise _FrameMalformed("no RGB picture of 8 bits, or no digest")
    if not {notice.code for notice in notices} <= _NOTICES:
        raise _FrameMalformed("unknown notice")
    return TakenPicture(png, width, height, sha256, notices)


def _refusal(header: dict[str, Any], name: str) -> BadInput:
    values = header.get("values")
    if header["code"] not in _REFUSALS or not isinstance(values, dict):
        raise _FrameMalformed("unknown refusal")
    plain = {str(key): value for key, value in values.items() if isinstance(value, str | int | float)}
    return _REFUSALS[header["code"]](**{**plain, "name": name})
