"""Who does what in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from i2v.diagnosis.sentence.kinds import LINKS
from i2v.diagnosis.sentence.vocabulary import Action, Noun, vocabulary
from i2v.domain.motion.lexicon import Token

_PREPOSITIONS = {
    "of", "in", "with", "at", "by", "for", "on", "into", "from", "through", "next to", "in front of", "close to",
    "on top of", "onto", "under", "behind", "between", "against",
}  # fmt: skip
_BEFORE_OBJECTS = _PREPOSITIONS | {"从", "向", "往", "朝", "把", "将", "对着", "在"}


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


def clause_of(tokens: tuple[Token, ...], place: int) -> tuple[int, int]:
    """First and last place of the clause around a token."""
    first, last = place, place
    while first > 0 and tokens[first - 1].kind not in LINKS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind not in LINKS:
        last += 1
    return first, last


def find_deeds(tokens: tuple[Token, ...], text: str) -> Iterator[Deed]:
    """All that is done, in the order of the words."""
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
        is_sure = bool(who) and (
            subject is not None or (has_way and token.kind == "verb" and token.value.form != "base")
        )
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
    place = next((at for at, word in enumerate(said) if word in ("在", "喺", "于")), None)
    is_in = place is not None and "的" not in said[place:]
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
