"""Whether an English word is a verb where it stands: by its form, its place and its neighbours."""

from __future__ import annotations

from dataclasses import replace

from i2v.diagnosis.sentence.kinds import HEADS, LINKS, NAMES, PACES, becomes_deed, plain_words, words
from i2v.diagnosis.sentence.vocabulary import Action
from i2v.domain.motion.lexicon import Token

_STATIC = ("beside", "near", "under", "behind", "by", "against", "between", "above", "around", "over")


class EnglishWord:
    """One word that may be a verb, with what stands around it."""

    def __init__(self, settled: list[Token], tokens: list[Token], at: int, text: str) -> None:
        self._text = text
        self._token = tokens[at]
        self._word = self._said(self._token)
        self._next = tokens[at + 1] if at + 1 < len(tokens) else None
        first = len(settled)
        while first > 0 and settled[first - 1].kind not in LINKS:
            first -= 1
        self._before = settled[first:]
        self._tokens = tokens
        self._all = settled
        self._link = settled[first - 1].kind if first else ""

    def _said(self, token: Token | None) -> str:
        return self._text[token.start : token.end].lower() if token else ""

    def read(self) -> Token:
        token = self._token
        if token.kind == "verb":
            return token
        if token.kind in ("word", "plain"):
            return self._unknown()
        if token.kind == "motion":
            is_deed = self._head is not None and self._head.kind in ("noun", "word") and self._is_paced()
            return replace(token, kind="action", value=Action("move", "travel", "gerund")) if is_deed else token
        noun = token.value[0] if token.kind == "either" else None
        action = token.value[1] if token.kind == "either" else token.value
        if action is None:
            return token
        is_lying = action.form == "past" and action.kind == "still" and self._said(self._head) in words("be")
        if is_lying or self._is_verb(action.form, is_noun=noun is not None or self._word in words("things")):
            idle = action.form == "gerund" and self._word in words("no_actions") and action.kind != "vague"
            value = replace(action, kind="still") if idle else action
            last = self._last
            if value.kind == "still" and action.form != "gerund" and last and becomes_deed(last, value):
                value = replace(value, kind="act")
            return replace(token, kind="violent" if token.kind == "violent" else "action", value=value)
        if token.kind == "violent" and self._is_behind_determiner():
            return replace(token, kind="word", value=None)
        if token.kind == "violent":
            return replace(token, value=None)
        return replace(token, kind="noun", value=noun) if noun else replace(token, kind="word", value=None)

    def _unknown(self) -> Token:
        token, word = self._token, self._word
        if token.kind == "plain" or " " in word:
            return token
        if word.endswith("ly") and len(word) > 4 and word not in words("no_adverbs"):
            return replace(token, kind="pace", value="manner")
        if word in plain_words():
            return token
        if word.endswith("ing") and len(word) > 5 and word not in words("no_actions") and self._is_verb("gerund"):
            return replace(token, kind="action", value=Action(word, "act", "gerund"))
        if word.endswith("ed") and len(word) > 4 and self._is_verb("past"):
            return replace(token, kind="action", value=Action(word, "act", "past"))
        is_s = word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
        if is_s and self._is_verb("finite", is_unknown=True):
            return replace(token, kind="action", value=Action(word, "act"))
        return token

    @property
    def _last(self) -> Token | None:
        return self._before[-1] if self._before else None

    @property
    def _head(self) -> Token | None:
        """What stands before, words of pace aside."""
        return next((token for token in reversed(self._before) if token.kind not in PACES), None)

    def _is_paced(self) -> bool:
        """Whether an adverb of pace stands right beside."""
        last = self._last
        is_before = last is not None and last.kind in PACES and not self._is_adjective(last)
        after = self._next
        return is_before or (after is not None and after.kind in PACES and not self._is_adjective(after))

    def _is_adjective(self, token: Token) -> bool:
        said = self._said(token)
        return said in words("pace_adjectives", "other_adjectives") and not said.endswith("ly")

    def _leads_on(self) -> bool:
        return self._may_lead_on() and not (self._word in words("things") and self._said(self._next) in _STATIC)

    def _may_lead_on(self) -> bool:
        """Whether what follows goes with a verb: an adverb, a direction, a path, a determiner, the clause's end."""
        after = self._next
        if after is None:
            return False
        said = self._said(after)
        is_adverb = said.endswith("ly") and said not in words("no_adverbs")
        return (
            after.kind in (*PACES, "direction", "path")
            or said in ("to and fro", "back and forth")
            or (after.kind == "action" and said.endswith("er"))
            or is_adverb
            or said in words("determiners") | {"it", "him", "them", "us", "me", "as", "up", "down", "off", "out", "in"}
        )

    def _is_at_end(self) -> bool:
        return self._next is None or self._next.kind in LINKS

    def _is_behind_determiner(self) -> bool:
        """ "A walk", "the small waves": nothing but adjectives since the article."""
        for token in reversed(self._before):
            said = self._said(token)
            if said in words("determiners") or said.endswith("'s") or token.value == "determiner":
                return True
            if token.kind in PACES and not self._is_adjective(token):
                return False
            if token.kind not in (*PACES, "word", "plain", "abstract", "still", "violent", "strength"):
                return False
            is_name = said in words("things") and self._word not in words("nounlike", "things")
            if token.kind == "word" and (said not in plain_words() or is_name):
                return False
        return False

    def _has_subject(self) -> bool:
        """Whether somebody stands before who may do it."""
        head = self._head
        if head is None or head.kind not in HEADS or self._said(head) in words("determiners"):
            return False
        return self._said(head) not in words("prepositions", "modals")

    def _has_verb(self) -> bool:
        return any(token.kind == "action" and token.value.form != "gerund" for token in self._before)

    def _goes_on(self) -> bool:
        """Whether it stands first in a clause that goes on from one with a verb: "turns, smiles and waves"."""
        if any(token.kind not in PACES for token in self._before):
            return False
        if self._link not in ("and", "comma", "then", "but", "while", "together", "or", "before", "after"):
            return False
        return any(token.kind in ("action", "verb") or (token.kind == "violent" and token.value) for token in self._all)

    def _is_verb(self, form: str, *, is_noun: bool = False, is_unknown: bool = False) -> bool:
        if form == "gerund":
            return self._is_gerund_verb()
        if form == "past":
            return self._is_past_verb()
        head, last = self._said(self._head), self._said(self._last)
        if self._last is not None and last in words("pace_adjectives") and not is_unknown:
            return not is_noun or form == "base"
        first = self._before[0] if self._before else None
        if (
            form == "base"
            and first
            and self._said(first) in words("pace_adjectives")
            and all(each.kind in (*PACES, "path", "filler") for each in self._before)
        ):
            return True
        if head in words("modals") or self._is_made():
            return form == "base" or head in ("does",)
        if self._is_behind_determiner():
            return False
        if form == "finite":
            return self._is_finite_verb(is_noun=is_noun, is_unknown=is_unknown)
        if not self._before or all(token.kind in PACES for token in self._before):
            return self._is_first_verb(is_noun=is_noun)
        if self._goes_on():
            return True
        is_of_several = any(self._said(each).endswith("s") for each in self._before if each.kind in HEADS)
        if (
            self._has_subject()
            and (not is_noun or is_of_several)
            and (self._is_paced() or self._is_second_subject() or (is_of_several and self._is_short_clause()))
        ):
            return True
        is_plural = (
            self._link == "and"
            or any(self._said(each) in words("plural_determiners") for each in self._before)
            or head.endswith("s")
            or (not is_noun and (self._is_at_end() or self._leads_on()) and self._is_plural_with_place())
            or head in words("plurals")
        )
        return is_plural and self._has_subject() and (self._is_paced() or self._leads_on() or not is_noun)

    def _is_plural_with_place(self) -> bool:
        """ "The candles on the cake flicker": several, and behind a preposition where they are."""
        first = next((self._said(each) for each in self._before if each.kind in HEADS), "")
        return first.endswith("s") and any(self._said(each) in words("prepositions") for each in self._before)

    def _is_short_clause(self) -> bool:
        """ "…, roses fall, …": nothing but a subject and its verb, among deeds."""
        is_listed = self._link == "comma" and any(token.kind in ("action", "verb") for token in self._all)
        return is_listed and self._is_at_end() and len(self._before) == 1

    def _is_second_subject(self) -> bool:
        """ "Her hair and scarf blow": no article in between, which would begin a list of things."""
        return self._link == "and" and not any(self._said(token) in words("determiners") for token in self._before)

    def _is_made(self) -> bool:
        """ "Let the water flow": somebody between a "let" and the base of a verb."""
        before = [self._said(token) for token in self._before]
        is_made = any(word in words("makers") for word in before)
        return is_made and self._has_subject() and before[-1] not in words("determiners", "prepositions")

    def _is_first_verb(self, *, is_noun: bool) -> bool:
        if is_noun and self._next and self._next.kind == "word" and self._text[self._next.start].isupper():
            return False  # "Nurse Adaeze sits"
        after = self._said(self._next)
        if self._goes_on():
            return not is_noun or self._leads_on() or self._is_at_end()
        if self._before and not self._is_adjective(self._before[-1]):
            return True  # "slowly turn …"
        leads = self._next is not None and (
            self._next.kind in (*PACES, "direction") or after in words("determiners", "pronouns")
        )
        return leads or (not is_noun and self._next is not None and self._next.kind in ("path", "camera", "picture"))

    def _is_finite_verb(self, *, is_noun: bool, is_unknown: bool) -> bool:
        if self._goes_on():
            return not (is_noun or is_unknown) or self._leads_on() or self._is_at_end() or self._is_paced()
        if not self._has_subject():
            return (
                bool(self._before)
                and self._is_paced()
                and not (self._last and self._is_adjective(self._last))
                and not is_noun
                and len(self._before) > 1
            )
        head = self._head
        assert head is not None
        if is_noun and not self._has_verb() and self._is_done_by(head):
            return True
        if self._has_verb() and not any(token.kind in ("path", "filler") for token in self._before):
            return self._is_paced()
        if not (is_noun or is_unknown):
            is_plain = (
                head.kind == "word"
                and self._said(head) in plain_words() & words("things")
                and self._word in words("nounlike")
            )
            if (
                self._is_at_end()
                and not self._is_paced()
                and self._word in words("nounlike")
                and any(self._said(each) in words("prepositions") for each in self._before)
            ):
                return False  # "on the church steps"
            return not is_plain or self._leads_on() or self._is_paced()
        if self._said(head).endswith("s") and not self._said(head).endswith("ss") and head.kind != "someone":
            return False
        return (
            self._is_paced()
            or self._leads_on()
            or (head.kind == "noun" and self._is_at_end() and (self._is_one_of_many() or self._is_led_by_manner()))
        )

    def _is_done_by(self, head: Token) -> bool:
        """ "He waves", "a man waves goodbye", "the flag waves in the wind"; "the ocean waves at sunset" are things."""
        if head.kind == "someone":
            return True
        is_one = head.kind == "noun" and not self._said(head).endswith("s") and head is self._last
        is_led = self._before[0].value == "determiner" or self._said(self._before[0]) in words("determiners")
        is_windy = self._next is not None and self._next.value in ("in the wind", "in the breeze")
        return is_one and is_led and (is_windy or head.value.kind in ("person", "animal"))

    def _is_led_by_manner(self) -> bool:
        """ "Softly the wheat bows" """
        return self._before[0].kind in PACES and self._said(self._before[0]).endswith("ly")

    def _is_one_of_many(self) -> bool:
        """Whether clauses before have verbs, and this one is made the same way: "a deer walks, the fog lifts"."""
        has_determiner = bool(self._before) and (
            self._before[0].value == "determiner" or self._said(self._before[0]) in words("determiners")
        )
        is_told = any(token.kind in ("action", "verb", "pace") for token in self._all)
        return bool(has_determiner) and (is_told or self._is_in_series())

    def _is_in_series(self) -> bool:
        """ "A gate swings, a child waves, a kite climbs": three clauses made the same way."""
        ends = [at for at, token in enumerate(self._tokens) if token.kind in LINKS]
        starts = [0, *(at + 1 for at in ends)]
        alike: list[bool] = [
            self._tokens[start].value == "determiner" and self._tokens[end - 1].kind in ("action", "either")
            for start, end in zip(starts, [*ends, len(self._tokens)], strict=True)
            if end - start > 2
        ]
        return sum(alike) > 2

    def _is_gerund_verb(self) -> bool:
        last = self._last
        if last is not None and last.kind in PACES and not self._is_adjective(last):
            return self._word not in words("stative") or self._said(self._next) in words("determiners")
        if self._said(self._head) in words("be") or self._said(last) in words("be"):
            return True
        after = self._next
        is_before_name = after is not None and after.kind in NAMES and self._said(after) not in words("determiners")
        if last is not None and last in self._before and self._is_adjective(last):
            return not is_before_name
        if self._is_behind_determiner():
            return False
        if not self._before:
            if is_before_name and after is not None and after.kind not in ("camera", "picture"):
                return bool(self._link) and self._goes_on() and self._link == "comma"
            return True
        if self._has_subject():
            return True
        if self._said(last) in words("prepositions") | {"while", "and"}:
            return not is_before_name
        return not is_before_name

    def _is_past_verb(self) -> bool:
        """ "Is stirred slowly", "walked slowly"; "arms crossed", "a parked car" tell how things are."""
        if self._is_behind_determiner():
            return False
        if self._word.endswith("er"):
            is_led = self._last is not None and self._last.kind == "action"
            return self._is_paced() or is_led  # "gets slowly brighter", "grows brighter"
        is_done = self._has_subject() or self._said(self._head) in words("be")
        return is_done and self._is_paced() and self._word not in words("stative")
