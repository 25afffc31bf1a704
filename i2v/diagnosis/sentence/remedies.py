"""Other sentences for one that has a fault, made of its own words where that is honest."""

from __future__ import annotations

import re
from collections.abc import Mapping

from i2v.diagnosis.advice import Remedy
from i2v.diagnosis.sentence.faults import Fault, find_negation
from i2v.diagnosis.sentence.reading import Reading, read_sentence
from i2v.diagnosis.sentence.tokens import Length
from i2v.diagnosis.sentence.vocabulary import Action, Noun, vocabulary
from i2v.domain.motion.lexicon import Token, Verb

MOST_SUGGESTIONS = 3
_LINK_BEFORE = re.compile(
    r"[\s,，、;；]*\b(and|then|while|but|with|yet)?\s*(and|then|also|simultaneously)?\s*$|[和与并且同时又，、而但]+$",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]{2}")
_STUMP = re.compile(
    r"(\s*\b(to|the|a|an|and|or|of|at|from|towards?|into|onto|while|then)|"
    r"(缓缓|慢慢|渐渐|逐渐|轻轻|快速|一边|向|往|朝|从)地?)[\s,.，。]*$",
    re.IGNORECASE,
)
"""What is left of a wish whose end was cut off: “drifts to the left and to the”, 镜头缓缓推近,缓缓."""
_AT_ONCE = re.compile(r"(\s*,)?\s*\b(at the same time|simultaneously|at once|both)\b|同时(进行)?|一起", re.IGNORECASE)
_WAYS = ("to the left", "to the right", "toward the camera")
_WAYS_BY_GROUP = {"zoom": ("in", "out"), "dolly": ("in", "out"), "tilt": ("up", "down"), "crane": ("up", "down"),
                  "rotate": ("clockwise", "counterclockwise"), "roll": ("clockwise", "counterclockwise")}  # fmt: skip


def remedy_of(fault: Fault, reading: Reading, *, is_for_camera: bool = False) -> Remedy | None:
    """What a button puts in place of the sentence; None where nothing honest can."""
    if fault.code in ("no_motion", "vague_motion", "abstract"):
        return Remedy("suggest", suggest_motions(reading, keep=fault.code == "no_motion", is_for_camera=is_for_camera))
    if fault.code == "violent":
        return _calmer(reading)
    if fault.code == "missing_direction":
        return _directed(fault, reading)
    if fault.code == "missing_speed":
        return _paced(fault, reading)
    if fault.code == "negation":
        rest = _without_negations(reading)
        return Remedy("drop_negation", (rest,), fault.words) if _is_worth(rest, reading) else None
    if fault.code == "contradiction":
        rest = cut(_AT_ONCE.sub("", reading.typed), _moved(fault, reading))
    else:
        rest = cut(reading.typed, fault.other)
    rest = _without_stump(rest)
    return Remedy("keep_first", (rest,)) if _is_worth(rest, reading) else None


def _without_stump(rest: str) -> str:
    while found := _STUMP.search(rest):
        rest = rest[: found.start()].rstrip(" ,，、")
    return rest.replace("一边", "") if rest.count("一边") == 1 else rest


def shorten(reading: Reading, length: Length) -> Remedy | None:
    """The sentence up to the last clause, or else the last word, that the encoder reads whole."""
    room = reading.typed[: length.fits_until]
    at = max((room.rfind(mark) for mark in ",.;，。；"), default=-1)
    kept = room[:at] if at > len(room) // 2 else room.rsplit(" ", 1)[0]
    return Remedy("shorten", (kept.strip(" ,;，；"),)) if kept.strip() else None


def suggest_motions(reading: Reading, *, keep: bool = False, is_for_camera: bool = False) -> tuple[str, ...]:
    """Two or three motions for what the sentence shows; with `keep` behind the sentence itself, if it is English."""
    lists = vocabulary().suggestions
    noun: Noun | None = next(iter(reading.nouns), None)
    own = [text.format(noun=noun.english) for text in lists[noun.kind]] if noun and not is_for_camera else []
    fitting = (*own, *lists["any"])[:MOST_SUGGESTIONS] if not is_for_camera else tuple(lists["any"][:2])
    if keep and not reading.is_han and not is_for_camera and reading.typed.strip():
        start = reading.typed.strip().rstrip(".,;! ")
        return tuple(f"{start}, {text}" for text in fitting)
    return tuple(text[0].upper() + text[1:] for text in fitting)


