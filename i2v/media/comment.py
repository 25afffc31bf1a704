"""The comment of an MP4, read from its boxes alone.

Nothing is decoded, and no length that a file states is believed beyond the file's own: strangers' clips are read here.
Boxes are those of ISO/IEC 14496-12; the comment is iTunes' `moov/udta/meta/ilst/©cmt/data`.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

COMMENT_LIMIT = 4 << 20
"""Largest comment that is read, in bytes."""
_BOXES_LIMIT = 1000
"""Most boxes of one level; ours have a handful."""
_WAY = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")
_META_HEAD = 4  # version and flags
_DATA_HEAD = 8  # kind of value, and locale
_UTF8 = 1


class NotAnMp4(ValueError):
    """The file does not begin as an MP4, or its boxes do not fit into each other. Says where, in no language."""


def read_comment(source: Path | bytes) -> str:
    """The text of the ©cmt tag; empty where there is none.

    Raises:
        NotAnMp4: it is none, or was cut short.
        OSError: the file cannot be read.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        begin, end = 0, file.seek(0, os.SEEK_END)
        if next(_boxes(file, 0, end), (b"", 0, 0))[0] != b"ftyp":
            raise NotAnMp4("byte 0")
        for name in _WAY:
            # All boxes of the level are walked, so that a file that was cut short is noticed.
            found = [(start, stop) for kind, start, stop in _boxes(file, begin, end) if kind == name]
            if not found:
                return ""
            begin, end = found[0]
            begin += _META_HEAD if name == b"meta" else 0
        return _text(file, begin, end)


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of what each box between two places of the file holds."""
    for _ in range(_BOXES_LIMIT):
        if begin >= end:
            return
        file.seek(begin)
        head = file.read(16)
        if len(head) < 8:
            raise NotAnMp4(f"byte {begin}")
        size, kind = struct.unpack_from(">I4s", head)
        start = begin + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            start = begin + 16
        stop = end if size == 0 else begin + size
        if not start <= stop <= end:
            raise NotAnMp4(f"byte {begin}")
        yield kind, start, stop
        begin = stop
    raise NotAnMp4(f"byte {begin}, more than {_BOXES_LIMIT} boxes")


def _text(file: BinaryIO, begin: int, end: int) -> str:
    size = end - begin - _DATA_HEAD
    file.seek(begin)
    head = file.read(_DATA_HEAD)
    if not 0 <= size <= COMMENT_LIMIT or len(head) < _DATA_HEAD or struct.unpack_from(">I", head)[0] != _UTF8:
        return ""
    try:
        return file.read(size).decode("utf-8")
    except UnicodeDecodeError:
        return ""
