"""A sentence as segments of camera moves: what happens at once, what follows, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from i2v.domain.motion.clauses import Clause, ClauseReader, Found, Situation, make_move
from i2v.domain.motion.lexicon import Token, tokenise
from i2v.domain.motion.moves import Contradiction, Motion, Move, Segment

# Connectives, the one that says most first: of several in a row the first listed counts.
_LINKS = ("then", "stop", "after", "before", "earlier", "or", "but", "while", "together", "and", "comma")
_OPPOSITE = {
    "in": "out", "out": "in", "left": "right", "right": "left", "up": "down", "down": "up",
    "clockwise": "counterclockwise", "counterclockwise": "clockwise",
}  # fmt: skip

_NO_MANNER = ("fly", "family", "belly", "jelly", "bully", "lily", "elderly", "assembly", "lonely", "friendly", "italy")


def read_motion(sentence: str) -> Motion:
    """What the sentence, English or Chinese or both, asks of the camera.

    Moves joined by a comma, "and" or "while" happen at once, except opposites ("zoom in and out"), which follow each
    other unless the sentence says "at the same time". "Then" and a full stop start a new segment. What other
    subjects do ("a cat turning its head") is no move of the camera, and "no zoom" is a refusal.
    """
    text, tokens = tokenise(sentence)
    tokens = [_as_manner(token, text) for token in tokens]
    clauses = _split([token for at, token in enumerate(tokens) if not _joins_manners(tokens, at, text)])
    refused_by_or = _refused_by_or(clauses)
    reader = _SentenceReader(text, clauses)
    for index, clause in enumerate(clauses):
        reader.take(clause, index in refused_by_or)
    return reader.finish()


def _as_manner(token: Token, text: str) -> Token:
    """ "Completely fixed": an adverb is nobody who could do something, other than a lily or a family."""
    word = text[token.start : token.end].lower()
    is_manner = token.kind == "word" and len(word) > 5 and word.endswith("ly") and not word.endswith(_NO_MANNER)
    return replace(token, kind="filler") if is_manner else token


def _joins_manners(tokens: list[Token], at: int, text: str) -> bool:
    """ "Smoothly and slowly": one manner, not two wishes."""
    sides = tokens[at - 1 : at] + tokens[at + 1 : at + 2]
    is_manner = [text[side.start : side.end].lower().endswith("ly") for side in sides]
    return tokens[at].kind == "and" and is_manner == [True, True]


def _split(tokens: list[Token]) -> list[Clause]:
    """Clauses with the connective before each; empty ones leave only their connective to the next."""
    clauses: list[Clause] = []
    link, words = "", list[Token]()
    for token in tokens:
        if token.kind not in _LINKS:
            words.append(token)
            continue
        if words:
            clauses.append(Clause(link, tuple(words)))
            link, words = token.kind, []
        elif not link or _LINKS.index(token.kind) < _LINKS.index(link):
            link = token.kind
    if words or link in ("together", "earlier"):
        clauses.append(Clause(link, tuple(words)))
    return clauses


def _refused_by_or(clauses: list[Clause]) -> set[int]:
    """Clauses that an "or" ties to a "no" further ahead: "no zoom, pan or tilt" refuses all three."""
    refused: set[int] = set()
    for index, clause in enumerate(clauses):
        if clause.link != "or":
            continue
        start = index - 1
        while start > 0 and clauses[start].link in ("comma", "or") and not _has_not(clauses[start]):
            start -= 1
        if start >= 0 and _has_not(clauses[start]):
            refused |= set(range(start + 1, index + 1))
    return refused


def _has_not(clause: Clause) -> bool:
    return any(token.kind == "not" for token in clause.tokens)


@dataclass
class _Step:
    """One stretch of the sentence between "then"s, with what "after" and "before" put around it."""

    link: str = ""
    earlier: list[list[Move]] = field(default_factory=list)
    main: list[list[Move]] = field(default_factory=list)
    later: list[list[Move]] = field(default_factory=list)
    pace: dict[str, float] = field(default_factory=dict)

    def in_order(self) -> Iterator[list[Move]]:
        yield from (moves for moves in [*self.earlier, *self.main, *self.later] if moves)


class _SentenceReader:
    """Takes the clauses one by one and puts their moves in order."""

    def __init__(self, text: str, clauses: list[Clause]) -> None:
        self._text = text
        self._is_whole = sum(not _has_not(clause) for clause in clauses) == 1
        self._is_together = any(clause.link == "together" for clause in clauses)
        self._steps = [_Step()]
        self._bucket = self._steps[0].main
        self._refused: set[str] = set()
        self._contradictions: list[Contradiction] = []
        self._last: Found | None = None
        self._actor = "none"
        self._was_refused = False

    def take(self, clause: Clause, is_refused: bool) -> None:
        """Adds the moves of the next clause."""
        step = self._enter(clause)
        may_reach = clause.link == "or" or (clause.link == "and" and not (clause.directions and _has_verb(clause)))
        is_refused = is_refused or (self._was_refused and may_reach)
        found = (
            self._take_up(clause, is_refused)
            or ClauseReader(self._text, clause, Situation(self._actor, is_refused, self._is_whole)).read()
        )
        self._was_refused = is_refused or _has_not(clause)
        if clause.has_camera and (found or clause.is_bare):
            self._actor = "camera"
        elif not clause.is_bare and not found:
            self._actor = "foreign"
        if clause.pace and clause.is_bare and not found and self._bucket:
            # "zoom in, slowly": said of what stands before it.
            self._bucket[-1] = [_paced(move, {**clause.pace, **_said_pace(move)}) for move in self._bucket[-1]]
            return
        step.pace = {**step.pace, **clause.pace} if clause.is_bare or found else {}
        if clause.link == "or" and not is_refused and self._last:
            return  # "left or right": the first will do
        for one in found:
            if one.is_refused:
                self._refused.add(one.move.kind)
                continue
            self._last = one
            self._add(_paced(one.move, step.pace), clause.link)

    def _enter(self, clause: Clause) -> _Step:
        """Moves on to the step and the place in it that the clause's connective asks for."""
        step = self._steps[-1]
        if clause.link in ("then", "stop"):
            step = _Step(clause.link)
            self._steps.append(step)
            if clause.link == "stop" and self._actor == "foreign":
                self._actor = "none"
        if clause.link == "earlier":
            step.later, step.main = step.main + step.later, []
        places = {"after": step.earlier, "before": step.later}
        if clause.link in places or clause.link not in ("and", "or", "while", "together"):
            self._bucket = places.get(clause.link, step.main)
        return step

    def _take_up(self, clause: Clause, is_refused: bool) -> list[Found]:
        """The verb before, in the direction of a clause that has nothing but a direction: "zoom in, then out"."""
        group = self._last.group if self._last else None
        if not (group and self._last and clause.directions and clause.is_bare) or _has_verb(clause):
            return []
        proper = [direction for direction in clause.directions if direction != "back"]
        direction = proper[0] if proper else _OPPOSITE.get(self._last.move.direction, "")
        if not clause.link or direction not in group.means:
            return []
        words = self._text[clause.tokens[0].start : clause.tokens[-1].end]
        return [Found(make_move(group.means[direction], words), is_refused or _has_not(clause), group)]

    def _add(self, move: Move, link: str) -> None:
        """Puts a move beside those it can happen with, and after those it cannot."""
        if not self._bucket:
            self._bucket.append([])
        moves = self._bucket[-1]
        clash = next((other for other in moves if move.contradicts(other)), None)
        if clash is None:
            if move.kind not in (other.kind for other in moves):
                moves.append(move)
        elif "still" in (move.kind, clash.kind):
            kept, dropped = (move, clash) if clash.kind == "still" else (clash, move)
            self._contradictions.append(Contradiction(kept.words, dropped.words))
            self._bucket[-1] = [*(other for other in moves if other != dropped), *([move] if kept == move else [])]
        elif self._is_together or link == "while":
            self._contradictions.append(Contradiction(clash.words, move.words))
        else:
            self._bucket.append([move])

    def finish(self) -> Motion:
        """All segments in order. A handheld camera stays so until it stands still."""
        everywhere: list[Move] = []
        segments: list[list[Move]] = []
        for step in self._steps:
            for moves in step.in_order():
                if step.link == "stop" and all(move.kind == "handheld" for move in moves) and segments:
                    everywhere += moves
                else:
                    segments.append(moves)
        held = everywhere
        for moves in segments:
            kinds = {move.kind for move in moves}
            moves += [move for move in held if not kinds & {"handheld", "still"}]
            held = [move for move in moves if move.kind == "handheld"] or everywhere
        return Motion(
            tuple(Segment(tuple(moves)) for moves in segments), frozenset(self._refused), tuple(self._contradictions)
        )


def _paced(move: Move, pace: dict[str, float]) -> Move:
    return replace(move, speed=pace.get("speed", 1.0), strength=pace.get("strength", 1.0))


def _said_pace(move: Move) -> dict[str, float]:
    """What was already said of how the move goes."""
    return {name: value for name, value in (("speed", move.speed), ("strength", move.strength)) if value != 1.0}


def _has_verb(clause: Clause) -> bool:
    return any(token.kind == "verb" for token in clause.tokens)
