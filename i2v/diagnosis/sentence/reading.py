"""A sentence as a coach reads it: who does what, where to, how fast, and what the camera does meanwhile."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from i2v.diagnosis.sentence.vocabulary import Action, Noun, vocabulary
from i2v.domain.motion import Motion, Move, read_motion
from i2v.domain.motion.lexicon import Token, Verb, tokenise

LINKS = ("then", "stop", "after", "before", "earlier", "or", "but", "while", "together", "and", "comma")
_PREPOSITIONS = {"of", "in", "with", "at", "by", "for", "on", "into", "from", "through"}
_CAMERA_WAYS = {
    "move",
    "drift",
    "glide",
    "fly",
    "travel",
    "slide",
    "sweep",
    "rotate",
    "turn",
    "look",
    "float",
    "roll",
    "tilt",
    "swing",
}
_AFTER_VERBS = {"its", "his", "her", "their", "a", "an", "the"}
_THINGS = set("机器者员师场馆店鞋衣板池椅道器赛")
_NAMES = {
    ("zoom", "in"): "zoom_in", ("zoom", "out"): "zoom_out", ("pan", "left"): "pan_left", ("pan", "right"): "pan_right",
    ("tilt", "up"): "tilt_up", ("tilt", "down"): "tilt_down", ("roll", "clockwise"): "rotate_cw",
    ("roll", "counterclockwise"): "rotate_ccw", ("orbit", "left"): "orbit", ("orbit", "right"): "orbit",
    ("still", ""): "still",
}  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """One thing that happens: `action` of `subject`, at `place` among the tokens.

    `subject` is None where nobody is named; a camera's deed has `is_camera`.
    """

    action: Action
    subject: Noun | None
    place: int
    is_camera: bool = False
    is_directed: bool = False


@dataclass(frozen=True)
class Reading:
    """All of a sentence that the advice needs; `tokens` and their places are of `text`, the normal form."""

    text: str
    tokens: tuple[Token, ...]
    motion: Motion
    deeds: tuple[Deed, ...]

    def kinds(self, *names: str) -> list[Token]:
        """The tokens of these kinds."""
        return [token for token in self.tokens if token.kind in names]

    @property
    def nouns(self) -> list[Noun]:
        return [token.value for token in self.tokens if token.kind == "noun"]

    @property
    def moves(self) -> list[Move]:
        """The camera's moves in order, standing still aside."""
        return [move for segment in self.motion.segments for move in segment.moves if move.kind != "still"]

    @property
    def camera(self) -> str | None:
        """The first move by its name in the coach's answer, None where its direction is not said; a rotation as the
        sentence names it."""
        first = next((move for segment in self.motion.segments for move in segment.moves), None)
        if first is None or undirected_camera(self):
            return None
        said = first.words.lower()
        if first.kind == "roll" and any(word in said for word in ("counter", "anti", "ccw", "逆")):
            return "rotate_ccw"
        if first.kind == "roll" and any(word in said for word in ("clockwise", " cw", "顺")):
            return "rotate_cw"
        return _NAMES.get((first.kind, first.direction))

    @property
    def has_pace(self) -> bool:
        return bool(self.kinds("pace", "speed", "strength"))

    @property
    def is_han(self) -> bool:
        return any("\u3400" <= sign <= "\u9fff" for sign in self.text)


