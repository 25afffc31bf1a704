"""Word classes of English, distilled from WordNet 3.0 by `python -m benchmarks.word_classes` (see NOTICE)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

UNKNOWN = ("?",)
_FILE = Path(__file__).with_name("wordnet.txt.gz")
_ENDINGS = (
    ("ies", ("y",), "s"), ("s", ("",), "s"), ("es", ("",), "s"), ("ing", ("", "e"), "ing"), ("ied", ("y",), "ed"),
    ("ed", ("", "e"), "ed"),
)  # fmt: skip
_WOULD_DOUBLE = re.compile("[^aeiou]*[aeiou][^aeiouwxy]")  # "rid" gives "ridding", so that "riding" is of "ride"


@lru_cache(maxsize=4096)
def classes_of(word: str) -> tuple[str, ...]:
    """What a word in lower case may be, the likeliest part of speech of its own form first.

    `v`, `n`, `adj` and `adv`, of verbs and nouns with the form (`base`, `s`, `ing`, `ed`) and WordNet's field of most
    of its uses: `ving:motion`, `nbase:animal`. Where more than a quarter of them are so, a verb has `MOT` for motion
    and `GO` for going from one place to another, and a noun `VEH` for what carries people or goods.
    """
    found: list[str] = []
    for lemma, form in stems(word):
        classes = list(_in_form(_table().get(lemma, ""), form))
        if form == "base" or not classes:
            found += classes
            continue
        return (*classes, *found) if form in ("ing", "ed") else (*found, *classes)
    return tuple(found) or UNKNOWN


def _in_form(known: str, form: str) -> Iterator[str]:
    for part in known.split():
        letter, _, field = part.partition(":")
        if letter == "v" or (letter == "n" and form in ("base", "s")):
            yield f"{letter}{form}:{field}"
        elif letter in ("adj", "adv") and form == "base":
            yield part


def stems(word: str) -> Iterator[tuple[str, str]]:
    """(lemma, form) that a word may come from, itself first."""
    yield word, "base"
    irregular = _table().get(f"{word}=")
    if irregular:
        yield irregular, "ing" if word.endswith("ing") else "s" if word.endswith("s") else "ed"
    for ending, others, form in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            bare = word[: -len(ending)]
            is_short = len(others) > 1 and _WOULD_DOUBLE.fullmatch(bare) is not None
            yield from ((bare + other, form) for other in (others[::-1] if is_short else others))
            if len(bare) > 3 and bare[-1] == bare[-2]:
                yield bare[:-1], form


def are_opposite(words: frozenset[str]) -> bool:
    """Whether two of the lemmas are antonyms: `open` and `close`."""
    return any(other in words for word in words for other in _table().get(f"{word}!", "").split())


@cache
def _table() -> dict[str, str]:
    """Of a lemma its classes, of `LEMMA!` its antonyms, of `FORM=` the verb that it is an odd form of."""
    lines = gzip.decompress(_FILE.read_bytes()).decode("ascii").splitlines()
    values: dict[str, str] = {}
    table = {}
    for line in lines:
        key, _, value = line.partition("\t")
        table[key] = values.setdefault(value, value)  # few different ones: each is kept once
    return table
