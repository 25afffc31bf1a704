"""Several clips as one ZIP, made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE_BYTES = 1 << 18


class _Outlet(io.RawIOBase):
    """Where the archive is written to; what has come so far is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def stream_zip(paths: Iterable[Path]) -> Iterator[bytes]:
    """The archive in pieces. Stored, not deflated: film does not shrink. Memory stays at one piece, however many clips.

    Raises:
        OSError: a clip has gone since it was asked for; whoever receives the archive notices that its end is missing.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo.from_file(path, path.name, strict_timestamps=False)
            with path.open("rb") as clip, archive.open(entry, "w") as target:
                while piece := clip.read(PIECE_BYTES):
                    target.write(piece)
                    yield outlet.take()
    yield outlet.take()
