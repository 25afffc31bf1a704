"""The vocabulary of `motions.yaml`, and a sentence as its words."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from i2v.domain.motion.spelling import count_slips

_FILE = Path(__file__).parents[1] / "motions.yaml"
_PLAIN_KINDS = (
    "still", "still_outright", "handheld", "camera", "picture", "not", "then", "after", "before", "earlier", "and",
    "while", "together", "but", "or", "filler", "other",
)  # fmt: skip
_SIDES = ("left", "right", "up", "down", "clockwise", "counterclockwise")
_PIECES = re.compile(
    r"(?P<latin>[a-z0-9]+(?:[.][0-9]+)?(?:'[a-z]+)?(?:-[a-z0-9]+)*)|(?P<han>[㐀-鿿]+)"
    r"|(?P<space>(?<=[㐀-鿿]{3})\s+(?=[㐀-鿿]{3}))"
    r"|(?P<stop>[.!?;。！？；\n]+)|(?P<and>[&+、])|(?P<comma>[^\s\w&+'-]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Group:
    """Verbs that take their direction from a word beside them; `motions.yaml` explains the fields."""

    name: str
    grip: str
    means: Mapping[str, str]
    of_picture: Mapping[str, str]
    alone: Mapping[str, str]
    without: str
    when: str


@dataclass(frozen=True)
class Verb:
    """A word for a move: of a group, in one of the forms `base`, `finite`, `gerund`, or complete in itself.

    `turns` is what a direction beside a complete one asks for.
    """

    group: Group | None = None
    form: str = "base"
    grip: str = ""
    moves: tuple[str, ...] = ()
    turns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
    """A word or phrase of the sentence: what kind it is and where it stands (`start` to `end`)."""

    kind: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Lexicon:
    """Every phrase of the vocabulary with its kind and value."""

    entries: Mapping[str, tuple[str, Any]]
    groups: Mapping[str, Group]
    traditional: Mapping[int, str]
    misspelt: Mapping[str, str]
    often_misspelt: tuple[str, ...]
    longest_words: int
    longest_signs: int


def expand(pattern: str) -> list[str]:
    """`ab(c|d|)` as `abc`, `abd` and `ab`."""
    parts = [part.split("|") for part in re.split(r"[()]", pattern)]
    return [" ".join("".join(choice).split()) for choice in itertools.product(*parts)]


def inflect(verb: str) -> dict[str, list[str]]:
    """The forms of an English verb by the rules of spelling; the finite ones are third person and past."""
    stem = verb.removesuffix("e")
    if len(re.findall(r"[aeiouy]+", verb)) == 1 and re.search(r"[^aeiou][aeiou][bdgmnprt]$", verb):
        stem = verb + verb[-1]
    consonant_y = re.search(r"[^aeiou]y$", verb)
    third = verb[:-1] + "ies" if consonant_y else verb + ("es" if verb.endswith(("sh", "ch", "o", "ss", "x")) else "s")
    past = verb[:-1] + "ied" if consonant_y else stem + "ed"
    return {"base": [verb], "finite": [third, past], "gerund": [stem + "ing"]}


@cache
def lexicon() -> Lexicon:
    """The vocabulary, read once.

    Raises:
        ValueError: `motions.yaml` gives one phrase two meanings.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(_FILE.read_text("utf-8"), Loader=loader)
    groups = {
        name: Group(
            name=name,
            grip=fields["grip"],
            means=fields["means"],
            of_picture=fields.get("of_picture", fields["means"]),
            alone=fields.get("alone", {}),
            without=fields.get("without", ""),
            when=fields.get("when", ""),
        )
        for name, fields in data["groups"].items()
    }
    entries: dict[str, tuple[str, Any]] = {}
    for kind, value, pattern in _entries(data, groups):
        for phrase in expand(pattern):
            if entries.setdefault(phrase, (kind, value)) != (kind, value):
                raise ValueError(f"motions.yaml has {phrase!r} both as {entries[phrase]} and as {(kind, value)}")
    return Lexicon(
        entries,
        groups,
        {ord(sign): simple for sign, simple in data["traditional"].split()},
        misspelt=data["misspelt"],
        often_misspelt=tuple(data["often_misspelt"]),
        longest_words=max(len(phrase.split()) for phrase in entries),
        longest_signs=max(len(phrase) for phrase in entries if not phrase.isascii()),
    )


