"""What a word that nobody here knows was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from i2v.diagnosis.sentence.vocabulary import Action, vocabulary
from i2v.domain.motion.spelling import count_slips

SHORTEST = 5
"""Letters below which a slip cannot be told from another word."""
LONG = 8
"""Letters from which two slips are forgiven in a word for a pace."""
_PACES = ("pace", "speed", "strength")
_KINDS = (*_PACES, "action", "noun", "camera", "picture", "direction")


@lru_cache(maxsize=4096)
def meant_by(word: str) -> str | None:
    """The word of the vocabulary that lies nearest, None where none is near enough.

    One slip (a letter too many, too few, another or two swapped) is forgiven, in a long word for a pace two; of two
    words equally near that with the same first letter is meant.
    """
    if len(word) < SHORTEST or not word.isalpha() or not word.isascii() or _is_known(word):
        return None
    if word.endswith("ed"):
        return None
    near = sorted({(count_slips(word, other), other[0] != word[0], other) for other in _candidates(word)})
    if not near:
        return None
    slips, _, other = near[0]
    most = 2 if len(word) >= LONG and vocabulary().lexicon.entries[other][0] in _PACES else 1
    return other if slips <= most else None


def _is_known(word: str) -> bool:
    words = vocabulary()
    if word in words.lists["spelt"]:
        return True
    known = words.lexicon.entries
    stems = (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ly"), word.removesuffix("d"))
    return any(stem in known or stem in words.lists["things"] or stem in words.lists["qualities"] for stem in stems)


def _candidates(word: str) -> Iterator[str]:
    """Words of about the same length that share a beginning or an end."""
    by_shape = shapes()
    for key in {(word[:2], ""), ("", word[-2:]), (word[0] + word[2], "swap")}:
        for other in by_shape.get(key, ()):
            if abs(len(other) - len(word)) <= 2:
                yield other


@cache
def shapes() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for phrase, (kind, value) in vocabulary().lexicon.entries.items():
        if kind in _KINDS and phrase.isascii() and phrase.isalpha() and len(phrase) >= SHORTEST:
            if isinstance(value, Action) and value.form == "past":
                continue
            for key in ((phrase[:2], ""), ("", phrase[-2:]), (phrase[0] + phrase[2], "swap")):
                found.setdefault(key, []).append(phrase)
    return found
