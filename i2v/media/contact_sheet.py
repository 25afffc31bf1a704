"""Candidates at a glance: a picture with a row for each, its frames along time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from i2v.media.lasting import write_lasting
from i2v.media.lettering import letter
from i2v.media.video import Frame

COLUMNS = 6
_CELL_SIDE = 232
_LABEL_WIDTH, _MARGIN, _GAP = 232, 24, 6
_HEAD_SIZE, _NAME_SIZE, _TEXT_SIZE = 24, 22, 17
_GROUND, _INK, _SOFT, _LAMP, _LINE = "#14161a", "#e8e6e1", "#a9a69f", "#f0a35a", "#2d3138"
_MOST_TITLE_LINES, _MOST_TEXT_LINES = 3, 7


@dataclass(frozen=True)
class Row:
    """One candidate.

    Attributes:
        name: what it is called, large.
        texts: lines beneath.
        stills: frames along time, the first and the last among them, each as wide as `_CELL_SIDE` at most; none where
            there is no clip.
        is_marked: drawn as the one that was picked.
    """

    name: str
    texts: tuple[str, ...]
    stills: tuple[Image.Image, ...] = ()
    is_marked: bool = False


def take_stills(frames: Iterable[Frame], num_frames: int) -> tuple[tuple[Image.Image, ...], list[int]]:
    """Frames along time, made small as they come, and which of all they are.

    Args:
        frames: of a clip, uint8 (height, width, 3), RGB.
        num_frames: how many there are.
    """
    wanted = list(dict.fromkeys(np.linspace(0, num_frames - 1, COLUMNS).round().astype(int).tolist()))
    stills = []
    for index, frame in enumerate(frames):
        if index in wanted:
            still = Image.fromarray(frame)
            scale = _CELL_SIDE / max(still.size)
            size = (max(1, round(still.width * scale)), max(1, round(still.height * scale)))
            stills.append(still.resize(size, Image.Resampling.LANCZOS))
    return tuple(stills), wanted[: len(stills)]


def write_contact_sheet(path: Path, title: str, times: Sequence[str], rows: Sequence[Row]) -> None:
    """Draws the sheet and puts it where it lasts; JPEG where the name ends so, else PNG.

    Args:
        path: the file.
        title: the sentence; long ones are broken into lines.
        times: what stands above each column.
        rows: the candidates, all of one size.

    Raises:
        DiskFull, OutputUnwritable: the file could not be written.
    """
    buffer = io.BytesIO()
    is_jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    _draw(title, times, rows).save(buffer, **({"format": "JPEG", "quality": 92} if is_jpeg else {"format": "PNG"}))
    write_lasting(path, buffer.getvalue())


def _draw(title: str, times: Sequence[str], rows: Sequence[Row]) -> Image.Image:
    cells = [still.size for row in rows for still in row.stills] or [(_CELL_SIDE, _CELL_SIDE)]
    cell_width, cell_height = max(width for width, _ in cells), max(height for _, height in cells)
    width = 2 * _MARGIN + _LABEL_WIDTH + len(times or (0,)) * (cell_width + _GAP)
    heads = list(_broken(title, _HEAD_SIZE, width - 2 * _MARGIN, _MOST_TITLE_LINES))
    blocks = [_texts(row) for row in rows]
    heights = [max(cell_height, len(block) * 24 + 36) + 2 * _GAP for block in blocks]
    top = _MARGIN + len(heads) * 32 + 36
    sheet = Image.new("RGB", (width, top + sum(heights) + _MARGIN), _GROUND)
    draw = ImageDraw.Draw(sheet)
    for line, text in enumerate(heads):
        _write(draw, (_MARGIN, _MARGIN + 32 * line), text, _HEAD_SIZE, _INK)
    for column, text in enumerate(times):
        left = _MARGIN + _LABEL_WIDTH + column * (cell_width + _GAP)
        _write(draw, (left, top - 30), text, _TEXT_SIZE, _SOFT)
    for row, block, height in zip(rows, blocks, heights, strict=True):
        draw.line((_MARGIN, top, width - _MARGIN, top), _LINE)
        if row.is_marked:
            draw.rectangle((_MARGIN - 10, top + _GAP, _MARGIN - 6, top + height - _GAP), _LAMP)
        _write(draw, (_MARGIN, top + _GAP), row.name, _NAME_SIZE, _LAMP if row.is_marked else _INK)
        for line, text in enumerate(block):
            _write(draw, (_MARGIN, top + _GAP + 36 + 24 * line), text, _TEXT_SIZE, _SOFT)
        for column, still in enumerate(row.stills):
            sheet.paste(still, (_MARGIN + _LABEL_WIDTH + column * (cell_width + _GAP), top + _GAP))
        top += height
    return sheet


def _texts(row: Row) -> list[str]:
    """The lines beside a row, none wider than there is room."""
    lines = [line for text in row.texts for line in _broken(text, _TEXT_SIZE, _LABEL_WIDTH - 16, _MOST_TEXT_LINES)]
    return lines[:_MOST_TEXT_LINES]


def _broken(text: str, size: int, width: int, most: int) -> Iterator[str]:
    """A text in lines: between words where there are any, else between signs, as Chinese is."""
    left = " ".join(text.split())
    for number in range(1, most + 1):
        if not left:
            return
        line = _fitting(left, size, width)
        if number == most and line != left:
            yield _fitting(left, size, width - size).rstrip() + "…"
            return
        left = left[len(line) :].lstrip()
        yield line.rstrip()


def _fitting(text: str, size: int, width: int) -> str:
    """As much of the text as goes into a line."""
    shown, font = letter(text, size)
    if font.getlength(shown) <= width:
        return text
    end = next(end for end in range(len(text), 0, -1) if end == 1 or font.getlength(shown[:end]) <= width)
    space = text.rfind(" ", 0, end + 1)
    return text[:space] if space > 0 else text[:end]


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int, colour: str) -> None:
    shown, font = letter(text, size)
    draw.text(place, shown, colour, font)