def normalise(sentence: str) -> str:
    """Signs of full width as ordinary ones, sign by sign, so that places in it are those of the sentence."""
    return "".join(normal if len(normal := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in sentence)


def read_sentence(sentence: str) -> Reading:
    """Reads a sentence in English or Chinese or both."""
    text = normalise(sentence)
    found, tokens = tokenise(text, vocabulary().lexicon)
    if len(found) != len(text):  # signs that merge, as a letter and its accent
        text = found
    settled = tuple(_settle(tokens, text))
    return Reading(text, settled, read_motion(sentence), tuple(_deeds(settled, text)))


def clause_of(tokens: tuple[Token, ...], place: int) -> tuple[int, int]:
    """First and last place of the clause around a token."""
    first, last = place, place
    while first > 0 and tokens[first - 1].kind not in LINKS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind not in LINKS:
        last += 1
    return first, last


def _settle(tokens: list[Token], text: str) -> Iterator[Token]:
    """Tells nouns from verbs where a word can be either, and words that are not known from those that end in -ing."""
    settled: list[Token] = []
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.kind == "either":
            noun, action = token.value
            is_verb = _is_verb(settled, action, after, text)
            token = replace(token, kind="action", value=action) if is_verb else replace(token, kind="noun", value=noun)
        elif token.kind == "action" and (_is_named(settled, token) or _is_part(token, after, text)):
            token = replace(token, kind="word", value=None)
        elif token.kind == "word":
            token = _guess(settled, token, after, text)
        settled.append(token)
    yield from settled


def _is_verb(before: list[Token], action: Action, after: Token | None, text: str) -> bool:
    """Whether a word that is both is a verb here.

    Somebody stands right before it who may do it, or a verb that it goes on from ("she turns and waves"); of waters,
    plants and the sky it is one only where it says how or where to ("the river streams down").
    """
    if action.form == "gerund":
        return True
    if _follows_plural(before, action, after, text):
        return True
    if after is not None and after.kind in ("action", "either"):
        return False
    if before and before[-1].kind in ("and", "comma", "then"):
        goes_on = len(before) > 1 and before[-2].kind in ("action", "someone", "pace", "speed", "strength", "direction")
        return goes_on and any(token.kind == "action" for token in before)
    doer = _doer(before)
    if doer is None or doer.kind != "noun" or doer.value.kind in ("person", "animal", "vehicle", "thing"):
        return doer is not None
    return after is not None and after.kind in ("pace", "direction", "path", "environment", "speed", "strength")


def _doer(before: list[Token]) -> Token | None:
    for token in reversed(before):
        if token.kind in ("noun", "someone", "something"):
            return token
        is_between = token.kind in ("pace", "speed", "strength") or (token.kind == "filler" and token.value is None)
        if not is_between:
            return None
    return None


def _follows_plural(before: list[Token], action: Action, after: Token | None, text: str) -> bool:
    """ "Headlights stream along": a base form behind a plural that is not known, and on its way."""
    is_plural = bool(before) and before[-1].kind == "word" and text[before[-1].start : before[-1].end].endswith("s")
    return is_plural and action.form == "base" and after is not None and after.kind in ("path", "pace", "direction")


def _is_named(before: list[Token], token: Token) -> bool:
    """Whether a verb's form is a noun here: "a walk", "in motion", "with a smile"."""
    action: Action = token.value
    return action.form == "base" and bool(before) and before[-1].value == "determiner"


def _is_part(token: Token, after: Token | None, text: str) -> bool:
    """Whether a Chinese verb is part of a thing's name: 打字机, 游泳池."""
    return after is not None and after.start == token.end and text[after.start : after.end] in _THINGS


def _deeds(tokens: tuple[Token, ...], text: str) -> Iterator[Deed]:
    for place, token in enumerate(tokens):
        action = _action(token, text)
        first, last = clause_of(tokens, place)
        has_camera = any(each.kind in ("camera", "picture") for each in tokens[first : last + 1])
        if token.kind == "verb" and not has_camera and token.value.grip != "firm":
            action = Action(text[token.start : token.end].lower(), "goal")
        if action is None:
            continue
        subject, is_camera = _subject(tokens, place, text)
        if token.kind == "verb" and subject is None:
            continue
        around = [each for each in tokens[first : last + 1] if each.kind in ("direction", "path")]
        is_directed = bool(around) and _leads(tokens, place, first, last)
        yield Deed(action, subject, place, is_camera, is_directed)


def _leads(tokens: tuple[Token, ...], place: int, first: int, last: int) -> bool:
    """Whether the clause says where to: a direction anywhere, or a path after the verb (before it, in Chinese)."""
    for at in range(first, last + 1):
        if tokens[at].kind == "direction" or (tokens[at].kind == "path" and at != place):
            return True
    return False


def _action(token: Token, text: str) -> Action | None:
    if token.kind == "action":
        value: Action = token.value
        word = text[token.start : token.end].lower()
        is_idle = value.form == "gerund" and word.split(" ")[0] in vocabulary().no_actions and value.kind != "vague"
        return replace(value, kind="still") if is_idle else value
    return None


def _guess(before: list[Token], token: Token, after: Token | None, text: str) -> Token:
    """An English word that is not known, by its ending and its neighbours: "slowly", "the fog creeps over"."""
    word = text[token.start : token.end].lower()
    behind = before[-1].kind if before else ""
    if not word.isascii():
        is_deed = behind in ("pace", "environment") and word not in vocabulary().rendering["small"]
        return replace(token, kind="action", value=Action(word, "act")) if is_deed else token
    if word.endswith("ing") and len(word) > 5 and word not in vocabulary().no_actions:
        follows_doer = behind in ("noun", "someone", "something", "word", "pace") or _is_being(before, text)
        return replace(token, kind="action", value=Action(word, "act", "gerund")) if follows_doer else token
    if word.endswith("ly") and len(word) > 4 and word not in vocabulary().no_adverbs:
        return replace(token, kind="pace", value="manner")
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")) or after is None:
        return token
    follows = behind in ("noun", "word", "someone", "pace") and not text[before[-1].start].isdigit()
    said = text[after.start : after.end].lower()
    leads = (
        behind == "pace"
        or after.kind in ("pace", "speed", "direction", "path")
        or said in _AFTER_VERBS
        or _is_adverb(said)
    )
    return replace(token, kind="action", value=Action(word, "act")) if follows and leads else token


def _is_being(before: list[Token], text: str) -> bool:
    return bool(before) and text[before[-1].start : before[-1].end].lower() in (
        "is",
        "are",
        "starts",
        "begins",
        "keeps",
    )


def _is_adverb(word: str) -> bool:
    return word.endswith("ly") and word not in vocabulary().no_adverbs


def _subject(tokens: tuple[Token, ...], place: int, text: str) -> tuple[Noun | None, bool]:
    """Who does the deed at `place`, and whether it is the camera; a clause without a subject has the last one's."""
    for at in range(place - 1, -1, -1):
        token = tokens[at]
        if token.kind == "stop":
            break
        if token.kind == "noun" and not _is_object(tokens, at, text):
            return token.value, False
        if token.kind in ("someone", "something"):
            return None, False
        if token.kind == "camera" and not _is_object(tokens, at, text):
            return None, True
    return None, False


def _is_object(tokens: tuple[Token, ...], at: int, text: str) -> bool:
    """Whether a noun stands behind a preposition or a path: "toward the camera", "in the park", 朝镜头."""
    for before in range(at - 1, -1, -1):
        token = tokens[before]
        if token.kind in ("path", "direction"):
            return True
        if token.kind == "filler" and text[token.start : token.end].lower() in _PREPOSITIONS | {
            "从",
            "向",
            "往",
            "朝",
            "把",
        }:
            return True
        if token.kind != "filler" and token.kind not in ("pace", "strength", "speed", "word"):
            return False
        if token.kind == "word" and not text[token.start : token.end].isascii():
            return False
    return False


def undirected_camera(reading: Reading) -> Token | None:
    """The camera verb of a sentence that says no direction for any: "the camera pans slowly"."""
    moves = [move for move in reading.moves if move.kind not in ("handheld", "orbit")]
    if any(_is_directed(move) for move in moves):
        return None
    if moves:
        at = reading.text.lower().find(moves[0].words.lower())
        return next((token for token in reading.tokens if token.start == at), None)
    lost = [deed for deed in reading.deeds if deed.is_camera and deed.action.english in _CAMERA_WAYS]
    return reading.tokens[lost[0].place] if lost and not any(deed.is_directed for deed in lost) else None


def _is_directed(move: Move) -> bool:
    """Whether its own words say where to."""
    _, tokens = tokenise(move.words)
    return any(token.kind == "direction" or (token.kind == "verb" and _has_one_way(token.value)) for token in tokens)


def _has_one_way(verb: Verb) -> bool:
    """ "Rise" and 推近 carry their direction."""
    return verb.group is None or len(set(verb.group.means.values())) == 1


def concrete(reading: Reading) -> list[Deed]:
    """Deeds that a model can show: whoever moves, and how, can be told."""
    return [
        deed for deed in reading.deeds if deed.action.kind not in ("still", "vague") and not _is_vague(reading, deed)
    ]


def _is_vague(reading: Reading, deed: Deed) -> bool:
    """Whether it only says that something moves or changes, not what, how or where to."""
    if deed.is_camera:
        return not reading.moves and not deed.is_directed and deed.action.english not in ("follow", "chase", "circle")
    before = reading.tokens[: deed.place]
    nearest = next(
        (token for token in reversed(before) if token.kind in ("noun", "someone", "something", "picture")), None
    )
    if nearest is not None and nearest.kind == "something":
        return True
    is_general = deed.action.english in ("move", "shift", "change")
    if is_general and (nearest is None or nearest.kind in ("picture", "someone")):
        return not (deed.is_directed and nearest is not None and nearest.kind == "someone")
    return is_general and not deed.is_directed and not reading.has_pace and not reading.kinds("environment")


def said(reading: Reading, *tokens: Token) -> str:
    """The words of some tokens as they stand."""
    return reading.text[tokens[0].start : tokens[-1].end]
