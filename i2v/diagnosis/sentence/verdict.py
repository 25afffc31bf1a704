"""What is wrong with a sentence in the end: what the grammar finds, weighed by what labelled sentences teach."""

from __future__ import annotations

from i2v.diagnosis.sentence.contradictions import find_contradiction
from i2v.diagnosis.sentence.deeds import clause_of
from i2v.diagnosis.sentence.faults import (
    MOST_ACTIONS,
    Fault,
    find_hints,
    find_negation,
    find_no_motion,
    find_too_many,
    find_violent,
    span,
)
from i2v.diagnosis.sentence.kinds import LINKS
from i2v.diagnosis.sentence.learned.judge import verdict_of
from i2v.diagnosis.sentence.learned.record import record_of
from i2v.diagnosis.sentence.reading import Reading, said

_NO = ("no", "without", "不要", "没有", "无")
_MOST_THINGS = 2
HINTS = ("missing_direction", "missing_speed")
_SHOWN_BY = {
    "vague_motion": ("something", "motion"),
    "abstract": ("abstract",),
    "negation": ("not",),
    "violent": ("violent",),
    "missing_direction": ("action", "verb"),
    "missing_speed": ("action", "verb"),
}
"""Kinds of tokens that show a fault."""


def find_faults(reading: Reading, *, is_too_long: bool = False) -> list[Fault]:
    """The faults that are told; of those that follow from another only that other is."""
    found = by_grammar(reading, is_too_long=is_too_long)
    code = verdict_of(reading.text, record_of(reading, codes_by_grammar(reading, is_too_long=is_too_long)))
    if code is None:
        return [fault for fault in found if _is_of_a_thing_alone(reading, fault)]
    return [fault for fault in found if fault.code == code] or [_pointed(code, reading)]


def _is_of_a_thing_alone(reading: Reading, fault: Fault) -> bool:
    """ "…, no text": a clause of nothing but a "no" and things that may be seen; nothing weighs against that."""
    if fault.code != "negation" or fault.where is None:
        return False
    place = next(at for at, token in enumerate(reading.tokens) if token.end > fault.where[0])
    first, last = clause_of(reading.tokens, place)
    things = reading.tokens[place + 1 : last + 1]
    is_no = said(reading, reading.tokens[place]).lower() in _NO
    return (
        is_no and first == place and 0 < len(things) <= _MOST_THINGS and all(token.kind == "noun" for token in things)
    )


def _pointed(code: str, reading: Reading) -> Fault:
    """A fault that the grammar does not find, with the words that come nearest to showing it, if any do."""
    if code == "too_many_actions":
        ends = [token.start for token in reading.tokens if token.kind in LINKS][MOST_ACTIONS - 1 :]
        where = (ends[0], len(reading.text)) if ends else None
        return Fault(code, where, other=where)
    shown = [token for token in reading.kinds(*_SHOWN_BY.get(code, ())) if not reading.is_aside(token)]
    if not shown:
        return Fault(code)
    return Fault(code, span(shown[0]), "" if code == "negation" else said(reading, shown[0]))


def codes_by_grammar(reading: Reading, *, is_too_long: bool = False) -> list[str]:
    """What the grammar alone says, as `Record.codes` has it."""
    codes = [fault.code for fault in by_grammar(reading, is_too_long=is_too_long)]
    return ["too_long", *codes] if is_too_long else codes


def by_grammar(reading: Reading, *, is_too_long: bool = False) -> list[Fault]:
    """What the grammar alone finds: faults, or else hints."""
    found = list(find_contradiction(reading)) or [*find_negation(reading), *find_violent(reading)]
    still = list(find_no_motion(reading))
    if not found or (still and all(fault.code == "negation" for fault in found)):
        found = still  # a "no" beside a wish for nothing in particular is not what is wrong with it
    if not found and not is_too_long:
        found = list(find_too_many(reading))
    return found or list(find_hints(reading))
