"""The words of `words/`, put on top of those for camera moves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from i2v.domain.motion.lexicon import Lexicon, expand, inflect, lexicon

_FOLDER = Path(__file__).with_name("words")
# Of one phrase in several lists the first counts.
_LISTS = {
    "not_negations": "plain", "plain": "plain", "negations": "not", "someone_vague": "something",
    "someone": "someone", "motion_nouns": "motion", "violent": "violent", "paths": "path",
}  # fmt: skip

# Lists that are used as they are.
_PLAIN_LISTS = (
    "things", "qualities", "no_actions", "no_adverbs", "foreign", "request", "lasting", "shut", "wide_open",
    "paced_verbs", "aimless", "feelings", "filmed", "calm", "be", "determiners", "pronouns", "plural_determiners",
    "plurals", "prepositions", "makers", "modals", "pace_adjectives", "other_adjectives", "stative",
    "complements", "lanes", "nounlike", "putting", "spelt", "small_signs",
    "ending_signs", "counting_signs", "thing_signs",
)  # fmt: skip
# What these may not take from the words about the camera.
_KEPT = {"noun": ("camera", "picture"), "path": ("direction",)}


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
        form: `base`, `finite`, `gerund` or `past`; Chinese verbs have none and count as `finite`.
    """

    english: str
    kind: str
    form: str = "finite"


@dataclass(frozen=True)
class Vocabulary:
    """The lexicon for tokens, and the lists that are no words of a sentence."""

    lexicon: Lexicon
    opposites: tuple[tuple[frozenset[str], frozenset[str]], ...]
    lists: Mapping[str, frozenset[str]]
    """`things`, `request` and the others that are used as they are, by their names."""
    wishes: re.Pattern[str]
    """How a sentence asks for a quality that no list has."""
    vague_wishes: re.Pattern[str]
    asides: re.Pattern[str]
    calmer: Mapping[str, str]
    suggestions: Mapping[str, list[str]]
    builder: Mapping[str, Any]
    rendering: Mapping[str, Any]
    chinese: Mapping[str, Mapping[str, str]]
    """The first Chinese word of an English one, among `nouns`, `verbs` and `environments`."""
    kinds: Mapping[str, str]
    """What an English verb is, as in `Action.kind`."""
    groups: Mapping[str, str]
    """Of a noun that moves otherwise than most of its kind, as what it moves."""
    odd_plurals: Mapping[str, str]


@cache
def vocabulary() -> Vocabulary:
    """All words, read once."""
    data = _data()
    own: dict[str, tuple[str, Any]] = {}
    base = lexicon()
    for phrase, kind, value in _entries(data):
        if base.entries.get(phrase, ("",))[0] in _KEPT.get(kind, ()):
            continue
        known = own.setdefault(phrase, (kind, value))
        if known[0] == "noun" and kind == "action":
            own[phrase] = ("either", (known[1], value))
    compounds = {phrase: ("plain", None) for phrase in data["compounds"]}
    entries = {**compounds, **base.entries, **own}
    return Vocabulary(
        lexicon=replace(
            base,
            entries=entries,
            longest_words=max(len(phrase.split()) for phrase in entries),
            longest_signs=max(len(phrase) for phrase in entries if not phrase.isascii()),
        ),
        opposites=tuple((frozenset(one), frozenset(other)) for one, other in data["opposites"]),
        lists={name: frozenset(data[name]) for name in _PLAIN_LISTS},
        wishes=_any_of(data["wishes"]),
        vague_wishes=_any_of(data["vague_wishes"]),
        asides=_any_of(data["asides"]),
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
        groups={noun: group for group, nouns in data["suggested_as"].items() for noun in nouns},
        odd_plurals=data["odd_plurals"],
    )


def third_person(verb: str) -> str:
    """`look around` as `looks around`."""
    first, _, rest = verb.partition(" ")
    return " ".join(filter(None, (inflect(first)["finite"][0], rest)))


def gerund(verb: str) -> str:
    """`look around` as `looking around`."""
    first, _, rest = verb.partition(" ")
    return " ".join(filter(None, (inflect(first)["gerund"][0], rest)))


def group_of(noun: str, kind: str) -> str:
    """As what something moves: a boat is a `vessel`, a dog one of its kind."""
    return vocabulary().groups.get(noun, kind)


def plural_of(noun: str) -> str:
    """`leaf` as `leaves`."""
    return vocabulary().odd_plurals.get(noun) or _plural(noun)


def _data() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        data |= yaml.load(path.read_text("utf-8"), Loader=loader)
    return data


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(phrase, kind, value) of everything that can stand in a sentence."""
    names = {name for nouns in data["nouns"].values() for words in nouns.values() for name in _split(words)}
    for name, kind in _LISTS.items():
        phrases = (phrase for pattern in data[name] for phrase in expand(pattern))
        yield from ((phrase, kind, None) for phrase in phrases if kind != "plain" or phrase not in names)
    yield from ((_plural(phrase), "plain", None) for phrase in data["plain"] if phrase.isascii())
    for verb in data["violent_verbs"]:
        yield from ((phrase, "violent", value) for phrase, _, value in _forms(verb, "act", None))
    for side, names in data["sides"].items():
        yield from ((name, "direction", side) for name in names)
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
    yield from ((phrase, "abstract", None) for pattern in data["abstract"] for phrase in expand(pattern))


def _forms(verb: str, kind: str, odd: str | None) -> Iterator[tuple[str, str, Any]]:
    first, _, rest = verb.partition(" ")
    for form, spellings in inflect(first).items():
        for spelling in spellings:
            own = "past" if spelling.endswith("ed") and form == "finite" else form
            yield " ".join(filter(None, (spelling, rest))), "action", Action(verb, kind, own)
    for spelling in (odd or "").split("|"):
        if spelling:
            yield spelling, "action", Action(verb, kind, "gerund" if spelling.endswith("ing") else "past")


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _plural(noun: str) -> str:
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def _first_words(*parts: Mapping[str, str]) -> dict[str, str]:
    return {english: _split(words)[0] for part in parts for english, words in part.items() if words}


def _split(words: str | None) -> list[str]:
    return words.split("|") if words else []
