"""Wishes of one sentence that exclude each other at the same moment."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from i2v.diagnosis.sentence.camera import is_origin
from i2v.diagnosis.sentence.deeds import Deed, clause_of
from i2v.diagnosis.sentence.faults import Fault, span
from i2v.diagnosis.sentence.reading import Reading, concrete, said
from i2v.diagnosis.sentence.vocabulary import Noun, vocabulary
from i2v.domain.motion.lexicon import Token

_OPPOSITE_SIDES = ({"left", "right"}, {"up", "down"}, {"in", "out"}, {"in", "back"}, {"clockwise", "counterclockwise"})
_BOTH = re.compile("一边|一面|一头.*一头|边.{1,5}边|又.{1,5}又")
_THERE_AND_BACK = re.compile(
    r"[向近朝到往](?P<to>[\u4e00-\u9fff]{1,8}?)(驶|走|跑|飞|骑|游|开|划|飘|漂|滑|推)?来?(?P<other>[,，、和又同].*(离|远离|离开)(?P=to).*)"
)
_OTHER_WAYS = {
    "in": ("recede", "retreat", "step back", "back away"),
    "back": ("advance",),
    "up": ("sink", "fall", "descend"),
    "down": ("rise", "ascend"),
}
_SEQUENCE = ("then", "stop", "after", "before", "earlier")
_PRONOUNS = ("it", "she", "he", "they", "它", "她", "他", "它们", "他们", "她们")
_STILL = ("still", "still_outright")
_GOING = {"action", "direction", "path", "pace", "speed", "strength", "filler"}
_MOVING = {"action", "verb", "violent", "camera", "picture", "motion", "pace", "speed"}


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
        if not (_is_of_camera(reading, one.kept) and _is_of_camera(reading, one.dropped)):
            continue
        at = reading.text.rfind(one.dropped)
        where = (at, at + len(one.dropped)) if at >= 0 else None
        yield Fault("contradiction", where, f"{one.kept} / {one.dropped}", _still_clause(reading, at) or where)


def _is_of_camera(reading: Reading, words: str) -> bool:
    """Whether these words speak of the camera: "the still lake" does not."""
    at = reading.text.rfind(words)
    place = next((place for place, token in enumerate(reading.tokens) if token.start == at), None)
    if place is None:
        return True
    token = reading.tokens[place]
    if token.kind in _STILL:
        return not _describes(reading, place)
    return token.kind not in ("noun", "plain") and not any(
        deed.place == place and not deed.is_camera and (deed.subject or deed.is_of_anything) for deed in reading.deeds
    )


def _still_clause(reading: Reading, at: int) -> tuple[int, int] | None:
    """The clause that wants the camera still, where it is that which has to go."""
    for place, token in enumerate(reading.tokens):
        is_still = token.kind in _STILL or (token.kind == "action" and token.value.kind == "still")
        if token.start == at and is_still:
            first, last = clause_of(reading.tokens, place)
            return span(reading.tokens[first], reading.tokens[last])
    return None


def _toward_and_away(reading: Reading) -> Iterator[Fault]:
    """漂向码头 … 漂离码头."""
    found = _THERE_AND_BACK.search(reading.text)
    if found and _is_at_once(reading) and not reading.kinds("then"):
        yield Fault("contradiction", found.span(), found.group(), found.span("other"))


def _contradictions(reading: Reading) -> Iterator[Fault]:
    yield from _toward_and_away(reading)
    yield from _opposite_moves(reading)
    yield from _opposite_sides(reading)
    yield from _opposite_paces(reading)
    yield from _still_and_moving(reading)
    yield from _opposite_deeds(reading)
    yield from _lasting_and_ending(reading)
    yield from _back_and_forward(reading)


def _is_at_once(reading: Reading) -> bool:
    return bool(reading.kinds("together", "while")) or bool(_BOTH.search(reading.text))


def _opposite_moves(reading: Reading) -> Iterator[Fault]:
    """ "Zoom in and out", unless one follows the other."""
    if reading.kinds(*_SEQUENCE) or (reading.kinds("comma") and not _is_at_once(reading)):
        return
    for first, second in itertools.pairwise(reading.moves):
        if first.contradicts(second):
            at = reading.text.rfind(second.words)
            where = (at, at + len(second.words))
            yield Fault("contradiction", where, f"{first.words} / {second.words}", where)


def _opposite_sides(reading: Reading) -> Iterator[Fault]:
    """ "Left and right" of one subject, unless it swings or one follows the other."""
    for first, second in _pairs(reading, ("direction",)):
        values = {str(first.value), str(second.value)}
        is_listed = bool(reading.moves and reading.kinds("comma")) and not _is_at_once(reading)
        if (
            is_listed
            or values not in _OPPOSITE_SIDES
            or _is_place(reading, first)
            or is_origin(reading, first)
            or _is_swing(reading, first, second)
            or _is_of_two(reading, first, second)
        ):
            continue
        words = f"{said(reading, first)} / {said(reading, second)}"
        yield Fault("contradiction", span(second), words, _same_again(reading, second) or span(second))


def _same_again(reading: Reading, side: Token) -> tuple[int, int] | None:
    """The clause that says no more than that the same goes to this side: "while running right"."""
    first, last = clause_of(reading.tokens, reading.tokens.index(side))
    tokens = reading.tokens[first : last + 1]
    kinds = {token.kind for token in tokens}
    return span(tokens[0], tokens[-1]) if first and "action" in kinds and kinds <= _GOING else None


def _is_place(reading: Reading, side: Token) -> bool:
    """ "Cracked pillars left and right, …": a clause in which nobody moves says where something is."""
    first, last = clause_of(reading.tokens, reading.tokens.index(side))
    kinds = {token.kind for token in reading.tokens[first : last + 1]}
    return bool(kinds & {"noun", "word", "plain"}) and not kinds & _MOVING


def _is_swing(reading: Reading, first: Token, second: Token) -> bool:
    """Whether the motion goes to and fro."""
    if _is_at_once(reading) and not reading.kinds("then"):
        return False
    at = reading.tokens.index(first)
    before = [deed for deed in reading.deeds if deed.place < at]
    return bool(before) and not before[-1].is_camera and not reading.moves


def _is_of_two(reading: Reading, first: Token, second: Token) -> bool:
    """Whether two subjects go one way each."""
    at, to = reading.tokens.index(first), reading.tokens.index(second)
    owners = [_owner(reading, place) for place in (at, to)]
    if None not in owners:
        return owners[0] != owners[1]
    return any(
        token.kind in ("noun", "camera", "picture") for token in reading.tokens[at + 1 : to]
    ) and not _is_at_once(reading)


def _owner(reading: Reading, place: int) -> object:
    """Who goes the way of this direction: the camera, or the subject of the deed next to it."""
    first, last = clause_of(reading.tokens, place)
    near = [deed for deed in reading.deeds if first <= deed.place <= last]
    if any(token.kind == "camera" for token in reading.tokens[first : last + 1]) and not any(
        deed.subject for deed in near
    ):
        return "camera"
    if near:
        return "camera" if near[0].is_camera else near[0].subject
    nouns = [token.value for token in reading.tokens[first:place] if token.kind == "noun"]
    return nouns[-1] if nouns else None


def _opposite_paces(reading: Reading) -> Iterator[Fault]:
    for first, second in _pairs(reading, ("pace",)):
        if {first.value, second.value} == {"slow", "fast"} and not _are_two(reading, first, second):
            words = f"{said(reading, first)} / {said(reading, second)}"
            yield Fault("contradiction", span(second), words, span(second))


def _are_two(reading: Reading, first: Token, second: Token) -> bool:
    """Whether someone else is named between: each has a pace of their own."""
    at, to = reading.tokens.index(first), reading.tokens.index(second)
    return any(
        token.kind in ("noun", "camera", "picture", "verb", "someone", "comma") for token in reading.tokens[at + 1 : to]
    )


def _describes(reading: Reading, place: int) -> bool:
    """Whether a word for standing still only describes: "the still lake", "a frozen river", "still life"."""
    token, tokens = reading.tokens[place], reading.tokens
    if token.kind == "still_outright":
        return False
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    before = said(reading, tokens[place - 1]).lower() if place else ""
    is_named = after is not None and after.kind in ("noun", "word", "plain")
    return is_named and (tokens[place - 1].value == "determiner" if place else False or before in ("my", "her", "his"))


def _still_and_moving(reading: Reading) -> Iterator[Fault]:
    """ "Stands completely still while running": one subject only, and the camera's standing still is its own."""
    for at, still in enumerate(reading.tokens):
        if still.kind != "still" or (_describes(reading, at) and not _is_firm(reading, at)):
            continue
        first, last = clause_of(reading.tokens, at)
        if any(token.kind in ("camera", "handheld", "still_outright") for token in reading.tokens[first : last + 1]):
            continue
        moving = [deed for deed in concrete(reading) if not deed.is_camera]
        if any(token.kind in ("someone", "something") for token in reading.tokens[first:at]) and first:
            continue
        who = _standing(reading, at)
        same = [deed for deed in moving if who is None or deed.subject is None or deed.subject == who]
        is_at_once = bool(reading.kinds("while", "together"))
        is_free = who is None and not is_at_once and not _is_before_subject(reading, at)
        if same and not reading.kinds("then") and not is_free:
            deed = reading.tokens[same[0].place]
            words = f"{said(reading, still)} / {said(reading, deed)}"
            yield Fault("contradiction", span(still), words, _standing_still(reading, at, same[0].place) or span(still))


