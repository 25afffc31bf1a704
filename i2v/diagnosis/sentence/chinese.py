"""Whether a Chinese word is a verb where it stands; forms tell nothing there."""

from __future__ import annotations

from dataclasses import replace

from i2v.diagnosis.sentence.kinds import LINKS, PACES, becomes_deed, words
from i2v.diagnosis.sentence.vocabulary import Action, Noun
from i2v.domain.motion.lexicon import Token


def read_han(settled: list[Token], token: Token, tokens: list[Token], at: int, text: str) -> Token:
    """The same for Chinese, where forms tell nothing: what stands before, and what the word is glued to."""
    after = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].start == token.end else None
    last = settled[-1] if settled else None
    word, said_after = text[token.start : token.end], text[after.start : after.end] if after else ""
    is_paced = last is not None and last.kind in PACES and last.end == token.start
    if token.kind in ("violent", "plain", "verb"):
        return token
    if token.kind == "word":
        is_listed = last is not None and last.kind in LINKS and any(each.kind == "action" for each in settled)
        if is_listed and len(word) == 1 and said_after in words("complements"):
            return replace(token, kind="action", value=Action(word, "act"))  # 、执起落叶
        is_deed = is_paced and word not in words("small_signs", "ending_signs") and word not in "他她它我你"
        return replace(token, kind="action", value=Action(word, "act")) if is_deed else token
    noun: Noun | None = token.value[0] if token.kind == "either" else None
    action: Action = token.value[1] if token.kind == "either" else token.value
    nothing = replace(token, kind="noun", value=noun) if noun else replace(token, kind="word", value=None)
    is_done = len(word) > 1 and word[-1] in words("complements")
    if not is_done and said_after and said_after in words("thing_signs") and after is not None and after.kind == "word":
        return nothing
    if said_after == "的" and not is_paced and _names_thing(tokens, at + 2):
        return nothing
    if not is_paced and token.start and text[token.start - 1] == "的":
        return nothing  # 学生的剪纸作品
    if not is_paced and _is_clause_of_thing(tokens, at, text):
        return nothing
    if noun is not None and not is_paced and said_after not in ("着", "了", "起", "起来"):
        return nothing
    is_first = last is None or last.kind in LINKS
    is_first_deed = is_first and not any(each.kind in ("action", "verb") for each in settled)
    if (
        len(word) == 1
        and is_first_deed
        and not any(each.kind in PACES for each in tokens)
        and said_after not in "了着起"
    ):
        return nothing  # 烤鱼, a dish
    if len(word) == 1 and token.start and text[token.start - 1] in words("counting_signs"):
        return nothing  # 那种, 三朵
    is_glued = last is not None and last.end == token.start and last.kind == "word"
    if len(word) == 1 and not is_paced and is_glued and text[last.start : last.end] not in words("small_signs"):  # type: ignore[union-attr]
        return nothing
    if is_paced and last is not None and action.kind == "still" and becomes_deed(last, action):
        action = replace(action, kind="act")
    return replace(token, kind="action", value=action)


def _is_clause_of_thing(tokens: list[Token], at: int, text: str) -> bool:
    """撑伞的行人: a verb with its object in front of 的."""
    for place in range(at + 1, min(at + 5, len(tokens))):
        token = tokens[place]
        if token.kind in (*LINKS, *PACES, "action") or token.start != tokens[place - 1].end:
            return False
        if text[token.start : token.end] == "的":
            return _names_thing(tokens, place + 1)
    return False


def _names_thing(tokens: list[Token], place: int) -> bool:
    return place < len(tokens) and tokens[place].kind in ("noun", "word", "plain", "either", "something", "picture")
