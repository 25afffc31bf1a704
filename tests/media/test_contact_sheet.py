"""Sheets of candidates, drawn and looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from i2v.media import lettering
from i2v.media.contact_sheet import COLUMNS, Row, take_stills, write_contact_sheet
from i2v.media.lettering import can_letter, letter


def frames(count: int, level: int = 0) -> list[np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]]:
    """Frame after frame 10 levels lighter."""
    return [np.full((48, 96, 3), level + 10 * index, np.uint8) for index in range(count)]


@pytest.mark.parametrize(
    ("count", "taken"),
    [(2, [0, 1]), (6, [0, 1, 2, 3, 4, 5]), (8, [0, 1, 3, 4, 6, 7]), (16, [0, 3, 6, 9, 12, 15])],
)
def test_stills_are_spread_over_the_clip_from_its_first_frame_to_its_last(count: int, taken: list[int]) -> None:
    stills, indices = take_stills(frames(count), count)
    assert indices == taken
    assert [still.getpixel((5, 5)) for still in stills] == [(10 * index,) * 3 for index in taken]
    assert {still.size for still in stills} == {(232, 116)}
    assert len(stills) <= COLUMNS


def sheet_of(path: Path, **more: object) -> Image.Image:
    stills, indices = take_stills(frames(8, 100), 8)
    rows = [Row("No. 1", ("Seed 7",), stills, **more), Row("No. 2", ("Seed 8", "failed"))]  # type: ignore[arg-type]
    write_contact_sheet(path, "waves roll onto the beach", [f"{index} s" for index in indices], rows)
    with Image.open(path) as sheet:
        sheet.load()
        return sheet


def test_a_sheet_has_a_row_for_each_and_its_frames_in_order(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "sheet.png")
    assert sheet.format == "PNG"
    column = 24 + 232  # margin and labels
    tops = [y for y in range(sheet.height) if sheet.getpixel((column + 5, y)) == (100, 100, 100)]
    levels = [sheet.getpixel((column + 5 + (232 + 6) * number, tops[0] + 50)) for number in range(6)]
    assert [level[0] for level in levels if isinstance(level, tuple)] == [100, 110, 130, 140, 160, 170]


def test_the_picked_one_is_marked(tmp_path: Path) -> None:
    lamp = (240, 163, 90)
    plain, marked = sheet_of(tmp_path / "a.png"), sheet_of(tmp_path / "b.png", is_marked=True)
    counts = [np.count_nonzero((np.asarray(sheet) == lamp).all(axis=2)) for sheet in (plain, marked)]
    assert counts[0] == 0
    assert counts[1] > 100


def test_a_sheet_of_another_name_is_a_jpeg(tmp_path: Path) -> None:
    assert sheet_of(tmp_path / "sheet.JPG").format == "JPEG"


def test_a_long_sentence_is_broken_and_cut_in_either_language(tmp_path: Path) -> None:
    stills, _ = take_stills(frames(2), 2)
    heights = []
    for sentence in ("short", "slow waves roll onto the beach " * 40, "浪缓缓涌上沙滩" * 120):
        path = tmp_path / "sheet.png"
        write_contact_sheet(path, sentence, ["0", "1"], [Row("1", ("seed " * 30, "7"), stills)])
        with Image.open(path) as sheet:
            heights.append(sheet.height)
            assert not np.asarray(sheet)[:, -20:].std(axis=(0, 1)).any()  # nothing runs over the edge
    assert heights[0] + 64 == heights[1] == heights[2]  # three lines at most


def test_signs_that_no_font_has_are_written_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_FACES", (("/no/such/font.ttf", 0),))
    lettering._fonts.cache_clear()
    try:
        assert not can_letter("浪 ×")
        assert letter("浪 64 × 64 · a – b", 16)[0] == "? 64 x 64 | a - b"
        assert can_letter("Seed 7")
    finally:
        monkeypatch.undo()
        lettering._fonts.cache_clear()
