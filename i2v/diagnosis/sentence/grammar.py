"""Which words of a sentence are verbs, in English and in Chinese."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from i2v.diagnosis.sentence.chinese import ChineseWord
from i2v.diagnosis.sentence.english import EnglishWord
from i2v.diagnosis.sentence.kinds import HEADS, LINKS, PACES, plain_words, words
from i2v.diagnosis.sentence.spelling import meant_by
from i2v.diagnosis.sentence.vocabulary import Action, vocabulary
from i2v.domain.motion.lexicon import Token, lexicon


def settle(tokens: list[Token], text: str) -> list[Token]:
    """The tokens with each word that may be a verb told as one or not (`action`, `noun`, `word`)."""
    tokens = [_respelt(token, text) for token in tokens]
    tokens = [_as_gear(tokens, at, text) for at in range(len(tokens)) if not _is_idle_comma(tokens, at)]
    settled: list[Token] = []
    for at, token in enumerate(tokens):
        if token.kind in ("action", "either", "violent", "word", "plain", "verb") or _is_moving(token, text):
            if text[token.start].isascii():
                token = EnglishWord(settled, tokens, at, text).read()
            else:
                token = ChineseWord(settled, token, tokens, at, text).read()
        settled.append(token)
    return list(_anchored(settled, text))


def _as_gear(tokens: list[Token], at: int, text: str) -> Token:
    """ "The camera trucks right", "slow crane up": no vehicle and no bird."""
    token = tokens[at]
    kind, value = lexicon().entries.get(text[token.start : token.end].lower(), ("", None))
    if token.kind not in ("noun", "either") or kind != "verb":
        return token
    before = [each for each in tokens[:at] if each.kind in HEADS or each.kind == "action"]
    after = next((each for each in tokens[at + 1 :] if each.kind not in PACES), None)
    is_shot = not before and after is not None and after.kind == "direction" and any(e.kind in PACES for e in tokens)
    is_of_camera = bool(before) and before[-1].kind == "camera" and value.form != "base"
    return replace(token, kind=kind, value=value) if is_shot or is_of_camera else token


def _is_idle_comma(tokens: list[Token], at: int) -> bool:
    """A comma beside nothing but a pace: "retreat, slowly, from the letter"."""
    if tokens[at].kind not in ("and", "comma") or not 0 < at < len(tokens) - 1:
        return False
    if tokens[at - 1].kind in PACES and tokens[at + 1].kind in PACES:
        return True  # "slowly and gently", "a smooth, slow tilt"
    if tokens[at].kind == "and":
        return False
    after = list(itertools.takewhile(lambda each: each.kind not in LINKS, tokens[at + 1 :]))
    before = list(itertools.takewhile(lambda each: each.kind not in LINKS, tokens[:at][::-1]))
    return any(part and all(each.kind in PACES for each in part) for part in (after, before))


def _is_moving(token: Token, text: str) -> bool:
    return token.kind == "motion" and text[token.start : token.end].lower() == "moving"


def _respelt(token: Token, text: str) -> Token:
    word = text[token.start : token.end].lower()
    if token.kind != "word" or not word.isascii():
        return token
    meant = meant_by(word)
    if meant is None:
        return token
    kind, value = vocabulary().lexicon.entries[meant]
    return replace(token, kind=kind, value=value)


def _anchored(tokens: list[Token], text: str) -> Iterator[Token]:
    """Takes the likeliest word for the verb of a clause that has a pace and no verb: a manner is a manner of doing."""
    first = 0
    while first < len(tokens):
        last = first
        while last < len(tokens) and tokens[last].kind not in LINKS:
            last += 1
        yield from _anchor(tokens[first:last], text)
        yield from tokens[last : last + 1]
        first = last + 1


def _anchor(clause: list[Token], text: str) -> list[Token]:
    kinds = {token.kind for token in clause}
    is_idle = all(token.value.kind == "still" for token in clause if token.kind == "action")
    if (
        kinds & {"verb", "motion", "something", "still", "still_outright"}
        or not kinds & {"pace", "speed"}
        or not is_idle
    ):
        return clause
    paces = [at for at, token in enumerate(clause) if token.kind in ("pace", "speed")]
    place = None if "camera" in kinds else _likeliest(clause, paces[0], text)
    if place is None:
        return _with_way(clause, paces[0])
    word = text[clause[place].start : clause[place].end].lower()
    kind, known = vocabulary().lexicon.entries.get(word, ("", None))
    value = known if kind == "action" else Action(word, "act")
    return [*clause[:place], replace(clause[place], kind="action", value=value), *clause[place + 1 :]]


def _with_way(clause: list[Token], pace: int) -> list[Token]:
    """Slowly and somewhere: 慢慢上去, "a slow slide to the right"."""
    ways = [at for at in range(len(clause)) if clause[at].kind in ("path", "direction") and at != pace]
    is_led = any(token.kind in HEADS for token in clause[: pace + 2])
    if not ways or not is_led or not _is_adverb(clause, pace, ways[-1]):
        return clause
    at = ways[-1]
    english = f"go {clause[at].value}" if clause[at].kind == "direction" else "advance"
    return [*clause[:at], replace(clause[at], kind="action", value=Action(english, "goal")), *clause[at + 1 :]]


def _is_adverb(clause: list[Token], pace: int, way: int) -> bool:
    return (clause[pace].value in ("slow", "fast") and way > pace) or way == pace + 1


def _likeliest(clause: list[Token], pace: int, text: str) -> int | None:
    def said(at: int) -> str:
        return text[clause[at].start : clause[at].end].lower()

    things = plain_words()
    if not text[clause[pace].start].isascii():
        idle = words("small_signs", "ending_signs")
        later = [at for at in range(pace + 1, len(clause)) if clause[at].kind == "word" and said(at) not in idle]
        return later[-1] if later else None
    if not said(pace).endswith("ly"):
        return None
    for at in (pace + 1, pace - 1):
        if 0 <= at < len(clause) and clause[at].kind in ("word", "noun", "plain"):
            word = said(at)
            is_form = word.endswith("s") and " " not in word and not word.endswith(("ss", "'s"))
            has_subject = any(clause[before].kind in HEADS for before in range(min(at, pace)))
            if is_form and has_subject and word not in things:
                return at
    return None
