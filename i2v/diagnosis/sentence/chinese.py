"""Whether a Chinese word is a verb where it stands: by what stands before it, and what it is glued to."""

from __future__ import annotations

from dataclasses import replace

from i2v.diagnosis.sentence.kinds import LINKS, PACES, becomes_deed, words
from i2v.diagnosis.sentence.vocabulary import Action, Noun
from i2v.domain.motion.lexicon import Token

_ASPECTS = "了着起"
_LEADS = "到向进出过往入"


class ChineseWord:
    """One word that may be a verb, with what stands around it."""

    def __init__(self, settled: list[Token], token: Token, tokens: list[Token], at: int, text: str) -> None:
        self._settled, self._token, self._tokens, self._at, self._text = settled, token, tokens, at, text
        self._word = self._said(token)
        self._last = settled[-1] if settled else None
        self._next = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].start == token.end else None
        self._after = self._said(self._next)
        self._is_glued = self._last is not None and self._last.end == token.start
        self._is_paced = self._is_glued and self._last is not None and self._last.kind in PACES

    def _said(self, token: Token | None) -> str:
        return self._text[token.start : token.end] if token else ""

    def read(self) -> Token:
        token = self._token
        if token.kind in ("violent", "plain", "verb"):
            return token
        if token.kind == "word":
            is_deed = self._is_listed() or (self._is_paced and self._may_be_deed())
            return replace(token, kind="action", value=Action(self._word, "act")) if is_deed else token
        noun: Noun | None = token.value[0] if token.kind == "either" else None
        action: Action = token.value[1] if token.kind == "either" else token.value
        if self._is_suffix() or self._is_of_thing() or (noun and self._is_bare()) or self._is_part():
            return replace(token, kind="noun", value=noun) if noun else replace(token, kind="word", value=None)
        if self._is_paced and self._last is not None and action.kind == "still" and becomes_deed(self._last, action):
            action = replace(action, kind="act")
        return replace(token, kind="action", value=action)

    def _may_be_deed(self) -> bool:
        if self._word == "下":
            return any(each.kind == "noun" and each.value.kind in ("water", "sky") for each in self._settled)
        return self._word not in words("small_signs", "ending_signs") and self._word not in "他她它我你"

    def _is_listed(self) -> bool:
        """、执起落叶: a sign with a complement, first in a clause of a list of deeds."""
        is_led_on = bool(self._after) and self._after in words("complements")
        return self._is_first_of_list() and len(self._word) == 1 and is_led_on

    def _is_first_of_list(self) -> bool:
        is_first = self._last is not None and self._last.kind in LINKS
        return is_first and any(each.kind == "action" for each in self._settled)

    def _is_suffix(self) -> bool:
        """The 着 of another verb."""
        return (
            self._word == "着" and self._is_glued and self._last is not None and self._last.kind in ("action", "verb")
        )

    def _is_bare(self) -> bool:
        is_in_list = self._is_first_of_list() and bool(self._after)
        return not self._is_paced and not is_in_list and self._after not in ("着", "了", "起", "起来")

    def _is_of_thing(self) -> bool:
        """Whether it belongs to the name of a thing: 喷水壶, 打开的门, 学生的剪纸, 撑伞的行人."""
        is_done = len(self._word) > 1 and self._word[-1] in words("complements")
        is_word = self._next is not None and self._next.kind == "word"
        if not is_done and is_word and self._after and self._after in words("thing_signs"):
            return True
        if self._is_paced:
            return False
        start = self._token.start
        is_behind_owner = start > 0 and self._text[start - 1] == "的"
        return (
            is_behind_owner or (self._after == "的" and self._names_thing(self._at + 2)) or self._is_clause_of_thing()
        )

    def _is_part(self) -> bool:
        """Whether a single sign is only a part of a word: 烤鱼, 那种, 三朵."""
        if len(self._word) > 1:
            return False
        start = self._token.start
        if start and self._text[start - 1] in words("counting_signs"):
            return True
        is_led = bool(self._after) and self._after in _LEADS
        is_first = self._last is None or self._last.kind in LINKS
        is_first_deed = is_first and not any(each.kind in ("action", "verb") for each in self._settled)
        is_idle = not self._after or self._after not in _ASPECTS
        if is_first_deed and is_idle and not is_led and not any(each.kind in PACES for each in self._tokens):
            return True
        is_glued = self._is_glued and self._last is not None and self._last.kind == "word"
        return is_glued and not self._is_paced and not is_led and self._said(self._last) not in words("small_signs")

    def _is_clause_of_thing(self) -> bool:
        """撑伞的行人: a verb with its object in front of 的."""
        for place in range(self._at + 1, min(self._at + 5, len(self._tokens))):
            token = self._tokens[place]
            if token.kind in (*LINKS, *PACES, "action") or token.start != self._tokens[place - 1].end:
                return False
            if self._said(token) == "的":
                return self._names_thing(place + 1)
        return False

    def _names_thing(self, place: int) -> bool:
        kinds = ("noun", "word", "plain", "either", "something", "picture")
        return place < len(self._tokens) and self._tokens[place].kind in kinds
