"""The words of `vocabulary.yaml`, put on top of those for camera moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from i2v.domain.motion.lexicon import Lexicon, expand, inflect, lexicon

_FILE = Path(__file__).with_name("vocabulary.yaml")
# Of one phrase in several lists the first counts.
_LISTS = {
    "not_negations": "plain", "plain": "plain", "negations": "not", "someone_vague": "something",
    "someone": "someone", "motion_nouns": "motion", "violent": "violent", "abstract": "abstract", "paths": "path",
}  # fmt: skip


@dataclass(frozen=True)
class Noun:
    """Who or what; `kind` (person, animal, water …) says which motion suits it."""

    english: str
    kind: str


@dataclass(frozen=True)
class Action:
    """What somebody or something does.

    Attributes:
        english: the verb in its base form.
        kind: `travel` (wants a direction), `goal` (has one), `act`, `flow`, `change`, `still`, `vague`.
        form: `base`, `finite` or `gerund`; Chinese verbs have none and count as `finite`.
    """

    english: str
    kind: str
    form: str = "finite"


@dataclass(frozen=True)
class Vocabulary:
    """The lexicon for tokens, and the lists that are no words of a sentence."""

    lexicon: Lexicon
    swings: frozenset[str]
    opposites: tuple[tuple[str, str], ...]
    no_actions: frozenset[str]
    no_adverbs: frozenset[str]
    foreign: frozenset[str]
    calmer: Mapping[str, str]
    suggestions: Mapping[str, list[str]]
    builder: Mapping[str, Any]
    rendering: Mapping[str, Any]
    chinese: Mapping[str, Mapping[str, str]]
    """The first Chinese word of an English one, among `nouns`, `verbs` and `environments`."""
    kinds: Mapping[str, str]
    """What an English verb is, as in `Action.kind`."""


@cache
def vocabulary() -> Vocabulary:
    """All words, read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(_FILE.read_text("utf-8"), Loader=loader)
    own: dict[str, tuple[str, Any]] = {}
    for phrase, kind, value in _entries(data):
        known = own.setdefault(phrase, (kind, value))
        if known[0] == "noun" and kind == "action":
            own[phrase] = ("either", (known[1], value))
    base = lexicon()
    entries = {**base.entries, **own}
    return Vocabulary(
        lexicon=replace(
            base,
            entries=entries,
            longest_words=max(len(phrase.split()) for phrase in entries),
            longest_signs=max(len(phrase) for phrase in entries if not phrase.isascii()),
        ),
        swings=frozenset(data["swings"]),
        opposites=tuple((one, other) for one, other in data["opposites"]),
        no_actions=frozenset(data["no_actions"]),
        no_adverbs=frozenset(data["no_adverbs"]),
        foreign=frozenset(data["foreign"]),
        calmer=data["calmer"],
        suggestions=data["suggestions"],
        builder=data["builder"],
        rendering=data["rendering"],
        chinese={
            "nouns": _first_words(*data["nouns"].values()),
            "verbs": _first_words(*data["verbs"].values()),
            "environments": _first_words(data["environments"]),
        },
        kinds={verb: kind for kind, verbs in data["verbs"].items() for verb in verbs},
    )


def third_person(verb: str) -> str:
    """`look around` as `looks around`."""
    first, _, rest = verb.partition(" ")
    return " ".join(filter(None, (inflect(first)["finite"][0], rest)))


def gerund(verb: str) -> str:
    """`look around` as `looking around`."""
    first, _, rest = verb.partition(" ")
    return " ".join(filter(None, (inflect(first)["gerund"][0], rest)))


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(phrase, kind, value) of everything that can stand in a sentence."""
    for name, kind in _LISTS.items():
        yield from ((phrase, kind, None) for pattern in data[name] for phrase in expand(pattern))
    yield from ((_plural(phrase), "plain", None) for phrase in data["plain"] if phrase.isascii())
    for pace, patterns in data["paces"].items():
        yield from ((phrase, "pace", pace) for pattern in patterns for phrase in expand(pattern))
    for english, words in data["environments"].items():
        yield from ((phrase, "environment", english) for phrase in (english, *_split(words)))
    for kind, nouns in data["nouns"].items():
        for english, words in nouns.items():
            noun = Noun(english, kind)
            plural = data["odd_plurals"].get(english, _plural(english))
            yield from ((phrase, "noun", noun) for phrase in (english, plural, *_split(words)))
    for kind, verbs in data["verbs"].items():
        for english, words in verbs.items():
            yield from _forms(english, kind, data["odd_forms"].get(english))
            yield from ((phrase, "action", Action(english, kind)) for phrase in _split(words))


def _forms(verb: str, kind: str, odd: str | None) -> Iterator[tuple[str, str, Any]]:
    first, _, rest = verb.partition(" ")
    for form, spellings in inflect(first).items():
        # "Arms crossed", "a parked car": what ends in -ed tells how things are, not what they do.
        for spelling in (spelling for spelling in spellings if not spelling.endswith("ed") or form != "finite"):
            yield " ".join(filter(None, (spelling, rest))), "action", Action(verb, kind, form)
    if odd:
        yield odd, "action", Action(verb, kind, "gerund" if "ing" in odd else "finite")


def _plural(noun: str) -> str:
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def _first_words(*parts: Mapping[str, str]) -> dict[str, str]:
    return {english: _split(words)[0] for part in parts for english, words in part.items() if words}


def _split(words: str | None) -> list[str]:
    return words.split("|") if words else []
