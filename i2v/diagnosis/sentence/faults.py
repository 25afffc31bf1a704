"""What is wrong with a sentence, each fault with the characters that show it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from i2v.diagnosis.sentence.reading import LINKS, Deed, Reading, clause_of, concrete, said, undirected_camera
from i2v.diagnosis.sentence.vocabulary import vocabulary
from i2v.domain.motion.lexicon import Token

MOST_ACTIONS = 3
"""What sixteen frames, one to two seconds, can show one after the other."""

_OPPOSITE_SIDES = ({"left", "right"}, {"up", "down"}, {"in", "out"}, {"in", "back"}, {"clockwise", "counterclockwise"})


@dataclass(frozen=True)
class Fault:
    """A fault by its code; `where` are the characters that show it, `other` those that can go."""

    code: str
    where: tuple[int, int] | None = None
    words: str = ""
    other: tuple[int, int] | None = None


def span(*tokens: Token) -> tuple[int, int]:
    """Characters from the first token to the last."""
    return tokens[0].start, tokens[-1].end


def find_no_motion(reading: Reading) -> Iterator[Fault]:
    """Nothing moves, or all that is said is that something does."""
    if concrete(reading) or reading.moves or undirected_camera(reading):
        return
    general = [token for token in reading.tokens if token.kind in ("something", "motion") or _is_vague_verb(token)]
    with_motion = bool(reading.kinds("picture")) and all(_is_with(reading, token) for token in general)
    if general and not with_motion:
        yield Fault("vague_motion", span(general[0]), said(reading, general[0]))
    else:
        yield Fault("no_motion")


def _is_vague_verb(token: Token) -> bool:
    return token.kind == "action" and token.value.kind != "still"


def _is_with(reading: Reading, token: Token) -> bool:
    """ "A nice photo with movement" describes a photo."""
    at = reading.tokens.index(token)
    return token.kind == "motion" and at > 0 and said(reading, reading.tokens[at - 1]).lower() == "with"


def find_abstract(reading: Reading) -> Iterator[Fault]:
    """Words about how the clip is to please."""
    found = reading.kinds("abstract")
    if found:
        words = ", ".join(dict.fromkeys(said(reading, token) for token in found))
        yield Fault("abstract", span(found[0]), words)


def find_violent(reading: Reading) -> Iterator[Fault]:
    """Force that a short clip cannot follow."""
    found = reading.kinds("violent")
    if found:
        words = ", ".join(dict.fromkeys(said(reading, token) for token in found))
        yield Fault("violent", span(found[0]), words)


def find_negation(reading: Reading) -> Iterator[Fault]:
    """What is not to be: the encoder reads the words and leaves out the "no"."""
    for place, token in enumerate(reading.tokens):
        if token.kind == "not":
            last = clause_of(reading.tokens, place)[1]
            words = reading.text[token.end : reading.tokens[last].end].strip()
            yield Fault("negation", span(token), words, (token.start, reading.tokens[last].end))
            return


def find_contradiction(reading: Reading, *, is_for_camera: bool = False) -> Iterator[Fault]:
    """Two wishes that exclude each other at the same time; one fault is enough to say.

    The camera engine does "left and right" one after the other; only what it itself gives up is told of it.
    """
    found = next(_of_camera(reading), None)
    if not found and not is_for_camera:
        found = next(_contradictions(reading), None)
    if found:
        yield found


def _of_camera(reading: Reading) -> Iterator[Fault]:
    for one in reading.motion.contradictions:
        at = reading.text.rfind(one.dropped)
        where = (at, at + len(one.dropped)) if at >= 0 else None
        yield Fault("contradiction", where, f"{one.kept} / {one.dropped}", _still_clause(reading, at) or where)


def _still_clause(reading: Reading, at: int) -> tuple[int, int] | None:
    """The clause that wants the camera still, where it is that which has to go."""
    for place, token in enumerate(reading.tokens):
        is_still = token.kind in ("still", "still_outright") or (token.kind == "action" and token.value.kind == "still")
        if token.start == at and is_still:
            first, last = clause_of(reading.tokens, place)
            return span(reading.tokens[first], reading.tokens[last])
    return None


def _contradictions(reading: Reading) -> Iterator[Fault]:
    yield from _opposite_moves(reading)
    yield from _opposite_sides(reading)
    yield from _opposite_paces(reading)
    yield from _still_and_moving(reading)
    yield from _opposite_deeds(reading)


def _opposite_moves(reading: Reading) -> Iterator[Fault]:
    """ "Zoom in and out", unless one follows the other."""
    if reading.kinds("then", "stop", "after", "before", "earlier", "comma"):
        return
    for first, second in itertools.pairwise(reading.moves):
        if first.contradicts(second):
            at = reading.text.rfind(second.words)
            yield Fault(
                "contradiction",
                (at, at + len(second.words)),
                f"{first.words} / {second.words}",
                (at, at + len(second.words)),
            )


def _opposite_sides(reading: Reading) -> Iterator[Fault]:
    """ "Left and right" of one verb, unless it swings or one follows the other."""
    for first, second in _pairs(reading, ("direction",)):
        values = {str(first.value), str(second.value)}
        if values not in _OPPOSITE_SIDES or _is_swing(reading, first, second):
            continue
        yield Fault("contradiction", span(second), f"{said(reading, first)} / {said(reading, second)}", span(second))


def _is_swing(reading: Reading, first: Token, second: Token) -> bool:
    """Whether the motion between goes to and fro, or two subjects do one each."""
    at, to = reading.tokens.index(first), reading.tokens.index(second)
    between = [deed for deed in reading.deeds if at < deed.place < to]
    before = [deed for deed in reading.deeds if deed.place < at]
    if any(token.kind in ("noun", "camera", "picture") for token in reading.tokens[at + 1 : to]):
        subjects = {deed.subject for deed in [*before[-1:], *between]}
        if len(subjects) > 1 or not before:
            return True
    return bool(before) and not before[-1].is_camera and before[-1].action.english in vocabulary().swings


def _opposite_paces(reading: Reading) -> Iterator[Fault]:
    for first, second in _pairs(reading, ("pace",)):
        if {first.value, second.value} == {"slow", "fast"} and not _are_two(reading, first, second):
            words = f"{said(reading, first)} / {said(reading, second)}"
            yield Fault("contradiction", span(second), words, span(second))


def _are_two(reading: Reading, first: Token, second: Token) -> bool:
    """Whether someone else is named between: each has a pace of their own."""
    at, to = reading.tokens.index(first), reading.tokens.index(second)
    return any(token.kind in ("noun", "camera", "picture", "verb", "someone") for token in reading.tokens[at + 1 : to])


def _still_and_moving(reading: Reading) -> Iterator[Fault]:
    """ "Stands completely still while running": one subject only, and the camera's standing still is its own."""
    for still in reading.kinds("still"):
        at = reading.tokens.index(still)
        first, last = clause_of(reading.tokens, at)
        if any(token.kind in ("camera", "handheld") for token in reading.tokens[first : last + 1]):
            continue
        moving = [deed for deed in concrete(reading) if not deed.is_camera]
        subjects = {token.value for token in reading.tokens if token.kind == "noun" and _is_mover(reading, token)}
        beside = reading.tokens[max(0, at - 1) : at + 3]
        before = [token for token in (*reading.tokens[:at], *beside) if token.kind == "noun"]
        if moving and len(subjects) <= 1 and before and not reading.kinds("then"):
            deed = reading.tokens[moving[0].place]
            yield Fault("contradiction", span(still), f"{said(reading, still)} / {said(reading, deed)}", span(still))


