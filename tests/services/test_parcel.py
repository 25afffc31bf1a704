"""Several clips as one archive, on real files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from i2v.services.parcel import PIECE_BYTES, stream_zip


def test_memory_stays_at_one_piece_however_much_there_is(tmp_path: Path) -> None:
    clips = [tmp_path / f"{number}.mp4" for number in range(3)]
    for clip in clips:
        with clip.open("wb") as file:
            file.truncate(20_000_000)
    pieces = [len(piece) for piece in stream_zip(clips)]
    assert sum(pieces) > 60_000_000
    assert max(pieces) < 2 * PIECE_BYTES


def test_the_archive_holds_what_the_files_hold(tmp_path: Path) -> None:
    contents = {"video_1.mp4": b"", "夕阳 2.mp4": bytes(range(256)) * 3000}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    whole = io.BytesIO(b"".join(stream_zip(tmp_path / name for name in contents)))
    with zipfile.ZipFile(whole) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents


def test_a_clip_that_goes_meanwhile_leaves_no_archive_that_looks_whole(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"film")
    pieces = stream_zip([tmp_path / "a.mp4", tmp_path / "b.mp4"])
    sent = next(pieces)
    (tmp_path / "b.mp4").unlink()
    with pytest.raises(FileNotFoundError):
        sent += b"".join(pieces)
    assert not zipfile.is_zipfile(io.BytesIO(sent))
