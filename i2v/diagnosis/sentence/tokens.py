"""How many pieces of a sentence the text encoder takes in, by the model's own tokenizer or by a rule of thumb."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LIMIT = 77
"""Positions of the CLIP text encoder; the first and the last are taken by its own marks."""

LONG_WORD = 10
_PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE)


@dataclass(frozen=True)
class Length:
    """Pieces of a sentence, marks included; `fits_until` is where in the sentence the encoder stops reading."""

    tokens: int
    fits_until: int
    is_exact: bool

    @property
    def is_too_long(self) -> bool:
        return self.tokens > LIMIT


def measure_length(sentence: str, tokenizer_folder: Path | None) -> Length:
    """Counts as the model does where its `merges.txt` is, else as most sentences come out.

    The rule of thumb: a word of up to ten letters, a digit and a run of punctuation marks are one piece each; a longer
    word has one more for every ten letters, a Chinese sign two.
    """
    count = _counter(tokenizer_folder) if tokenizer_folder else _guess
    used, until = 2, len(sentence)
    for piece in _PIECES.finditer(sentence):
        used += count(piece.group().lower())
        if used > LIMIT and until == len(sentence):
            until = piece.start()
    return Length(used, until, tokenizer_folder is not None)


def _guess(word: str) -> int:
    han = sum("\u3400" <= sign <= "\u9fff" for sign in word)
    rest = len(word) - han
    return 2 * han + (-(-rest // LONG_WORD) if word[0].isalpha() else min(rest, 1))


@lru_cache(maxsize=2)
def _counter(folder: Path) -> Callable[[str], int]:
    """Byte-pair merges as CLIP's tokenizer applies them: the earliest learned pair first."""
    lines = (folder / "merges.txt").read_text("utf-8").splitlines()
    ranks = {tuple(line.split()): rank for rank, line in enumerate(lines[1:]) if line.strip()}
    signs = _byte_signs()

    def count(word: str) -> int:
        parts = [signs[byte] for byte in word.encode()]
        parts[-1] += "</w>"
        while len(parts) > 1:
            rank, at = min((ranks.get(pair, len(ranks)), at) for at, pair in enumerate(itertools.pairwise(parts)))
            if rank == len(ranks):
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return len(parts)

    return count


def _byte_signs() -> dict[int, str]:
    """The printable sign that stands for each byte in the tokenizer's files."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}
