"""Motion in one line, for tables: `zoom in + handheld | pan left` is two segments."""

from __future__ import annotations

from i2v.domain.motion import read_motion


def moves_of(sentence: str) -> str:
    """What the sentence asks of the camera, `-` where it asks for nothing."""
    segments = read_motion(sentence).segments
    return " | ".join(" + ".join(f"{m.kind} {m.direction}".strip() for m in s.moves) for s in segments) or "-"


def rows(table: str) -> list[tuple[str, str]]:
    """(sentence, moves) of a table with `sentence -> moves` on each line."""
    pairs = (line.rsplit("->", 1) for line in table.strip().splitlines() if line.strip())
    return [(sentence.strip(), moves.strip()) for sentence, moves in pairs]
