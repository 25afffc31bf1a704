"""A sentence as a coach reads it: who does what, where to, how fast, and what the camera does meanwhile."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from i2v.diagnosis.sentence.deeds import Deed, clause_of, find_deeds
from i2v.diagnosis.sentence.grammar import settle
from i2v.diagnosis.sentence.kinds import words
from i2v.diagnosis.sentence.vocabulary import Noun, vocabulary
from i2v.domain.motion import Motion, Move, read_motion
from i2v.domain.motion.lexicon import Token, tokenise

_TURN_INTO = re.compile(
    r"\bturns? (it|this|that|them|my|our|the (photo|picture|image|shot)|me)\b.*\binto\b", re.IGNORECASE
)
_NAMES = ("noun", "someone", "something", "camera", "picture")
_AT_PACE = re.compile(r"\b(at|with|in)\b[^;.]{0,36}\b(pace|tempo|speed|velocity|rate|rhythm|crawl)\b", re.IGNORECASE)
_ON_VIEWERS = re.compile(
    r"[让令使](人|大家|观众|顾客|客人|别人|看的人|粉丝|网友|评委)[^,，。;；]*$|"
    r"\b(make|makes|making|want|so|get) (people|viewers|everyone|everybody|customers|clients|guests|folks|followers|"
    r"the viewers?|the audience|whoever \w+) [^,.;]*$",
    re.IGNORECASE,
)
_GENERAL = ("move", "shift", "change", "do", "act", "happen", "go")


@dataclass(frozen=True)
class Reading:
    """All of a sentence that the advice needs.

    `tokens` and their places are of `text`, the normal form in simplified signs, and of `typed`, the sentence itself,
    which is as long but where its signs merge.
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
        return [*self._asides, *(found.span() for found in vocabulary().vague_wishes.finditer(self.text))]

    def is_aside(self, token: Token) -> bool:
        """Whether it stands in what only explains the wish, or in quotes: the words on a sign."""
        return any(start <= token.start < end for start, end in self._asides)

    @cached_property
    def _asides(self) -> list[tuple[int, int]]:
        return [found.span() for found in vocabulary().asides.finditer(self.text)]

    @property
    def nouns(self) -> list[Noun]:
        return [token.value for token in self.tokens if token.kind == "noun"]

    @cached_property
    def moves(self) -> list[Move]:
        """The camera's moves in order, standing still aside, and without what somebody else does."""
        moves = [move for segment in self.motion.segments for move in segment.moves if move.kind != "still"]
        return [move for move in moves if not self._is_of_other(move) and not self._is_unheard(move)]

    def _is_unheard(self, move: Move) -> bool:
        at = self.text.lower().find(move.words.lower())
        return any(start <= at < end for start, end in self.unheard)

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
    def has_pace(self) -> bool:
        if self.kinds("pace", "speed", "strength") or "in time-lapse" in [t.value for t in self.kinds("environment")]:
            return True
        if _AT_PACE.search(self.text):
            return True
        paced = vocabulary().lists["paced_verbs"]
        return any(
            _stems(said(self, token)) & paced or re.search("slow|[慢缓轻徐渐微]", said(self, token))
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
    found, tokens = tokenise(normalise(sentence), vocabulary().lexicon)
    typed = sentence if len(found) == len(sentence) else found  # signs that merge, as a letter and its accent
    settled = tuple(settle(tokens, found))
    return Reading(found, typed, settled, read_motion(sentence), tuple(find_deeds(settled, found)))


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
    if deed.is_of_anything and deed.action.english in ("rain", "snow", "hail", "drizzle"):
        return False
    if deed.is_of_anything:
        return is_general or not deed.is_directed
    if is_general and deed.subject is None and deed.who != "noun":
        return not deed.is_directed or not any(token.kind == "someone" for token in reading.tokens[: deed.place])
    return is_general and not deed.is_directed and not reading.has_pace and not reading.kinds("environment")


def is_wish(reading: Reading, token: Token) -> bool:
    """ "Make it look …", 让: a verb of asking, no motion."""
    word = said(reading, token).lower()
    if _is_of_quality(reading, token):
        return True
    if _ON_VIEWERS.search(reading.text[: token.start]):
        return True
    if reading.kinds("motion") and token.kind == "action" and token.value.english in ("transform", "turn into", "make"):
        return True
    at = reading.tokens.index(token)
    later = reading.tokens[at + 1 : at + 3]
    if word in ("look", "looks") and any(each.kind in ("direction", "path") for each in later):
        return False
    return word in vocabulary().lists["request"] or bool(word.startswith("turn") and _TURN_INTO.search(reading.text))


def _is_of_quality(reading: Reading, token: Token) -> bool:
    """ "Turn up the romance": a verb that has a quality for its object, and nobody who does it."""
    at = reading.tokens.index(token)
    first, last = clause_of(reading.tokens, at)
    later = [
        each.kind for each in reading.tokens[at + 1 : last + 1] if each.kind not in ("filler", "path", "direction")
    ]
    names = [said(reading, each).lower() for each in reading.tokens[first:at] if each.kind in _NAMES]
    is_of_nobody = all(name in ("it", "this", "that", "它") for name in names)
    is_quality = later[:1] in (["abstract"], ["motion"]) and not set(later[1:2]) & {*_NAMES, "word"}
    return is_of_nobody and is_quality


def said(reading: Reading, *tokens: Token) -> str:
    """The words of some tokens as they stand."""
    return reading.text[tokens[0].start : tokens[-1].end] if tokens else ""
