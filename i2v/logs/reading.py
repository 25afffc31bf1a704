"""Reading a log that is being written: its end first, then what comes, over the change from file to file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from i2v.logs.files import log_files, run_of

ANSWER_BYTES, FOLLOW_BYTES = 64 << 10, 1 << 20


@dataclass(frozen=True)
class Passage:
    """Whole lines of a log, and where the next one begins: `<file>:<byte>`.

    `is_cut` says that lines before these are left out: they are gone, or there are too many.
    """

    lines: tuple[str, ...]
    next: str | None
    is_cut: bool


class LogReader:
    """The log of a run and of those before it, so that a restart hides nothing; a later one is another program's.

    Files are named by our own listing, never by who asks.
    """

    def __init__(self, folder: Path, run: str | None) -> None:
        self._folder, self._run = folder, run

    def read(self, after: str | None = None, limit_bytes: int = ANSWER_BYTES) -> Passage:
        """What stands after a place in the log, or its end; about `limit_bytes` at most.

        Args:
            after: `next` of an earlier passage; a place that is not there (any more) is as none.
            limit_bytes: longer than any line.
        """
        files = self._files()
        name, _, digits = (after or "").rpartition(":")
        numbers = [number for number, path in enumerate(files) if path.name == name]
        if not files or not numbers or not (digits.isascii() and digits.isdigit() and len(digits) < 16):
            return self._end(files, limit_bytes, is_asked=after is not None)
        return self._onwards(files[numbers[0] :], int(digits), limit_bytes)

    def _files(self) -> list[Path]:
        return [path for path in log_files(self._folder) if run_of(path) <= (self._run or "")]

    def _end(self, files: list[Path], limit_bytes: int, *, is_asked: bool) -> Passage:
        lines: tuple[str, ...] = ()
        place, left, is_cut = None, limit_bytes, False
        for path in reversed(files):
            size = _size(path)
            begin = max(0, size - left)
            earlier, end = _lines(path, begin, left)
            is_cut = begin > 0 or (is_cut and not earlier)
            lines = (*(earlier[1:] if begin else earlier), *lines)
            place = place or f"{path.name}:{end}"
            left -= size
            if left <= 0:
                is_cut = is_cut or path != files[0]
                break
        return Passage(lines, place, is_cut or is_asked)

    def _onwards(self, files: list[Path], begin: int, limit_bytes: int) -> Passage:
        lines: list[str] = []
        place = f"{files[0].name}:{begin}"
        for path in files:
            more, end = _lines(path, begin, limit_bytes)
            lines += more
            place = f"{path.name}:{end}"
            limit_bytes -= end - begin
            if limit_bytes <= 0 or end < _size(path):
                break
            begin = 0
        return Passage(tuple(lines), place, is_cut=False)


def last_lines(files: list[Path], count: int) -> tuple[list[str], int]:
    """The last lines of files that follow one another, and the byte where the next one of the last file begins."""
    lines, end = _lines(files[-1], 0, _size(files[-1]))
    for path in reversed(files[:-1]):
        if len(lines) >= count:
            break
        lines = [*_lines(path, 0, _size(path))[0], *lines]
    return lines[max(0, len(lines) - count) :], end


def new_lines(path: Path, begin: int) -> tuple[list[str], int]:
    """Whole lines from a byte on, and the byte where the next one begins; an emptied file is read from its start."""
    return _lines(path, begin if begin <= _size(path) else 0, FOLLOW_BYTES)


def _lines(path: Path, begin: int, limit_bytes: int) -> tuple[list[str], int]:
    """A line that is still being written is left for later."""
    try:
        with path.open("rb") as file:
            file.seek(begin)
            data = file.read(max(limit_bytes, 0))
    except OSError:
        return [], begin  # swept away in the meantime
    whole = data[: data.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), begin + len(whole)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
