"""Comments read from an MP4's boxes alone: as FFmpeg reads them; what is broken gives a refusal and nothing worse."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i2v.errors import ClipUnreadable, I2VError, RecipeForeign, RecipeMissing, RecipeNewer
from i2v.media.comment import NotAnMp4, read_comment
from i2v.media.embed import open_recipe
from i2v.media.video import encode_mp4, probe_mp4

FRAMES = [np.full((64, 64, 3), level, np.uint8) for level in (40, 200)]
RECIPE = '{"i2v_recipe": 1, "job_id": "a", "engine": "camera", "options": {}, "picture_sha256": "%s"}' % ("b" * 64)


def written(folder: Path, comment: str) -> bytes:
    encode_mp4(FRAMES, folder / "clip.mp4", 8, comment)
    return (folder / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("clips"), RECIPE)


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_comment(data: bytes) -> bytes:
    """The smallest file that holds a comment, whose last box is given."""
    ilst = box(b"ilst", box(b"\xa9cmt", data))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"udta", box(b"meta", bytes(4), ilst)))


@pytest.mark.parametrize("comment", ["", "plain", "推近 🦊", "x" * 300_000])
def test_a_comment_reads_as_ffmpeg_reads_it(tmp_path: Path, comment: str) -> None:
    data = written(tmp_path, comment)
    assert read_comment(data) == probe_mp4(data).comment == comment
    assert read_comment(tmp_path / "clip.mp4") == comment


def test_boxes_of_64_bits_and_to_the_end_of_the_file_are_followed() -> None:
    data = box(b"data", struct.pack(">II", 1, 0), "好".encode())
    small = with_comment(data)
    moov = small[12:]
    wide = struct.pack(">I4sQ", 1, b"moov", len(moov) + 8) + moov[8:]
    endless = struct.pack(">I4s", 0, b"moov") + moov[8:]
    assert [read_comment(small[:12] + each) for each in (moov, wide, endless)] == ["好"] * 3


@pytest.mark.parametrize(
    "data",
    [
        box(b"data"),
        box(b"data", bytes(7)),
        box(b"data", struct.pack(">II", 13, 0), b"a picture"),
        box(b"data", struct.pack(">II", 1, 0), b"\xff\xfe"),
        box(b"data", struct.pack(">II", 1, 0), bytes((4 << 20) + 1)),
        box(b"name", b"no data"),
    ],
    ids=["empty", "cut", "no text", "no UTF-8", "endless", "another box"],
)
def test_a_comment_that_is_no_text_is_none(data: bytes) -> None:
    assert read_comment(with_comment(data)) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"buy milk",
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        box(b"ftyp", b"isom") + b"abc",
        box(b"ftyp", b"isom") + struct.pack(">I4s", 2**32 - 1, b"moov"),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**64 - 1),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"moov"),
        box(b"ftyp", b"isom") + box(b"free") * 5000,
    ],
    ids=["empty", "text", "picture", "cut", "long", "longest", "shorter than itself", "countless"],
)
def test_what_is_no_mp4_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnMp4):
        read_comment(data)
    with pytest.raises(ClipUnreadable):
        open_recipe(data, "x.mp4")


@pytest.mark.parametrize(
    ("comment", "refusal"),
    [
        ("", RecipeMissing),
        ("made on holiday", RecipeMissing),
        ("[" * 100_000, RecipeMissing),
        ("7", RecipeMissing),
        ('{"workflow": {}}', RecipeForeign),
        ('{"i2v_recipe": "1"}', RecipeForeign),
        ('{"i2v_recipe": 1}', RecipeForeign),
        (RECIPE.replace("bbbb", "../.", 1), RecipeForeign),
        (RECIPE.replace("{}", "7"), RecipeForeign),
        (RECIPE.replace("1", "2", 1), RecipeNewer),
    ],
)
def test_a_clip_without_a_recipe_we_can_read_says_why(tmp_path: Path, comment: str, refusal: type[I2VError]) -> None:
    with pytest.raises(refusal) as refused:
        open_recipe(written(tmp_path, comment), "their.mp4")
    assert refused.value.values["name"] == "their.mp4"


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.mp4"):
        with pytest.raises(ClipUnreadable):
            open_recipe(path, path.name)


@settings(max_examples=1500, deadline=None)
@given(data=st.data())
def test_a_mutated_clip_gives_a_recipe_or_a_refusal(clip: bytes, data: st.DataObject) -> None:
    """Bytes of the head changed, cut out, or put in: that is where the boxes stand."""
    head = clip.index(b"mdat")
    mutated = bytearray(clip)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, head))
        junk = data.draw(st.binary(max_size=9))
        mutated[place : place + data.draw(st.integers(0, 9))] = junk
    try:
        open_recipe(bytes(mutated), "mutated.mp4")
    except I2VError as refused:
        assert refused.code in {"clip_unreadable", "recipe_missing", "recipe_foreign", "recipe_newer"}  # noqa: PT017


@settings(max_examples=500, deadline=None)
@given(
    st.recursive(
        st.binary(max_size=20),
        lambda inner: st.builds(
            lambda kind, parts: box(kind, *parts),
            st.sampled_from([b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data", b"free"]),
            st.lists(inner, max_size=4),
        ),
    )
)
def test_any_tree_of_boxes_gives_text_or_a_refusal(tree: bytes) -> None:
    try:
        assert isinstance(read_comment(box(b"ftyp", b"isom") + tree), str)
    except NotAnMp4 as refused:
        assert str(refused)  # noqa: PT017