def cut(text: str, where: tuple[int, int] | None) -> str:
    """The text without these characters, nor the connective in front of them."""
    if where is None:
        return text
    before, after = text[: where[0]], text[where[1] :]
    # With long runs of spaces in it, the search for a connective would take minutes.
    before = _LINK_BEFORE.sub("", re.sub(r"\s+", " ", before))
    is_apart = before and after and after[0] not in " ,.，。" and not _HAN.match(before[-1] + after[0])
    joined = f"{before} {after}" if is_apart else f"{before}{after}"
    joined = re.sub(r"\s*([,，.])[\s,，]*(?=[,，.])", "", re.sub(r"\s{2,}", " ", joined))
    joined = re.sub(r"^(and|while|but|then|as)\s+", "", joined.strip(" ,，、"), flags=re.IGNORECASE)
    joined = re.sub(r"\s+([,.])", r"\1", joined)
    return joined[:1].upper() + joined[1:] if text[:1].isupper() else joined


def _is_worth(rest: str, reading: Reading) -> bool:
    return bool(rest.strip(" .,，。")) and rest != reading.typed


def _without_negations(reading: Reading) -> str:
    rest = reading.typed
    for _ in range(len(reading.kinds("not"))):
        fault = next(find_negation(read_sentence(rest)), None)
        rest = cut(rest, fault.other) if fault else rest
    return rest


def _moved(fault: Fault, reading: Reading) -> tuple[int, int] | None:
    """The range of a fault in the text without its "at the same time"."""
    if fault.other is None:
        return None
    start, end = fault.other
    gone = [found.span() for found in _AT_ONCE.finditer(reading.typed)]
    lost = [sum(min(to, place) - at for at, to in gone if at < place) for place in (start, end)]
    return start - lost[0], end - lost[1]


def _calmer(reading: Reading) -> Remedy | None:
    found = reading.kinds("violent")
    calmer = vocabulary().calmer
    if any(reading.text[token.start : token.end].lower() not in calmer for token in found):
        return None
    return Remedy("calmer", (_replaced(reading, found, calmer),))


def _replaced(reading: Reading, tokens: list[Token], by: Mapping[str, str]) -> str:
    """The text with other words for some of its own, or none."""
    text = reading.typed
    for token in reversed(tokens):
        text = text[: token.start] + by.get(text[token.start : token.end].lower(), "") + text[token.end :]
    text = re.sub(r"\b(and|with)\s*(?=[,.]|$)", "", re.sub(r"\s{2,}", " ", text))
    text = re.sub(r"\b[Aa] (?=[aeio])", lambda found: found.group().rstrip() + "n ", text)
    text = re.sub(r"\s+([,.])", r"\1", text).strip(" ,，、")
    return text[:1].upper() + text[1:]


def _directed(fault: Fault, reading: Reading) -> Remedy | None:
    assert fault.where is not None
    if reading.is_han:
        at = fault.where[0]
        return Remedy("add_direction", tuple(reading.typed[:at] + way + reading.typed[at:] for way in ("向左", "向右")))
    token = next(token for token in reading.tokens if token.start == fault.where[0])
    place = reading.tokens.index(token)
    end = token.end
    if place + 1 < len(reading.tokens) and reading.tokens[place + 1].kind in ("pace", "speed", "strength"):
        end = reading.tokens[place + 1].end
    verb = token.value
    group = verb.group.name if isinstance(verb, Verb) and verb.group else ""
    if isinstance(verb, Action):
        group = verb.english
    ways = _WAYS_BY_GROUP.get(group, _WAYS[:2] if isinstance(verb, Verb) else _WAYS)
    return Remedy("add_direction", tuple(f"{reading.typed[:end]} {way}{reading.typed[end:]}" for way in ways))


def _paced(fault: Fault, reading: Reading) -> Remedy | None:
    assert fault.where is not None
    at = fault.where[0]
    head, tail = reading.typed[:at], reading.typed[at:]
    if reading.is_han:
        return Remedy("add_speed", (f"{head}缓缓{tail}",))
    if not head.strip():
        return Remedy("add_speed", (f"Slowly {tail[:1].lower()}{tail[1:]}",))
    token = next(token for token in reading.tokens if token.start == at)
    is_noun = isinstance(token.value, Action | Verb) and re.search(r"\b(a|an|the)\s*$", head, re.IGNORECASE)
    return Remedy("add_speed", (f"{head}{'slow' if is_noun else 'slowly'} {tail}",))