def _standing_still(reading: Reading, at: int, place: int) -> tuple[int, int] | None:
    """What somebody is said to do before moving, "stands perfectly still and"; None where it is said behind."""
    first, _ = clause_of(reading.tokens, at)
    start, _ = clause_of(reading.tokens, place)
    who = next((each for each in reading.tokens[first:at] if each.kind in ("noun", "someone")), None)
    if who is None or start <= at:
        return None
    then = reading.tokens[start]
    return who.end, then.end if said(reading, then).lower() in _PRONOUNS else then.start


def _is_firm(reading: Reading, at: int) -> bool:
    """ "The motionless waterfall flows": not the "still" of a lake, and said of who moves."""
    noun = next((token.value for token in reading.tokens[at + 1 : at + 3] if token.kind == "noun"), None)
    is_calm_word = said(reading, reading.tokens[at]).lower() in ("still", "frozen", "static")
    return not is_calm_word and noun is not None and any(deed.subject == noun for deed in concrete(reading))


def _standing(reading: Reading, at: int) -> Noun | None:
    """Who stands still: the last noun before."""
    who = next(
        (token for token in reversed(reading.tokens[:at]) if token.kind in ("noun", "someone", "something")), None
    )
    return who.value if who else None


def _is_before_subject(reading: Reading, at: int) -> bool:
    """ "Frozen in place, the dog runs", 静止的瀑布."""
    return any(token.kind in ("noun", "someone") for token in reading.tokens[at : at + 8])


