"""What is wrong with a sentence, each fault with the characters that show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from i2v.diagnosis.sentence.camera import camera_by_deed, undirected_camera
from i2v.diagnosis.sentence.deeds import Deed, clause_of
from i2v.diagnosis.sentence.kinds import LINKS, words
from i2v.diagnosis.sentence.reading import Reading, concrete, is_put, is_wish, said
from i2v.diagnosis.sentence.vocabulary import vocabulary
from i2v.domain.motion.lexicon import Token

_TOWARD = {"toward", "towards", "朝", "朝着", "向", "向着", "往"}
_SPEED = re.compile(
    r"(?P<amount>\d{2,4})\s*(km/?h|kph|mph|(km|kilomet\w+|miles) (an|per) hour|km|公里|迈|码)",
    re.IGNORECASE,
)
_DEPICTION = re.compile(
    r"\b(paint\w+|drawing|sketch|watercolou?r|illustration|artwork|art|poster|postcard|photo\w*|picture|print|mural|"
    r"engraving|etching|canvas|oils|pastels?|charcoal|tapestry|fresco|framed|figurine|embroidery|tattoo|stained glass|"
    r"wallpaper|book cover|album cover|model|sculpture)\b|[画图照]|海报|封面|雕塑|模型|明信片|插图",
    re.IGNORECASE,
)
RACING = 100
"""Kilometres or miles an hour from which a clip of one to two seconds shows nothing but a streak."""
MOST_ACTIONS = 3
"""What sixteen frames, one to two seconds, can show one after the other."""


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
    """Nothing moves: a quality is asked for, or only that something moves, or the picture is described."""
    if _has_motion(reading):
        return
    pleasing = reading.kinds("abstract")
    is_asked = vocabulary().wishes.search(reading.text) is not None or _is_asked(reading)
    idle = {reading.tokens[deed.place] for deed in reading.deeds if _is_weak(reading, deed)}
    general = [
        token
        for token in reading.tokens
        if token.kind in ("something", "motion") or (_is_vague_verb(reading, token) and token not in idle)
        if not reading.is_aside(token)
    ]
    if not is_asked and all(token.kind == "something" for token in general):
        general = []  # "a box full of my stuff"
    with_motion = bool(reading.kinds("picture")) and all(_is_with(reading, token) for token in general)
    wish = vocabulary().wishes.search(reading.text)
    moving = vocabulary().vague_wishes.search(reading.text)
    is_moving = bool(general) and _moves(reading, [token for token in general if not _is_of_feeling(reading, token)])
    filming = [token for token in reading.kinds("camera") if is_asked and said(reading, token).lower() != "we"]
    if pleasing and not is_moving and (_is_asked(reading) or not _shows_something(reading)):
        said_words = ", ".join(dict.fromkeys(said(reading, token) for token in pleasing))
        yield Fault("abstract", span(pleasing[0]), said_words)
    elif moving:
        yield Fault("vague_motion", moving.span(), moving.group())
    elif filming and not general and not pleasing:
        yield Fault("vague_motion", span(filming[0]), said(reading, filming[0]))
    elif wish and not is_moving:
        yield Fault("abstract", wish.span(), reading.text[wish.start() :].strip(" .!。！"))
    elif general and not with_motion:
        yield Fault("vague_motion", span(general[0]), said(reading, general[0]))
    else:
        yield Fault("no_motion")


def _has_motion(reading: Reading) -> bool:
    """Whether something moves that can be told; a verb of one Chinese sign with nothing beside it tells too little."""
    if reading.moves or undirected_camera(reading) or camera_by_deed(reading) or _is_of_time(reading):
        return True
    return any(not _is_weak(reading, deed) for deed in concrete(reading))


def _is_weak(reading: Reading, deed: Deed) -> bool:
    word = said(reading, reading.tokens[deed.place])
    is_sign = len(word) == 1 and not word.isascii() and deed.action.kind in ("act", "change")
    return (is_sign and not reading.has_pace and not deed.is_directed) or is_put(reading, deed)


def _is_of_time(reading: Reading) -> bool:
    """ "Flowers, bees, slow motion": a way of filming that shows what its things do."""
    lists = vocabulary().lists["filmed"]
    return bool(reading.nouns) and any(
        said(reading, token).lower() in lists for token in reading.kinds("pace", "environment")
    )


def _is_vague_verb(reading: Reading, token: Token) -> bool:
    if token.kind != "action" or token.value.kind == "still":
        return False
    return not is_wish(reading, token)


def _moves(reading: Reading, general: list[Token]) -> bool:
    """Whether motion is asked for, beside a thing that is none in particular."""
    return any(token.kind == "motion" or _is_vague_verb(reading, token) for token in general)


def _is_of_feeling(reading: Reading, token: Token) -> bool:
    """ "It should feel warm", "make it pop": no motion of it."""
    return said(reading, token).lower() in vocabulary().lists["feelings"]


def _is_asked(reading: Reading) -> bool:
    """Whether the sentence wishes, and does not describe."""
    text = reading.text.lower()
    words = set(re.findall(r"[a-z']+", text))
    return any(
        wish in words if wish.isascii() and " " not in wish else wish in text for wish in vocabulary().lists["request"]
    )


def _shows_something(reading: Reading) -> bool:
    """Whether it names a thing that a picture can show."""
    things = vocabulary().lists["things"]
    return any(
        token.kind in ("noun", "environment")
        or (token.kind == "plain" and said(reading, token).isascii())
        or said(reading, token).lower() in things
        for token in reading.tokens
    )


def _is_with(reading: Reading, token: Token) -> bool:
    """ "A nice photo with movement" describes a photo."""
    at = reading.tokens.index(token)
    return token.kind == "motion" and at > 0 and said(reading, reading.tokens[at - 1]).lower() == "with"


def find_violent(reading: Reading) -> Iterator[Fault]:
    """Force that a short clip cannot follow; where calm motion is asked for, such a word only describes."""
    racing = next((each for each in _SPEED.finditer(reading.text) if int(each["amount"]) >= RACING), None)
    if racing:
        yield Fault("violent", racing.span(), racing.group())
        return
    found = [token for token in reading.kinds("violent") if not reading.is_aside(token)]
    is_depicted = not any(token.value for token in found) and _is_depicted(reading)
    if found and not is_depicted and not (reading.is_calm and (concrete(reading) or reading.moves)):
        said_words = ", ".join(dict.fromkeys(said(reading, token) for token in found))
        yield Fault("violent", span(found[0]), said_words)


def _is_depicted(reading: Reading) -> bool:
    """ "A painting of a stormy sea": nothing is asked of what is only shown."""
    return not _has_motion(reading) and not _is_asked(reading) and bool(_DEPICTION.search(reading.text))


def find_negation(reading: Reading) -> Iterator[Fault]:
    """What is not to be: the encoder reads the words and leaves out the "no"."""
    for place, token in enumerate(reading.tokens):
        is_refusal = token.kind == "still_outright" and any(no in said(reading, token) for no in ("不要", "别"))
        if is_refusal:
            yield Fault("negation", span(token), said(reading, token), span(token))
            return
        if token.kind == "still" and _is_kept_still(reading, place):
            yield Fault("negation", span(token), said(reading, token), _clause_span(reading, place))
            return
        if token.kind == "not" and not reading.is_aside(token) and not _only_describes(reading, place):
            last = clause_of(reading.tokens, place)[1]
            words = reading.text[token.end : reading.tokens[last].end].strip()
            yield Fault("negation", span(token), words, (token.start, reading.tokens[last].end))
            return


def _is_kept_still(reading: Reading, place: int) -> bool:
    """其他都不动: somebody other than the camera is not to move."""
    first, last = clause_of(reading.tokens, place)
    has_camera = any(token.kind in ("camera", "picture") for token in reading.tokens[first : last + 1])
    return said(reading, reading.tokens[place]) == "不动" and not has_camera and first < place


def _clause_span(reading: Reading, place: int) -> tuple[int, int]:
    first, last = clause_of(reading.tokens, place)
    return span(reading.tokens[first], reading.tokens[last])


def _only_describes(reading: Reading, place: int) -> bool:
    """ "A tree without leaves sways", 没有叶子的树枝, "No. 7": what is said of a thing that then does something."""
    tokens, word = reading.tokens, said(reading, reading.tokens[place]).lower()
    last = clause_of(tokens, place)[1]
    verbs = [
        at for at in range(place + 1, last + 1) if tokens[at].kind in ("action", "verb") and not _is_idle(tokens[at])
    ]
    if word.isascii():
        before = said(reading, tokens[place - 1]).lower() if place else ""
        if word in ("stop", "stops"):
            return place > 0 and tokens[place - 1].kind != "comma"
        is_number = reading.text[tokens[place].end :].lstrip(" .")[:1].isdigit()
        is_of_thing = word == "without" or (word == "no" and before == "with")
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if word == "not" and after and after.value == "determiner" and not verbs and last + 1 < len(tokens):
            return True  # "not a cloud in the sky"
        if before in ("that", "which", "who") or (word == "not" and _is_of_being(reading, place)):
            return True
        if word == "not" and place and tokens[place - 1].value == "determiner":
            return True
        is_bare = not any(token.kind in ("action", "verb", "pace") for token in tokens[: last + 1])
        if is_of_thing and is_bare and place and last + 1 < len(tokens):
            return True
        is_paced = any(tokens[at].kind == "pace" for at in range(place + 2, last + 1))
        return (
            (word == "no" and is_number)
            or (is_of_thing and is_paced)
            or (is_of_thing and any(tokens[at].value.form != "gerund" for at in verbs if tokens[at].kind == "action"))
        )
    later = [at for at in range(place + 1, last + 1) if tokens[at].kind in ("pace", "action")]
    named = any(
        said(reading, tokens[at]) == "的" and (any(at < after for after in later) or not later)
        for at in range(place + 1, last + 1)
    )
    return named and word in ("没有", "没", "无", "不", "不会", "未")


def _is_of_being(reading: Reading, place: int) -> bool:
    """ "He is not afraid", "is old and not very big": what somebody is like."""
    first, _ = clause_of(reading.tokens, place - 1 if place and reading.tokens[place - 1].kind in LINKS else place)
    is_being = any(
        said(reading, token).lower() in ("is", "are", "am", "was", "were", "s") for token in reading.tokens[first:place]
    )
    after = next((token for token in reading.tokens[place + 1 :] if token.kind != "filler"), None)
    return (
        is_being
        and after is not None
        and after.kind in ("word", "plain", "abstract")
        and not reading.text[:place].endswith("ing")
    )


def _is_idle(token: Token) -> bool:
    return token.kind == "action" and token.value.kind == "still"


def find_too_many(reading: Reading) -> Iterator[Fault]:
    """More than a second or two can show; what flows in the background counts where a clause is its own."""
    deeds = _distinct(reading, [deed for deed in concrete(reading) if not reading.moves or _is_apart(reading, deed)])
    moves = len({(move.kind, move.direction) for move in reading.moves})
    turns = {
        deed.action.english
        for deed in reading.deeds
        if reading.moves and not deed.who and deed.action.english in ("rotate", "spin", "revolve", "orbit", "turn")
    }
    moves += len(turns) if not any(move.kind in ("roll", "orbit") for move in reading.moves) else 0
    acts = [deed for deed in deeds if deed.action.kind not in ("flow", "change")]
    clauses = len({clause_of(reading.tokens, deed.place) for deed in deeds})
    moves += _silent_clauses(reading)
    if len(acts) + moves > MOST_ACTIONS or clauses + moves > MOST_ACTIONS:
        cut = _third(reading, deeds)
        yield Fault("too_many_actions", (cut, len(reading.text)), str(len(deeds) + moves), (cut, len(reading.text)))


def _silent_clauses(reading: Reading) -> int:
    """Short Chinese clauses in a list of deeds whose verb nobody here knows: 火苗窜高, 量体温."""
    clauses: list[list[Token]] = [[]]
    for token in reading.tokens:
        if token.kind in ("comma", "and", "then"):
            clauses.append([])
        else:
            clauses[-1].append(token)
    busy = [any(token.kind in ("action", "verb", "violent", "camera") for token in clause) for clause in clauses]
    found = 0
    for at in range(1, len(clauses) - 1):
        text = said(reading, *clauses[at]) if clauses[at] else ""
        is_idle = any(token.kind in ("plain", "abstract", "environment", "still") for token in clauses[at])
        if (
            any(busy[:at])
            and any(busy[at + 1 :])
            and not busy[at]
            and 1 < len(text) < 6
            and not text.isascii()
            and not is_idle
        ):
            found += 1
    return found if sum(busy) > 2 else 0


def _is_apart(reading: Reading, deed: Deed) -> bool:
    """Whether it is something else than the camera's moves: somebody's, or "then go up"."""
    if deed.who:
        return not deed.is_camera
    token = reading.tokens[deed.place]
    return deed.action.kind in ("goal", "travel") and not any(
        said(reading, token) in move.words for move in reading.moves
    )


def _distinct(reading: Reading, deeds: list[Deed]) -> list[Deed]:
    named = {(said(reading, reading.tokens[deed.place]).lower(), deed.subject): deed for deed in reversed(deeds)}
    return list(named.values())[::-1]


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
    deeds = [deed for deed in concrete(reading) if not _is_manner(reading, deed)]
    lost = deeds[0] if deeds and all(_is_lost(reading, deed) for deed in deeds) else None
    if camera:
        yield Fault("missing_direction", span(camera), said(reading, camera))
    elif lost:
        token = reading.tokens[lost.place]
        yield Fault("missing_direction", span(token), said(reading, token))
    paced = [deed for deed in deeds if deed.action.kind in ("travel", "goal", "act", "flow") or _has_way(reading, deed)]
    verbs = [token for token in reading.tokens if token.kind == "verb"]
    if not reading.has_pace and (reading.moves or paced or camera):
        token = verbs[0] if verbs else reading.tokens[paced[0].place] if paced else reading.tokens[-1]
        yield Fault("missing_speed", span(token), said(reading, token))


def _is_manner(reading: Reading, deed: Deed) -> bool:
    """推着车走: how somebody goes, and no deed of its own."""
    token = reading.tokens[deed.place]
    _, last = clause_of(reading.tokens, deed.place)
    is_going_on = said(reading, token).endswith("着") or reading.text[token.end :].startswith("着")
    return is_going_on and any(deed.place < other.place <= last for other in reading.deeds)


def _is_lost(reading: Reading, deed: Deed) -> bool:
    """Whether somebody travels and nothing in the sentence says where to; the place it happens in does not."""
    is_traveller = deed.subject is None or deed.subject.kind in ("person", "animal", "vehicle")
    if deed.action.english in vocabulary().lists["aimless"] or deed.who in ("something", "picture", "camera"):
        return False
    return deed.action.kind == "travel" and is_traveller and not _is_led(reading, deed)


def _is_led(reading: Reading, deed: Deed) -> bool:
    """Whether its clause says where to; what it only passes or stays on (along, across) does not."""
    first, last = clause_of(reading.tokens, deed.place)
    places = {other.place for other in reading.deeds}
    while last + 2 < len(reading.tokens) and reading.tokens[last + 1].kind == "comma":
        _, end = clause_of(reading.tokens, last + 2)
        if places & set(range(last + 2, end + 1)):
            break
        last = end  # "walks along the pier, away from the camera"
    for at in range(first, last + 1):
        token = reading.tokens[at]
        is_way = at != deed.place and token.kind in ("path", "direction")
        if is_way and said(reading, token).lower() not in words("lanes"):
            return True
    return any(
        said(reading, token).lower() in ("open", "shut", "closed") for token in reading.tokens[deed.place : last + 1]
    )


def _has_way(reading: Reading, deed: Deed) -> bool:
    first, last = clause_of(reading.tokens, deed.place)
    return any(
        token.kind == "direction" or said(reading, token).lower() in _TOWARD
        for token in reading.tokens[first : last + 1]
    )
