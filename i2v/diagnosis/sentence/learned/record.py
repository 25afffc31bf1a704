"""What the parser made of a sentence, as plain data that can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from i2v.diagnosis.sentence.camera import camera_of
from i2v.diagnosis.sentence.reading import Reading, concrete, said
from i2v.diagnosis.sentence.vocabulary import Action, Noun
from i2v.domain.motion.lexicon import Token, Verb


@dataclass(frozen=True)
class Record:
    """A reading without its places.

    Attributes:
        codes: the faults that the grammar finds, in its order.
        camera: the move understood.
        has_pace: whether any word says how fast.
        moves: how many moves of the camera there are.
        tokens: (word, kind, detail) in order.
        deeds: (kind, verb, who, whether a way is said) of what a model could show.
    """

    codes: tuple[str, ...]
    camera: str | None
    has_pace: bool
    moves: int
    tokens: tuple[tuple[str, str, str], ...]
    deeds: tuple[tuple[str, str, str, bool], ...]

    def to_json(self) -> list[Any]:
        return list(astuple(self))

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Record:
        codes, camera, has_pace, moves, tokens, deeds = data
        return cls(tuple(codes), camera, has_pace, moves, tuple(map(tuple, tokens)), tuple(map(tuple, deeds)))


def record_of(reading: Reading, codes: Iterable[str]) -> Record:
    """The record of a reading; `codes` are what the grammar says of it."""
    told = tuple(codes)
    return Record(
        codes=told,
        camera=None if "contradiction" in told else camera_of(reading),
        has_pace=reading.has_pace,
        moves=len({(move.kind, move.direction) for move in reading.moves}),
        tokens=tuple((said(reading, token), token.kind, _detail(token)) for token in reading.tokens),
        deeds=tuple((deed.action.kind, deed.action.english, deed.who, deed.is_directed) for deed in concrete(reading)),
    )


def _detail(token: Token) -> str:
    value = token.value
    if isinstance(value, Action | Noun):
        return value.kind
    if isinstance(value, Verb):
        return value.form
    return value if isinstance(value, str) else ""
