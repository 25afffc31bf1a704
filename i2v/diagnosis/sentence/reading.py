"""A sentence as a coach reads it: who does what, where to, how fast, and what the camera does meanwhile."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from i2v.diagnosis.sentence.grammar import settle
from i2v.diagnosis.sentence.kinds import LINKS, words
from i2v.diagnosis.sentence.vocabulary import Action, Noun, vocabulary
from i2v.domain.motion import Motion, Move, read_motion
from i2v.domain.motion.lexicon import Token, Verb, tokenise

_PREPOSITIONS = {
    "of",
    "in",
    "with",
    "at",
    "by",
    "for",
    "on",
    "into",
    "from",
    "through",
    "next to",
    "in front of",
    "close to",
    "on top of",
    "onto",
    "under",
    "behind",
    "between",
    "against",
}
_BEFORE_OBJECTS = _PREPOSITIONS | {"从", "向", "往", "朝", "把", "将", "对着", "在"}
_SIDES = {"left", "right", "up", "down", "in", "out", "back", "clockwise", "counterclockwise"}
_CAMERA_WAYS = {
    "move", "drift", "glide", "fly", "travel", "slide", "sweep", "rotate", "turn", "look", "float", "roll", "tilt",
    "swing", "spin", "revolve", "pass", "shift", "wag", "sway", "twirl", "rock", "run", "brush", "head", "wander",
    "transform", "flip", "billow", "tumble",
}  # fmt: skip
_TURN_INTO = re.compile(
    r"\bturns? (it|this|that|them|my|our|the (photo|picture|image|shot)|me)\b.*\binto\b", re.IGNORECASE
)
_AT_PACE = re.compile(r"\b(at|with|in)\b[^,;.]{0,30}\b(pace|tempo|speed|velocity|rate)\b", re.IGNORECASE)
_ON_VIEWERS = re.compile(
    r"[让令使](人|大家|观众|顾客|客人|别人|看的人|粉丝|网友|评委)[^,，。;；]*$|"
    r"\b(make|makes|making|want|so|get) (people|viewers|everyone|everybody|customers|clients|guests|folks|followers|"
    r"the viewers?|the audience|whoever \w+) [^,.;]*$",
    re.IGNORECASE,
)
_MERE_PREPOSITIONS = {"in", "out", "into", "onto", "toward", "towards", "back", "away"}
_NAMES = {
    ("zoom", "in"): "zoom_in", ("zoom", "out"): "zoom_out", ("pan", "left"): "pan_left", ("pan", "right"): "pan_right",
    ("tilt", "up"): "tilt_up", ("tilt", "down"): "tilt_down", ("roll", "clockwise"): "rotate_cw",
    ("roll", "counterclockwise"): "rotate_ccw", ("orbit", "left"): "orbit", ("orbit", "right"): "orbit",
    ("still", ""): "still",
}  # fmt: skip
_MANNERS = ("pace", "speed", "strength", "path", "direction", "filler", "comma")
_BY_SIDE = {
    "in": "zoom_in", "out": "zoom_out", "back": "zoom_out", "left": "pan_left", "right": "pan_right", "up": "tilt_up",
    "down": "tilt_down", "around": "orbit",
}  # fmt: skip
_CAMERA_DEEDS = {
    "zoom_in": {"approach", "lean in", "come closer", "advance", "enter", "draw near"},
    "zoom_out": {"retreat", "recede", "reverse", "withdraw", "back away", "step back", "leave"},
    "tilt_up": {"rise", "ascend", "look up", "climb"},
    "tilt_down": {"sink", "descend", "look down", "lower"},
}
_SHOTS = {"slide", "slides", "sliding", "trucking", "glide", "gliding", "横摇", "俯仰", "摇", "摇过", "平移", "横移", "摇拍", "pan", "pans", "panning", "tilt", "tilting"}
_SIDEWAYS = ("pan", "pan_shot", "tilt", "roll", "rotate", "carriage", "move")
_GENERAL = ("move", "shift", "change", "do", "act", "happen", "go")


@dataclass(frozen=True)
class Deed:
    """One thing that happens: `action` of `subject`, at `place` among the tokens.

    `subject` is None where it is no known noun; `who` is the kind of the subject's token, empty where nobody is named.
    """

    action: Action
    subject: Noun | None
    place: int
    who: str = ""
    is_directed: bool = False

    @property
    def is_camera(self) -> bool:
        return self.who == "camera"

    @property
    def is_of_anything(self) -> bool:
        return self.who in ("something", "picture")


@dataclass(frozen=True)
class Reading:
    """All of a sentence that the advice needs.

    `tokens` and their places are of `text`, the normal form in simplified signs, and of `typed`, which is as long.
    """

    text: str
    typed: str
    tokens: tuple[Token, ...]
    motion: Motion
    deeds: tuple[Deed, ...]

    def kinds(self, *names: str) -> list[Token]:
        """The tokens of these kinds."""
        return [token for token in self.tokens if token.kind in names]

    @cached_property
    def unheard(self) -> list[tuple[int, int]]:
        """Where no particular motion is asked for: "get it moving", "so that people stop", 像在飞一样."""
        known = vocabulary()
        return [found.span() for pattern in (known.vague_wishes, known.asides) for found in pattern.finditer(self.text)]

    @property
    def nouns(self) -> list[Noun]:
        return [token.value for token in self.tokens if token.kind == "noun"]

    @cached_property
    def moves(self) -> list[Move]:
        """The camera's moves in order, standing still aside, and without what somebody else does."""
        moves = [move for segment in self.motion.segments for move in segment.moves if move.kind != "still"]
        return [move for move in moves if not self._is_of_other(move)]

    def _is_of_other(self, move: Move) -> bool:
        at = self.text.lower().find(move.words.lower())
        if at < 0:
            return False
        inside = [place for place, token in enumerate(self.tokens) if at <= token.start < at + len(move.words)]
        others = {
            deed.place
            for deed in self.deeds
            if not deed.is_camera
            and (
                deed.subject
                or (deed.action.kind == "vague" and deed.who)
                or (deed.who == "something" and not deed.is_directed)
            )
        }
        if self._is_of_object(at):
            return True
        is_noun = bool(inside) and self.tokens[inside[0]].kind in ("noun", "plain") and _has_article(self, inside[0])
        return is_noun or bool(others & set(inside))

    def _is_of_object(self, at: int) -> bool:
        """把面罩推上去: somebody moves something."""
        place = next((place for place, token in enumerate(self.tokens) if token.end > at), 0)
        first, _ = clause_of(self.tokens, place)
        before = self.tokens[first:place]
        is_moved = any(said(self, token) in ("把", "将") for token in before)
        return is_moved and not any(token.kind in ("camera", "picture") for token in before)

    @cached_property
    def camera(self) -> str | None:
        """The first move by its name in the coach's answer, None where its direction is not said; a rotation as the
        sentence names it."""
        moves = [move for segment in self.motion.segments for move in segment.moves]
        first = next((move for move in moves if move.kind == "still" or move in self.moves), None)
        if first is None:
            return camera_by_deed(self)
        if undirected_camera(self):
            return None
        if first.kind == "still" and not self.kinds("camera", "still_outright"):
            return None
        said = first.words.lower()
        if first.kind == "roll" and any(word in said for word in ("counter", "anti", "ccw", "逆")):
            return "rotate_ccw"
        if first.kind == "roll" and any(word in said for word in ("clockwise", " cw", "顺")):
            return "rotate_cw"
        return _NAMES.get((first.kind, first.direction))

    @property
    def has_pace(self) -> bool:
        if self.kinds("pace", "speed", "strength") or "in time-lapse" in [t.value for t in self.kinds("environment")]:
            return True
        if _AT_PACE.search(self.text):
            return True
        paced = vocabulary().lists["paced_verbs"]
        return any(
            _stems(said(self, token)) & paced or re.search("slow|[慢缓]", said(self, token))
            for token in self.kinds("verb", "action", "direction")
        )

    @property
    def is_calm(self) -> bool:
        """Whether it asks for slow or gentle motion."""
        calm = vocabulary().lists["calm"]
        return any(token.value == "slow" or said(self, token).lower() in calm for token in self.kinds("pace"))

    @property
    def is_han(self) -> bool:
        return any("\u3400" <= sign <= "\u9fff" for sign in self.text)


