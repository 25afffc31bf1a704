"""A log is read while it is written: each line once, in order, over the change from file to file."""

from __future__ import annotations

from pathlib import Path

from i2v.logs.reading import ANSWER_BYTES, LogReader, last_lines

RUN = "20260101_000000"


def part(folder: Path, number: int) -> Path:
    return folder / (f"app_{RUN}.log" if number == 1 else f"app_{RUN}_{number:03}.log")


def write(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("\n".join(lines) + end)


def test_the_end_comes_first_and_then_what_is_new(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, RUN)
    write(part(tmp_path, 1), "a", "雨")
    first = reader.read()
    assert (first.lines, first.next, first.is_cut) == (("a", "雨"), f"app_{RUN}.log:6", False)
    assert reader.read(first.next).lines == ()
    write(part(tmp_path, 1), "half a", end="")
    assert reader.read(first.next).lines == ()
    write(part(tmp_path, 1), " line", "b")
    second = reader.read(first.next)
    assert second.lines == ("half a line", "b")
    assert reader.read(second.next).lines == ()


def test_reading_goes_on_over_parts_and_misses_nothing(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, RUN)
    write(part(tmp_path, 1), "a")
    place = reader.read().next
    write(part(tmp_path, 1), "b")
    write(part(tmp_path, 2), "c")
    write(part(tmp_path, 3), "d")
    passage = reader.read(place)
    assert passage.lines == ("b", "c", "d")
    assert passage.next == f"app_{RUN}_003.log:2"
    assert reader.read().lines == ("a", "b", "c", "d")


def test_a_reader_of_the_run_before_goes_on_in_the_next_and_a_later_run_is_none_of_it(tmp_path: Path) -> None:
    write(tmp_path / "app_20251231_235959.log", "before")
    place = LogReader(tmp_path, "20251231_235959").read().next
    write(part(tmp_path, 1), "now")
    write(tmp_path / "app_20260101_000001.log", "another program")
    reader = LogReader(tmp_path, RUN)
    assert reader.read(place).lines == ("now",)
    assert reader.read().lines == ("before", "now")


def test_an_answer_is_bounded_and_the_next_goes_on_where_it_ended(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, RUN)
    lines = [f"{number:05} " + "x" * 94 for number in range(3000)]
    write(part(tmp_path, 1), "begin")
    place = reader.read().next
    write(part(tmp_path, 1), *lines[:1500])
    write(part(tmp_path, 2), *lines[1500:])
    got: list[str] = []
    while (passage := reader.read(place)).lines:
        assert sum(len(line) + 1 for line in passage.lines) <= ANSWER_BYTES
        got += passage.lines
        place = passage.next
    assert got == lines
    end = reader.read()
    assert end.is_cut
    assert 600 < len(end.lines) < 660
    assert list(end.lines) == lines[-len(end.lines) :]


def test_places_that_are_not_there_give_the_end_and_say_that_something_is_missing(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, RUN)
    write(part(tmp_path, 2), "b")
    (tmp_path / "secret.txt").write_text("not for you\n")
    for after in ("", "x", f"app_{RUN}.log:0", "../secret.txt:0", "secret.txt:0", f"app_{RUN}_002.log:-1", "a:" + "9" * 99):
        passage = reader.read(after)
        assert (passage.lines, passage.is_cut) == (("b",), True), after
    assert reader.read(f"app_{RUN}_002.log:999").lines == ()


def test_without_a_log_there_is_nothing_to_read(tmp_path: Path) -> None:
    for reader in (LogReader(tmp_path, None), LogReader(tmp_path / "nowhere", RUN)):
        passage = reader.read()
        assert (passage.lines, passage.next, passage.is_cut) == ((), None, False)


def test_the_last_lines_reach_back_into_earlier_parts(tmp_path: Path) -> None:
    write(part(tmp_path, 1), "a", "b")
    write(part(tmp_path, 2), "c")
    files = [part(tmp_path, 1), part(tmp_path, 2)]
    assert last_lines(files, 2) == (["b", "c"], 2)
    assert last_lines(files, 0) == ([], 2)
    assert last_lines(files, 9) == (["a", "b", "c"], 2)
