"""Files within a compiled Qt resource file (`.rcc`), in which some games keep their pictures."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

_FOLDER, _ZLIB, _ZSTD = 2, 1, 4
_DATED = 2
"""Format version from which every entry ends with a date of eight bytes."""


def read_resource(path: Path, name: str) -> bytes:
    """Content of the file of this name, wherever in the resource it lies.

    The format is Qt's (`qresource.cpp`): a tree of entries, their names as UTF-16, and each content behind its length.

    Raises:
        KeyError: there is no such file in it, or it is compressed by Zstandard.
    """
    held = path.read_bytes()
    version, tree, contents, names = struct.unpack(">4x4I", held[:20])
    entry_bytes = 22 if version >= _DATED else 14
    folders = [0]
    while folders:
        (count, first) = struct.unpack_from(">2I", held, tree + folders.pop() * entry_bytes + 6)
        for number in range(first, first + count):
            at = tree + number * entry_bytes
            name_at, flags = struct.unpack_from(">IH", held, at)
            if flags & _FOLDER:
                folders.append(number)
            elif _name(held, names + name_at) == name and not flags & _ZSTD:
                (content_at,) = struct.unpack_from(">I", held, at + 10)
                return _content(held, contents + content_at, is_packed=bool(flags & _ZLIB))
    raise KeyError(f"{path} holds no {name}")


def _name(held: bytes, at: int) -> str:
    (length,) = struct.unpack_from(">H", held, at)
    return held[at + 6 : at + 6 + 2 * length].decode("utf-16-be")


def _content(held: bytes, at: int, *, is_packed: bool) -> bytes:
    (length,) = struct.unpack_from(">I", held, at)
    content = held[at + 4 : at + 4 + length]
    return zlib.decompress(content[4:]) if is_packed else content
