"""Kinds of tokens that go together, and small words by their class."""

from __future__ import annotations

from functools import cache

from i2v.diagnosis.sentence.vocabulary import Action, vocabulary
from i2v.domain.motion.lexicon import Token

LINKS = ("then", "stop", "after", "before", "earlier", "or", "but", "while", "together", "and", "comma")
PACES = ("pace", "speed", "strength")
NAMES = ("noun", "word", "plain", "something", "someone", "abstract", "motion", "camera", "picture", "other", "either")
HEADS = ("noun", "someone", "something", "camera", "picture", "word", "plain", "abstract", "motion")


@cache
def words(*names: str) -> frozenset[str]:
    """The words of these lists of the vocabulary."""
    return frozenset().union(*(vocabulary().lists[name] for name in names))


def becomes_deed(pace: Token, action: Action) -> bool:
    """ "Slowly sits", 慢慢铺满: a state that somebody slowly comes to."""
    return pace.value in ("slow", "fast") and action.english not in ("sleep", "rest", "nap", "slumber", "wait", "exist")


@cache
def plain_words() -> frozenset[str]:
    """English words that are known to be no verbs."""
    return words("things", "qualities")
