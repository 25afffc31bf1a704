"""A Chinese sentence in the English that the text encoder reads, as far as the vocabulary goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from i2v.diagnosis.sentence.camera import camera_of
from i2v.diagnosis.sentence.kinds import LINKS
from i2v.diagnosis.sentence.reading import Reading, read_sentence
from i2v.diagnosis.sentence.vocabulary import Action, Noun, third_person, vocabulary
from i2v.domain.motion.lexicon import Token

MOST_UNKNOWN = 5
"""Of so many signs one may be unknown: more, and the English would be another sentence."""


@dataclass(frozen=True)
class Rendering:
    """English for a sentence, and the words that are not in it because the vocabulary lacks them."""

    english: str
    left_out: tuple[str, ...]


def render_in_english(reading: Reading) -> Rendering | None:
    """The sentence clause by clause; None where the vocabulary knows too little of it to say what moves."""
    if not reading.moves and not any(deed.action.kind != "vague" for deed in reading.deeds):
        return None
    if any(not deed.action.english.isascii() for deed in reading.deeds):
        return None  # a verb that was told by its place only
    clauses = [clause for clause in _clauses(reading.tokens) if clause]
    unknown = tuple(_unknown(reading))
    if MOST_UNKNOWN * sum(len(words) for words in unknown) > len(reading.text):
        return None
    spoken: list[str] = []
    for clause in clauses:
        of_camera = _camera_phrase(reading, clause)
        if not of_camera and any(token.kind == "camera" for token in clause[:2]):
            return None  # a move of the camera that was not understood
        acts = [at for at, token in enumerate(clause) if token.kind == "action"]
        has_own = any(token.kind in ("noun", "someone") for token in clause[: acts[0] if acts else None])
        if not of_camera and spoken and spoken[-1].startswith("the camera") and not _has_doer(clause):
            continue  # what the camera comes to see: its target
        phrase = of_camera or _phrase(reading, clause, is_inherited=bool(spoken) and not has_own)
        if phrase:
            spoken.append(phrase)
    if not any(" " in phrase for phrase in spoken):
        return None
    return Rendering(", ".join(spoken), unknown)


def _clauses(tokens: tuple[Token, ...]) -> Iterator[list[Token]]:
    clause: list[Token] = []
    for token in tokens:
        if token.kind in LINKS:
            yield clause
            clause = []
        else:
            clause.append(token)
    yield clause


def _has_doer(clause: list[Token]) -> bool:
    """Whether somebody does something: a noun with a verb behind it."""
    first = next((at for at, token in enumerate(clause) if token.kind == "noun"), len(clause))
    return any(token.kind == "action" for token in clause[first + 1 :])


def _camera_phrase(reading: Reading, clause: list[Token]) -> str:
    own = read_sentence(reading.text[clause[0].start : clause[-1].end])
    move = camera_of(own)
    if move is None:
        return ""
    words = vocabulary().rendering["moves"][move]
    pace = _pace(clause)
    return f"the camera {pace} {words}" if pace and move != "still" else f"the camera {words}"


def _phrase(reading: Reading, clause: list[Token], *, is_inherited: bool = False) -> str:
    """Subject, pace, verb, object, direction and surroundings, in the order of English.

    A clause without a subject goes on with the one before, where somebody did something there (`is_inherited`).
    """
    actions = [token for token in clause if token.kind == "action" and token.value.kind != "vague"]
    nouns = [token for token in clause if token.kind == "noun"]
    surroundings = [str(token.value) for token in clause if token.kind == "environment"]
    if not actions:
        return " ".join([*(_the(token.value) for token in nouns[-1:]), *surroundings])
    verb = actions[0]
    before = [token for token in nouns if token.start < verb.start and not _is_behind_path(reading, clause, token)]
    subject = before[-1] if before else None
    behind = clause[clause.index(verb) + 1 :]
    target = next((token for token in behind if token.kind != "filler"), None)
    moved = next((token for token in nouns if token.start < verb.start and _is_moved(reading, clause, token)), None)
    english, holds_object = _english(reading, verb, subject)
    if target is None or target.kind != "noun" or verb.value.kind == "travel" or holds_object:
        target = None
    elif reading.text[target.end : target.end + 1] == "的":
        target = None  # what it is of, not what it is
    english = _without_object(english) if moved or target else english.removesuffix(" at")
    parts = [
        _the(subject.value) if subject else "",
        _pace(clause),
        third_person(english) if subject or is_inherited else english,
        _the(moved.value) if moved else _the(target.value) if target else "",
        *_ways(reading, clause),
        *surroundings,
    ]
    return " ".join(filter(None, parts))


def _english(reading: Reading, verb: Token, subject: Token | None) -> tuple[str, bool]:
    """The English verb, and whether it holds its object: 歪头, 开 of a car and of a flower."""
    words, said = vocabulary().rendering, reading.text[verb.start : verb.end]
    if said in words["whole"]:
        return words["whole"][said], True
    kind = subject.value.kind if subject else ""
    action: Action = verb.value
    return words["by_subject"].get(said, {}).get(kind, action.english), False


def _without_object(english: str) -> str:
    """`play music` as `play`, where another object follows; `look up` stays."""
    first, *rest = english.split()
    return first if rest and rest[-1] not in vocabulary().rendering["particles"] else english


def _the(noun: Noun) -> str:
    return f"the {noun.english}"


def _pace(clause: list[Token]) -> str:
    paces = vocabulary().rendering["paces"]
    named = next((token.value for token in clause if token.kind == "pace"), None)
    if named is None:
        speed = next((token.value for token in clause if token.kind == "speed"), None)
        named = None if speed is None else ("slow" if speed < 1 else "fast")
    return paces[named] if named else ""


def _ways(reading: Reading, clause: list[Token]) -> Iterator[str]:
    words = vocabulary().rendering
    for at, token in enumerate(clause):
        said = reading.text[token.start : token.end]
        if token.kind == "direction" and str(token.value) in words["directions"]:
            yield words["directions"][str(token.value)]
        if said in words["paths"] and at + 1 < len(clause) and clause[at + 1].kind in ("noun", "camera"):
            behind = clause[at + 1]
            yield f"{words['paths'][said]} {_the(behind.value) if behind.kind == 'noun' else 'the camera'}"


def _is_behind_path(reading: Reading, clause: list[Token], token: Token) -> bool:
    """Whether it is where something goes, or is moved: 朝镜头, 把头."""
    at = clause.index(token)
    before = clause[at - 1] if at else None
    is_led = before is not None and before.kind in ("path", "direction")
    is_at = before is not None and reading.text[before.start : before.end] in ("在", "被", "对着", "给")
    return is_led or is_at or _is_moved(reading, clause, token)


def _is_moved(reading: Reading, clause: list[Token], token: Token) -> bool:
    at = clause.index(token)
    return at > 0 and reading.text[clause[at - 1].start : clause[at - 1].end] in ("把", "将")


def _unknown(reading: Reading) -> Iterator[str]:
    """Runs of signs that no list has."""
    run, end = "", -1
    for token in reading.tokens:
        said = reading.text[token.start : token.end]
        is_unknown = token.kind in ("word", "plain", "other") and said not in vocabulary().rendering["small"]
        if is_unknown and token.start == end:
            run += said
        else:
            if run:
                yield run
            run = said if is_unknown else ""
        end = token.end
    if run:
        yield run