def _stems(word: str) -> set[str]:
    """What a form of a verb may come from: "glides", "creeping"."""
    first = word.lower().partition(" ")[0]
    bare = {first.removesuffix(ending) for ending in ("", "s", "es", "d", "ed", "ing")}
    return bare | {f"{stem}e" for stem in bare}


def _has_article(reading: Reading, place: int) -> bool:
    """Whether an article stands before and nobody between who could do it: "the camera trucks right"."""
    first, _ = clause_of(reading.tokens, place)
    before = itertools.takewhile(lambda token: token.kind != "camera", reversed(reading.tokens[first:place]))
    return any(token.value == "determiner" for token in before)


def normalise(sentence: str) -> str:
    """Signs of full width as ordinary ones, sign by sign, so that places in it are those of the sentence."""
    return "".join(normal if len(normal := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in sentence)


def read_sentence(sentence: str) -> Reading:
    """Reads a sentence in English or Chinese or both."""
    text = normalise(sentence)
    found, tokens = tokenise(text, vocabulary().lexicon)
    if len(found) != len(text):  # signs that merge, as a letter and its accent
        text = found
    settled = tuple(settle(tokens, found))
    return Reading(found, text, settled, read_motion(sentence), tuple(_deeds(settled, found)))


def clause_of(tokens: tuple[Token, ...], place: int) -> tuple[int, int]:
    """First and last place of the clause around a token."""
    first, last = place, place
    while first > 0 and tokens[first - 1].kind not in LINKS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind not in LINKS:
        last += 1
    return first, last


def _deeds(tokens: tuple[Token, ...], text: str) -> Iterator[Deed]:
    for place, token in enumerate(tokens):
        action = token.value if token.kind in ("action", "violent") else None
        first, last = clause_of(tokens, place)
        has_camera = any(each.kind in ("camera", "picture") for each in tokens[first : place + 2])
        is_firm = token.kind == "verb" and token.value.grip == "firm"
        is_of_object = any(text[each.start : each.end] in ("把", "将") for each in tokens[first:place])
        if token.kind == "verb" and not has_camera and (not is_firm or is_of_object):
            action = Action(text[token.start : token.end].lower(), "goal")
        if action is None:
            continue
        subject, who = _subject(tokens, place, text)
        said_here = text[token.start : token.end].lower()
        has_way = any(each.kind in ("direction", "path") for each in tokens[place + 1 : last + 1])
        object_ = next((each for each in tokens[place + 1 :] if each.kind != "filler"), None)
        is_goal = action.kind == "goal" or text[token.start : token.end].endswith(("向", "到", "近", "往", "离"))
        is_moved = not is_goal and object_ is not None and object_.kind == "camera"
        if is_moved:
            subject, who = None, "camera"  # 旋转镜头
        action = _of_subject(action, subject, text[token.start : token.end])
        is_sure = bool(who) and (subject is not None or (has_way and token.kind == "verb" and token.value.form != "base"))
        if token.kind == "verb" and (not is_sure or said_here in ("get", "gets", "getting")):
            continue
        is_directed = any(
            tokens[at].kind == "direction" or (tokens[at].kind == "path" and at != place)
            for at in range(first, last + 1)
        )
        yield Deed(action, subject, place, who, is_directed)


def _of_subject(action: Action, subject: Noun | None, word: str) -> Action:
    """What a word means of somebody of this kind: 开 is to open, but of a car to drive."""
    english = vocabulary().rendering["by_subject"].get(word, {}).get(subject.kind if subject else "")
    return Action(english, vocabulary().kinds[english]) if english else action


def _subject(tokens: tuple[Token, ...], place: int, text: str) -> tuple[Noun | None, str]:
    """Who does the deed at `place`, and of which kind; a clause without a subject has the last one's."""
    for at in range(place - 1, -1, -1):
        token = tokens[at]
        if token.kind == "stop":
            break
        is_nominal = token.kind in ("noun", "someone", "something", "camera", "picture")
        if not is_nominal and _is_unknown_name(tokens, at, text) and not _is_object(tokens, at, text):
            return None, "noun"
        if not is_nominal or _is_object(tokens, at, text):
            continue
        if token.kind == "someone" and text[token.start : token.end].lower() in ("it", "它"):
            names = [place for place in range(at) if tokens[place].kind in ("noun", "camera")]
            own = [place for place in names if not _is_object(tokens, place, text)]
            named = tokens[(own or names)[-1]] if names else None
            return (named.value, named.kind) if named else (None, "something")
        return (token.value if token.kind == "noun" else None), token.kind
    return None, ""


def _is_unknown_name(tokens: tuple[Token, ...], at: int, text: str) -> bool:
    """ "A nun", "my hoverboard": a word that nobody here knows, behind an article."""
    token = tokens[at]
    is_name = token.kind in ("word", "plain") and text[token.start : token.end].lower() not in _PREPOSITIONS
    if not is_name or not text[token.start].isascii():
        return False
    before = next((each for each in reversed(tokens[:at]) if each.kind not in ("word", "plain", "noun")), None)
    return before is not None and before.value == "determiner"


def _is_from(tokens: tuple[Token, ...], at: int, text: str) -> bool:
    """从甲骨上的一个字慢慢退出来: all up to the pace is where it comes from."""
    first, last = clause_of(tokens, at)
    is_before_pace = at < last and any(token.kind in ("pace", "speed") for token in tokens[at + 1 : last + 1])
    said = [text[token.start : token.end] for token in tokens[first:at]]
    is_in = "在" in said and "的" not in said[said.index("在") :]
    is_verbless = not any(token.kind in ("action", "verb", "pace", "speed") for token in tokens[first:at])
    return is_before_pace and is_verbless and (is_in or bool({"从", "由", "自"} & set(said)))


def _is_object(tokens: tuple[Token, ...], at: int, text: str) -> bool:
    """Whether a noun stands behind a preposition, a path or its own verb: "toward the camera", "lifts her hand"."""
    if _is_from(tokens, at, text):
        return True
    for before in range(at - 1, -1, -1):
        token = tokens[before]
        word = text[token.start : token.end].lower()
        if token.kind in ("path", "direction", "action", "verb") or word in _BEFORE_OBJECTS:
            return not (token.kind == "action" and word in ("let", "make", "让"))
        if token.kind not in ("filler", "pace", "strength", "speed", "word", "plain", "abstract", "noun"):
            return False
        is_same_name = token.kind == "noun" and token.end == tokens[before + 1].start
        if token.kind in ("word", "noun") and not word.isascii() and not is_same_name:
            return False
    return False


def camera_by_deed(reading: Reading) -> str | None:
    """The move of a camera that does what others do, too: "the camera follows the duck to the right", 镜头慢慢向上;
    where nobody is named and somebody is told to go somewhere, the camera is."""
    for deed in reading.deeds:
        is_told = deed.action.kind in ("goal", "travel") and reading.has_pace and _is_told(reading, deed)
        if deed.is_camera or is_told:
            first, last = clause_of(reading.tokens, deed.place)
            ways = [each for each in reading.tokens[first : last + 1] if each.kind == "direction"]
            sides = [str(each.value) for each in ways if not is_origin(reading, each)]
            way = deed.action.english.removeprefix("go ")
            sides += [way] if way in _BY_SIDE else []
            own = next((way for way, verbs in _CAMERA_DEEDS.items() if deed.action.english in verbs), None)
            if own or sides:
                return next((_BY_SIDE[side] for side in sides if side in _BY_SIDE), None) or own
    return None


def is_origin(reading: Reading, side: Token) -> bool:
    """从左边 …: where it comes from."""
    return bool(re.search(r"[从由自][^,，。向到往]{0,8}$", reading.text[: side.start]))


def _is_told(reading: Reading, deed: Deed) -> bool:
    """Whether nobody is named before who could do it: "retreat slowly from …", 从阳台慢慢往下看."""
    is_place = False
    for token in reading.tokens[: deed.place]:
        is_place = token.kind == "path" or (is_place and token.kind not in ("pace", "speed", "comma"))
        if token.kind not in _MANNERS and not is_place:
            return False
    has_way = deed.is_directed or any(deed.action.english in verbs for verbs in _CAMERA_DEEDS.values())
    return has_way and not deed.who and not reading.kinds("something")


def undirected_camera(reading: Reading) -> Token | None:
    """The camera verb of a sentence that says no direction for any: "the camera pans slowly"."""
    if vocabulary().vague_wishes.search(reading.text):
        return None
    moves = [move for move in reading.moves if move.kind != "handheld"]
    if any(move.kind == "orbit" or _is_directed(move) for move in moves):
        return None
    if moves:
        at = reading.text.lower().find(moves[0].words.lower())
        place = next((place for place, token in enumerate(reading.tokens) if token.start == at), None)
        return None if place is None or _has_side(reading, place) else reading.tokens[place]
    for deed in reading.deeds:
        word = said(reading, reading.tokens[deed.place]).lower()
        is_shot = not deed.who and (word in _SHOTS or (word == "move" and _is_behind_slow(reading, deed.place)))
        if (is_shot or (deed.is_camera and deed.action.english in _CAMERA_WAYS)) and not _has_side(reading, deed.place):
            return reading.tokens[deed.place]
    return next((token for place, token in enumerate(reading.tokens) if _is_undirected_verb(reading, place)), None)


def _is_behind_slow(reading: Reading, place: int) -> bool:
    """ "A slow sideways move": a noun."""
    before = [token for token in reading.tokens[:place] if token.kind not in ("path", "filler")]
    return bool(before) and said(reading, before[-1]).lower() in words("pace_adjectives")


def _is_undirected_verb(reading: Reading, place: int) -> bool:
    """A verb for a move of the camera that is named beside it, 横移镜头, with no side."""
    token = reading.tokens[place]
    if token.kind != "verb" or token.value.group is None or token.value.group.name not in _SIDEWAYS:
        return False
    first, last = clause_of(reading.tokens, place)
    has_camera = any(each.kind == "camera" for each in reading.tokens[first : last + 1])
    is_shot = said(reading, token).lower() in _SHOTS and _is_of_nobody(reading, first, place, last)
    return (has_camera or is_shot) and not _has_side(reading, place)


def _has_side(reading: Reading, place: int) -> bool:
    """Whether the clause around a place names a side; "in" and "out" may be mere prepositions."""
    first, last = clause_of(reading.tokens, place)
    clause = reading.tokens[first : last + 1]
    return any(
        token.kind == "direction"
        and set(str(token.value).split()) <= _SIDES
        and said(reading, token).lower() not in _MERE_PREPOSITIONS
        for token in clause
    )


def _is_of_nobody(reading: Reading, first: int, place: int, last: int) -> bool:
    """ "A slow panning of the kitchen", but no frying pan."""
    is_named = any(each.kind == "noun" for each in reading.tokens[first:place])
    return not is_named and any(each.kind in ("pace", "speed") for each in reading.tokens[first : last + 1])


def _is_directed(move: Move) -> bool:
    """Whether its own words say where to: "across" does not."""
    if "zoom" in move.words.lower() or "变焦" in move.words:
        return True
    _, tokens = tokenise(move.words)
    return any(
        (token.kind == "direction" and set(str(token.value).split()) <= _SIDES)
        or (token.kind == "verb" and _has_one_way(token.value))
        for token in tokens
    )


def _has_one_way(verb: Verb) -> bool:
    """ "Rise" and 推近 carry their direction."""
    return verb.group is None or len(set(verb.group.means.values())) == 1


def concrete(reading: Reading) -> list[Deed]:
    """Deeds that a model can show: whoever moves, and how, can be told."""
    return [
        deed
        for deed in reading.deeds
        if deed.action.kind not in ("still", "vague")
        and not is_put(reading, deed)
        and not _is_vague(reading, deed)
        and not is_wish(reading, reading.tokens[deed.place])
        and not any(start <= reading.tokens[deed.place].start < end for start, end in reading.unheard)
    ]


def is_put(reading: Reading, deed: Deed) -> bool:
    """堆在客厅里, 画着一朵花: how things have been put, where nothing says that somebody is at it."""
    word = said(reading, reading.tokens[deed.place])
    after = reading.text[reading.tokens[deed.place].end :][:1]
    is_result = (after in "在着满" and bool(after)) or word.endswith(("在", "着", "满"))
    return is_result and deed.action.english in words("putting") and not reading.has_pace


def _is_vague(reading: Reading, deed: Deed) -> bool:
    """Whether it only says that something moves or changes, not what, how or where to."""
    if deed.is_camera:
        return not reading.moves and not deed.is_directed and deed.action.english in _GENERAL
    word = said(reading, reading.tokens[deed.place]).lower()
    is_general = deed.action.english in _GENERAL or word in ("do", "does", "doing")
    if deed.is_of_anything:
        return is_general or not deed.is_directed
    if is_general and deed.subject is None and deed.who != "noun":
        return not deed.is_directed or not any(token.kind == "someone" for token in reading.tokens[: deed.place])
    return is_general and not deed.is_directed and not reading.has_pace and not reading.kinds("environment")


def is_wish(reading: Reading, token: Token) -> bool:
    """ "Make it look …", 让: a verb of asking, no motion."""
    word = said(reading, token).lower()
    if _ON_VIEWERS.search(reading.text[: token.start]):
        return True
    if reading.kinds("motion") and token.kind == "action" and token.value.english in ("transform", "turn into", "make"):
        return True
    return word in vocabulary().lists["request"] or bool(word.startswith("turn") and _TURN_INTO.search(reading.text))


def said(reading: Reading, *tokens: Token) -> str:
    """The words of some tokens as they stand."""
    return reading.text[tokens[0].start : tokens[-1].end]