def _entries(data: Mapping[str, Any], groups: Mapping[str, Group]) -> Iterator[tuple[str, Any, str]]:
    """(kind, value, pattern) of everything in `motions.yaml`."""
    for kind in _PLAIN_KINDS:
        yield from ((kind, None, pattern) for pattern in data[kind])
    for name in ("determiner", "attributive"):
        yield from (("filler", name, pattern) for pattern in data[name])
    for direction, patterns in data["directions"].items():
        yield from (("direction", direction, pattern) for pattern in patterns)
    for pace in ("speed", "strength"):
        for amount, patterns in data[pace].items():
            yield from ((pace, float(amount), pattern) for pattern in patterns)
    for group, verbs in data["verbs"].items():
        for verb in verbs:
            for form, spellings in inflect(verb).items():
                yield from (("verb", Verb(groups[group], form), spelling) for spelling in spellings)
            odd = data["odd_forms"]["finite"].get(verb)
            if odd:
                yield "verb", Verb(groups[group], "finite"), odd
            yield from (
                ("verb", Verb(groups[group]), noun) for noun, root in data["odd_forms"]["noun"].items() if root == verb
            )
    for group, verbs in data["verbs_zh"].items():
        yield from (("verb", Verb(groups[group]), verb) for verb in verbs)
    yield from _fixed_entries(data["fixed"], groups)


def _fixed_entries(
    fixed: Mapping[str, Mapping[str, list[str]]], groups: Mapping[str, Group]
) -> Iterator[tuple[str, Any, str]]:
    """(kind, value, pattern) of the verbs that carry their direction."""
    for names, grips in fixed.items():
        moves = tuple(names.split(", "))
        for grip, patterns in grips.items():
            yield from (
                ("verb", Verb(None, "base", grip, moves, _turns(moves[0], groups)), pattern) for pattern in patterns
            )


def _turns(move: str, groups: Mapping[str, Group]) -> dict[str, str]:
    """What a direction means beside the move: one of its own kind, or else a pan or tilt on top of it."""
    means = {**groups["pan"].means, **(groups[kind].means if (kind := move.split()[0]) in ("roll", "orbit") else {})}
    return {side: means[side] for side in _SIDES if side in means}


def tokenise(sentence: str, vocabulary: Lexicon | None = None) -> tuple[str, list[Token]]:
    """The sentence in normal form (NFKC, simplified signs, straight apostrophes) and its tokens, longest phrase first.

    Words that are not in the vocabulary are of kind `word`, ends of sentences `stop`, other marks `comma`.

    Args:
        sentence: in English or Chinese or both.
        vocabulary: of a reader that knows more than camera moves; `lexicon()` if None.
    """
    known = vocabulary or lexicon()
    text = unicodedata.normalize("NFKC", sentence).translate(known.traditional).translate({0x2019: "'"})
    for wrong, right in known.misspelt.items():
        text = text if wrong.isascii() else text.replace(wrong, right)  # as long as what it stands for
    tokens: list[Token] = []
    run: list[tuple[str, int, int]] = []
    for piece in _PIECES.finditer(text):
        kind, word, start, end = str(piece.lastgroup), piece.group().lower(), piece.start(), piece.end()
        if kind == "latin":
            parts = [word] if word in known.entries else word.split("-")
            for part in parts:
                run.append((_respell(part, known), start, start + len(part)))
                start += len(part) + 1
            continue
        tokens += _latin_tokens(run, known)
        run = []
        # In Chinese a space between phrases stands for a comma.
        mark = "comma" if kind == "space" else kind
        tokens += _han_tokens(word, start, known) if kind == "han" else [Token(mark, None, start, end)]
    return text, [*tokens, *_latin_tokens(run, known)]


def _respell(word: str, known: Lexicon) -> str:
    """The word that was meant, for slips in words about the camera that stand for nothing else."""
    if word in known.entries:
        return word
    return known.misspelt.get(word) or (_nearest(word, known.often_misspelt) if len(word) >= 5 else word)


@lru_cache(maxsize=4096)
def _nearest(word: str, others: tuple[str, ...]) -> str:
    alike = (other for other in others if abs(len(other) - len(word)) < 2 and other[0] == word[0])
    return next((other for other in alike if count_slips(word, other) == 1), word)


def _latin_tokens(run: list[tuple[str, int, int]], known: Lexicon) -> Iterator[Token]:
    """Tokens of neighbouring words, each (word, start, end)."""
    at = 0
    while at < len(run):
        for count in range(min(known.longest_words, len(run) - at), 0, -1):
            found = known.entries.get(" ".join(word for word, _, _ in run[at : at + count]))
            if found or count == 1:
                kind, value = found or ("filler" if run[at][0].isdigit() else "word", None)
                yield Token(kind, value, run[at][1], run[at + count - 1][2])
                at += count
                break


def _han_tokens(signs: str, start: int, known: Lexicon) -> Iterator[Token]:
    """Tokens of Chinese signs, which have no spaces between words."""
    at = 0
    while at < len(signs):
        for count in range(min(known.longest_signs, len(signs) - at), 0, -1):
            found = known.entries.get(signs[at : at + count])
            if found or count == 1:
                kind, value = found or ("word", None)
                yield Token(kind, value, start + at, start + at + count)
                at += count
                break