def _is_mover(reading: Reading, token: Token) -> bool:
    return any(deed.subject == token.value for deed in reading.deeds)


def _opposite_deeds(reading: Reading) -> Iterator[Fault]:
    """ "Opens and closes at the same time" """
    if not reading.kinds("together", "while"):
        return
    by_verb = {deed.action.english: deed for deed in reversed(reading.deeds)}
    for one, other in vocabulary().opposites:
        if one in by_verb and other in by_verb and by_verb[one].subject == by_verb[other].subject:
            first, second = sorted((by_verb[one].place, by_verb[other].place))
            tokens = reading.tokens[first], reading.tokens[second]
            words = f"{said(reading, tokens[0])} / {said(reading, tokens[1])}"
            yield Fault("contradiction", span(tokens[1]), words, span(tokens[1]))


def _pairs(reading: Reading, kinds: tuple[str, ...]) -> Iterator[tuple[Token, Token]]:
    """Neighbours of a kind with no "then" between them."""
    last: Token | None = None
    for token in reading.tokens:
        if token.kind in ("then", "stop", "after", "before", "earlier"):
            last = None
        elif token.kind in kinds:
            if last is not None:
                yield last, token
            last = token


def find_too_many(reading: Reading) -> Iterator[Fault]:
    """More than a second or two can show; what flows in the background counts for little, a "then" for more."""
    deeds = _distinct(concrete(reading))
    moves = len({(move.kind, move.direction) for move in reading.moves})
    acts = [deed for deed in deeds if deed.action.kind != "flow"]
    is_sequence = bool(reading.kinds("then"))
    count = len(deeds) + moves
    clauses = 1 + len(reading.kinds("comma", "and", "then"))
    is_listed = clauses > MOST_ACTIONS + 1 and len(acts) > 1
    is_crowded = is_listed or len(acts) > MOST_ACTIONS or moves > MOST_ACTIONS or count > 2 * MOST_ACTIONS - 1
    if is_crowded or (is_sequence and len(acts) + moves >= MOST_ACTIONS):
        cut = _third(reading, deeds)
        yield Fault("too_many_actions", (cut, len(reading.text)), str(count), (cut, len(reading.text)))


def _distinct(deeds: list[Deed]) -> list[Deed]:
    return list({(deed.action.english, deed.subject): deed for deed in reversed(deeds)}.values())[::-1]


def _third(reading: Reading, deeds: list[Deed]) -> int:
    """Where the clause of the third action begins, its connective included."""
    places = sorted(
        {deed.place for deed in deeds} | {at for at, token in enumerate(reading.tokens) if token.kind == "verb"}
    )
    place = places[2] if len(places) > 2 else len(reading.tokens) - 1
    links = [token for token in reading.tokens[:place] if token.kind in LINKS]
    return links[-1].start if links else reading.tokens[place].start


def find_hints(reading: Reading) -> Iterator[Fault]:
    """A direction or a pace that the model would have to guess."""
    camera = undirected_camera(reading)
    lost = [
        deed
        for deed in concrete(reading)
        if deed.action.kind == "travel" and not deed.is_directed and not deed.is_camera
    ]
    if camera:
        yield Fault("missing_direction", span(camera), said(reading, camera))
    elif lost:
        token = reading.tokens[lost[0].place]
        yield Fault("missing_direction", span(token), said(reading, token))
    paced = [deed for deed in concrete(reading) if deed.action.kind in ("travel", "goal")]
    verbs = [token for token in reading.tokens if token.kind == "verb"]
    if not reading.has_pace and (reading.moves or paced or camera):
        token = verbs[0] if verbs else reading.tokens[paced[0].place] if paced else reading.tokens[-1]
        yield Fault("missing_speed", span(token), said(reading, token))
