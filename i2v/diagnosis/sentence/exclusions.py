"""What a sentence does not want: out of it, and in the words of a negative prompt."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from i2v.diagnosis.sentence.deeds import clause_of
from i2v.diagnosis.sentence.faults import Fault, find_negation
from i2v.diagnosis.sentence.kinds import HEADS, LINKS
from i2v.diagnosis.sentence.reading import Reading, read_sentence, said
from i2v.diagnosis.sentence.vocabulary import Noun, vocabulary

MOST = 12
"""How many are taken out before the rest is left as it is."""
_LISTED = ("noun", "word", "plain", "other", "abstract", "violent")
_LEAD = re.compile(
    r"^(?:(?:any|an?|the|more|be|else|add|adding|show|showing|include|including|have|having|put|insert)\s+|"
    r"有任何|有|出现|任何|看到|拍到|添加|加入|加上)(?=.)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:please|whatsoever|anywhere|at all|in (?:it|the (?:shot|picture|frame|video|image|background)))$",
    re.IGNORECASE,
)
_ADDS = re.compile(r"\s*(?:any|add|show|includ|hav|put|insert)", re.IGNORECASE)
_OF_DEEDS = (
    "not", "don't", "dont", "do not", "does not", "doesn't", "never", "won't", "will not", "shouldn't", "wouldn't",
    "couldn't", "didn't", "isn't", "aren't", "is not", "are not", "instead of", "rather than", "nothing", "nobody",
    "no one", "none",
)  # fmt: skip
"""Negations of what somebody does; what follows them is a thing only where it is added or shown."""


@dataclass(frozen=True)
class Exclusions:
    """The sentence without them, all of their words, and of these what a negative prompt takes."""

    rest: str
    words: tuple[str, ...]
    unwanted: tuple[str, ...]


def take_out_exclusions(reading: Reading, cut: Callable[[str, tuple[int, int]], str]) -> Exclusions:
    """One after the other, the rest read again each time.

    Args:
        reading: the sentence.
        cut: takes a range of characters out of a text.
    """
    words: list[str] = []
    things: list[str] = []
    for _ in range(MOST):
        fault = next(find_negation(reading), None)
        if fault is None or fault.other is None:
            break
        start, end = _range(reading, fault)
        found = _listed(reading, fault, end)
        words += found or [fault.words]
        if start == fault.other[0] and _is_thing(reading, fault):
            things += [each for each in found if _in_english(each).isascii()]
        rest = cut(reading.typed, (start, end))
        if rest == reading.typed:
            break
        reading = read_sentence(rest)
    unwanted = dict.fromkeys(map(_in_english, things))
    return Exclusions(reading.typed, tuple(dict.fromkeys(things or words)), tuple(unwanted))


def _range(reading: Reading, fault: Fault) -> tuple[int, int]:
    """What goes: of a deed that is not to be its whole clause, of a list of things all of them."""
    assert fault.other is not None
    tokens = reading.tokens
    place = next(at for at, token in enumerate(tokens) if token.end > fault.other[0])
    first, last = clause_of(tokens, place)
    if _is_of_deed(reading, first, place):
        return tokens[first].start, fault.other[1]
    return fault.other[0], max(fault.other[1], _end_of_list(reading, last))


def _is_of_deed(reading: Reading, first: int, place: int) -> bool:
    """ "The dog does not move", 猫不跑: not "without people"."""
    if said(reading, reading.tokens[place]).lower() in ("no", "without", "没有", "无"):
        return False
    kinds = {token.kind for token in reading.tokens[first:place]}
    return bool(kinds & set(HEADS)) and not kinds & {"action", "verb"}


def _end_of_list(reading: Reading, last: int) -> int:
    """ "No people, birds or text": where what follows up to the end is nothing but names."""
    end, tokens = reading.tokens[last].end, reading.tokens
    at = last + 1
    while at < len(tokens):
        if tokens[at].kind not in ("comma", "and", "or") or said(reading, tokens[at]).startswith("一"):
            break
        names = at + 1
        while names < len(tokens) and tokens[names].kind in _LISTED:
            names += 1
        is_end = names == len(tokens) or tokens[names].kind in LINKS
        if names == at + 1 and is_end and names < len(tokens):
            at = names
            continue  # ", or"
        if not is_end or names == at + 1:
            break
        if names == len(tokens) or tokens[names].kind == "stop":
            return tokens[names - 1].end
        at = names
    return end


def _is_thing(reading: Reading, fault: Fault) -> bool:
    """Whether it can be named as something that is not to be seen: no 不动, no "without stopping", no "nothing moves",
    but "do not add any birds".
    """
    place = next(at for at, token in enumerate(reading.tokens) if fault.where and token.start >= fault.where[0])
    token = reading.tokens[place]
    word = said(reading, token).lower()
    if token.kind != "not" or (word in _OF_DEEDS and not _ADDS.match(reading.typed[token.end :])):
        return False
    after = reading.tokens[place + 1] if place + 1 < len(reading.tokens) else None
    is_gerund = after is not None and after.kind == "action" and after.value.form == "gerund"
    return not (word == "without" and is_gerund)


def _listed(reading: Reading, fault: Fault, end: int) -> list[str]:
    """The things one by one."""
    assert fault.where is not None
    text = reading.typed[fault.where[1] : end]
    found = re.split(r"\s*[,，、;；]\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+|[和与或]者?", text)
    stripped = map(_bare, found)
    return [each for each in stripped if each]


def _bare(words: str) -> str:
    """ "People" of "add any people in the shot, please"."""
    bare = words.strip(" .。!！")
    while (shorter := _TAIL.sub("", _LEAD.sub("", bare))) != bare:
        bare = shorter
    return bare.strip()


def _in_english(words: str) -> str:
    """As the vocabulary has it, else as it stands."""
    if words.isascii():
        return words
    known = vocabulary().rendering["unwanted"]
    if words in known:
        return str(known[words])
    tokens = read_sentence(words).tokens
    names = [token.value.english for token in tokens if isinstance(token.value, Noun)]
    return " ".join(names) if len(names) == len(tokens) else words