def _opposite_deeds(reading: Reading) -> Iterator[Fault]:
    """ "Opens and closes at the same time", "lies motionless as it walks" """
    if not _is_at_once(reading):
        return
    deeds = [deed for deed in reading.deeds if not deed.is_camera]
    for first, second in itertools.combinations(deeds, 2):
        is_joined = second.place - first.place == 2 and reading.tokens[first.place + 1].kind == "and"
        is_cycle = is_joined and not reading.kinds("together")  # "rises and falls"
        if not is_cycle and _exclude(first, second) and _is_same(reading, first, second):
            tokens = reading.tokens[first.place], reading.tokens[second.place]
            words = f"{said(reading, tokens[0])} / {said(reading, tokens[1])}"
            start, end = clause_of(reading.tokens, second.place)
            where = span(reading.tokens[start], reading.tokens[end]) if start > first.place else span(tokens[1])
            yield Fault("contradiction", span(tokens[1]), words, where)


def _exclude(first: Deed, second: Deed) -> bool:
    verbs = first.action.english, second.action.english
    return any(
        (verbs[0] in one and verbs[1] in other) or (verbs[1] in one and verbs[0] in other)
        for one, other in vocabulary().opposites
    )


def _is_same(reading: Reading, first: Deed, second: Deed) -> bool:
    """Whether both are done by the same, as far as the sentence says; a flame is its candle's."""
    if first.subject is None or second.subject is None or first.subject == second.subject:
        return True
    return first.subject.kind == second.subject.kind == "fire"


def _lasting_and_ending(reading: Reading) -> Iterator[Fault]:
    """ "Keeps her eyes shut the whole time and slowly opens them" """
    text, lists = reading.text.lower(), vocabulary().lists
    if reading.kinds("then") or not (_is_at_once(reading) or _has(text, lists["lasting"])):
        return
    for state, ends in (("shut", ("open", "open up")), ("wide_open", ("close",))):
        word = next((word for word in sorted(lists[state], key=len, reverse=True) if _has(text, {word})), None)
        deed = next((deed for deed in reading.deeds if deed.action.english in ends), None)
        if word and deed and said(reading, reading.tokens[deed.place]) not in word:
            token = reading.tokens[deed.place]
            start, end = clause_of(reading.tokens, deed.place)
            where = span(reading.tokens[start], reading.tokens[end])
            yield Fault("contradiction", span(token), f"{word} / {said(reading, token)}", where)


def _back_and_forward(reading: Reading) -> Iterator[Fault]:
    """A side, and a verb that goes the other way: 向前开的同时后退."""
    if not _is_at_once(reading) or reading.kinds("then"):
        return
    for token in reading.kinds("direction"):
        other = _OTHER_WAYS.get(str(token.value), ())
        deed = next((deed for deed in reading.deeds if deed.action.english in other), None)
        is_same = deed and _owner(reading, reading.tokens.index(token)) in (deed.subject, None)
        if deed and is_same and said(reading, token).lower() not in ("in", "up", "down"):
            at = reading.tokens[deed.place]
            yield Fault("contradiction", span(at), f"{said(reading, token)} / {said(reading, at)}", span(at))


def _has(text: str, words: frozenset[str] | set[str]) -> bool:
    return any(word in text if not word.isascii() else f" {word} " in f" {text} " for word in words)


def _pairs(reading: Reading, kinds: tuple[str, ...]) -> Iterator[tuple[Token, Token]]:
    """Neighbours of a kind with no "then" between them."""
    last: Token | None = None
    for token in reading.tokens:
        if token.kind in _SEQUENCE:
            last = None
        elif token.kind in kinds:
            if last is not None:
                yield last, token
            last = token
