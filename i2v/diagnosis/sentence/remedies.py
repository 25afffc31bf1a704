"""Other sentences for one that has a fault, made of its own words where that is honest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from i2v.diagnosis.advice import Remedy
from i2v.diagnosis.sentence.camera import camera_of
from i2v.diagnosis.sentence.deeds import clause_of
from i2v.diagnosis.sentence.exclusions import take_out_exclusions
from i2v.diagnosis.sentence.faults import Fault
from i2v.diagnosis.sentence.reading import Reading, concrete, said
from i2v.diagnosis.sentence.tokens import Length, measure_length
from i2v.diagnosis.sentence.vocabulary import Action, Noun, group_of, vocabulary
from i2v.domain.motion.lexicon import Token, Verb

MOST_SUGGESTIONS = 3
MOST_SHORTER = 4
_LINK_BEFORE = re.compile(
    r"[\s,，、;；]*\b(and|then|while|but|with|yet|or)?\s*(and|then|also|simultaneously)?\s*$|[和与并且同时又，、而但]+$",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]{2}")
_STUMP = re.compile(
    r"(\s*\b(to|the|a|an|and|or|of|at|from|towards?|into|onto|while|then)|"
    r"(缓缓|慢慢|渐渐|逐渐|轻轻|快速|一边|向|往|朝|从)地?)[\s,.，。]*$",
    re.IGNORECASE,
)
"""What is left of a wish whose end was cut off: “drifts to the left and to the”, 镜头缓缓推近,缓缓."""
_AT_ONCE = re.compile(
    r"(\s*,)?\s*\b(at (the|one and the)( very| exact)? same (time|moment|instant)|simultaneously|at once|both)\b|"
    r"(与此)?同时(进行)?|(在)?同一(时间|时刻|瞬间)|一起",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(an?|the|my|one)\s+")
_PARTS = re.compile(r"[,.;，。；]\s*")
_WAYS = ("to the left", "to the right", "toward the camera")
_CAMERA_WAYS = ("forward", "to the left", "to the right")
_WAYS_BY_GROUP = {"zoom": ("in", "out"), "dolly": ("in", "out"), "tilt": ("up", "down"), "crane": ("up", "down"),
                  "rotate": ("clockwise", "counterclockwise"), "roll": ("clockwise", "counterclockwise")}  # fmt: skip


def remedy_of(fault: Fault, reading: Reading, *, is_for_camera: bool = False) -> Remedy | None:
    """What a button puts in place of the sentence; None where nothing honest can."""
    if fault.code in ("no_motion", "vague_motion", "abstract"):
        return Remedy("suggest", suggest_motions(reading, keep=fault.code == "no_motion", is_for_camera=is_for_camera))
    if fault.code == "violent":
        return _calmer(reading)
    if fault.code in ("missing_direction", "missing_speed") and fault.where is None:
        return None  # no word of it that another could stand beside
    if fault.code == "missing_direction":
        return _directed(fault, reading)
    if fault.code == "missing_speed":
        return _paced(fault, reading)
    if fault.code == "negation":
        found = take_out_exclusions(reading, cut)
        label, words = ("move_negation" if found.unwanted else "drop_negation"), ", ".join(found.unwanted)
        return Remedy(label, (found.rest,), words) if _is_worth(found.rest, reading) else None
    if fault.code == "contradiction":
        label = "keep_one"
        rest = cut(_AT_ONCE.sub("", reading.typed), _moved(_with_doer(fault.other, reading), reading))
    else:
        label = "keep_first"
        rest = cut(reading.typed, fault.other)
    rest = _without_stump(rest)
    return Remedy(label, (rest,)) if _is_worth(rest, reading) else None


def _with_doer(where: tuple[int, int] | None, reading: Reading) -> tuple[int, int] | None:
    """The range with who does it: "and the camera zooms out"."""
    place = next((at for at, token in enumerate(reading.tokens) if where and token.end > where[0]), 0)
    first, _ = clause_of(reading.tokens, place)
    if where is None or not first:
        return where
    is_doer = all(token.kind not in ("action", "verb", "direction") for token in reading.tokens[first:place])
    return (reading.tokens[first].start, where[1]) if is_doer else where


def _without_stump(rest: str) -> str:
    while found := _STUMP.search(rest):
        rest = rest[: found.start()].rstrip(" ,，、")
    return rest.replace("一边", "") if rest.count("一边") == 1 else rest


def shorten(reading: Reading, length: Length, tokenizer_folder: Path | None = None) -> Remedy | None:
    """Sentences that the encoder reads whole, the best first: without the last of its parts that tell of no motion, as
    many as it takes; up to the last clause that is read, and the ones before.
    """
    moving = {reading.tokens[deed.place].start for deed in concrete(reading)}
    moving |= {reading.text.lower().find(move.words.lower()) for move in reading.moves}
    kept = (
        _without_parts(reading.typed, moving, tokenizer_folder) if any(at >= length.fits_until for at in moving) else ""
    )
    room = reading.typed[: length.fits_until]
    ends = [found.start() for found in _PARTS.finditer(room)][::-1][:MOST_SHORTER]
    ends = [at for at in ends if at > len(room) // 2] or [len(room.rsplit(" ", 1)[0])]
    texts = (text.strip(" ,;，；") for text in (kept, *(room[:at] for at in ends)))
    prompts = tuple(dict.fromkeys(text for text in texts if text))
    return Remedy("shorten", prompts) if prompts else None


def _without_parts(text: str, moving: set[int], tokenizer_folder: Path | None) -> str:
    """The text with as many parts gone as it takes: the last ones that tell of no motion, then the first; empty where
    no part is short enough."""
    starts = [0, *(found.end() for found in _PARTS.finditer(text))]
    parts = [(start, text[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    still = [part for part in parts[1:] if not any(part[0] <= at < part[0] + len(part[1]) for at in moving)]
    for gone in [*reversed(still), *(part for part in parts if part not in still)]:
        parts.remove(gone)
        kept = "".join(part for _, part in parts).strip(" ,;，；")
        if not measure_length(kept, tokenizer_folder).is_too_long:
            return kept
    return ""


def suggest_motions(reading: Reading, *, keep: bool = False, is_for_camera: bool = False) -> tuple[str, ...]:
    """Two or three motions for what the sentence shows; with `keep` behind the sentence itself, if it is English. The
    camera engine reads Chinese as well: for it they are in the sentence's language."""
    lists = vocabulary().suggestions
    if is_for_camera:
        return tuple(text[0].upper() + text[1:] for text in lists["camera_han" if reading.is_han else "camera"])
    noun = _shown(reading)
    own = [text.format(noun=noun.english) for text in lists[group_of(noun.english, noun.kind)]] if noun else []
    fitting = list(dict.fromkeys((*own, *lists["any"])))[:MOST_SUGGESTIONS]
    start = reading.typed.strip().rstrip(".,;!?~… ")
    is_name_alone = noun is not None and _ARTICLE.sub("", start.lower()) == noun.english
    is_bare_wish = is_name_alone or bool(
        reading.kinds("not") or (noun is None and reading.kinds("still", "still_outright"))
    )
    if keep and start and not reading.is_han and not is_bare_wish:
        is_fixed = camera_of(reading) == "still"
        fitting = [text for text in (*own, *lists["any"]) if not (is_fixed and text.startswith("the camera"))]
        return tuple(f"{start}, {text}" for text in dict.fromkeys(fitting[:MOST_SUGGESTIONS]))
    return tuple(text[0].upper() + text[1:] for text in fitting)


def _shown(reading: Reading) -> Noun | None:
    """The first thing that the sentence shows: none that it denies, and no word that may be its verb ("she smiles")."""
    for at, token in enumerate(reading.tokens):
        first, _ = clause_of(reading.tokens, at)
        before = reading.tokens[first:at]
        word = said(reading, token).lower()
        may_be_verb = vocabulary().lexicon.entries.get(word, ("",))[0] == "either" and any(
            each.kind in ("someone", "something", "noun") for each in before
        )
        denials = [place for place, each in enumerate(before) if each.kind == "not"]
        is_denied = bool(denials) and not any(said(reading, each) == "的" for each in before[denials[-1] :])
        if isinstance(token.value, Noun) and not may_be_verb and not is_denied:
            return token.value
    return None


def cut(text: str, where: tuple[int, int] | None) -> str:
    """The text without these characters, nor the connective in front of them."""
    if where is None:
        return text
    before, after = text[: where[0]], text[where[1] :]
    # With long runs of spaces in it, the search for a connective would take minutes.
    before = _LINK_BEFORE.sub("", re.sub(r"\s+", " ", before))
    is_apart = before and after and after[0] not in " ,.，。" and not _HAN.match(before[-1] + after[0])
    joined = f"{before} {after}" if is_apart else f"{before}{after}"
    joined = re.sub(r"\s*([,，.])[\s,，]*(?=[,，.。])", "", re.sub(r"\s{2,}", " ", joined))
    joined = re.sub(r"^(and|while|but|then|as)\s+", "", joined.strip(" ,，、"), flags=re.IGNORECASE)
    joined = re.sub(r"\s+([,.])", r"\1", joined)
    return joined[:1].upper() + joined[1:] if text[:1].isupper() else joined


def _is_worth(rest: str, reading: Reading) -> bool:
    return bool(rest.strip(" .,，。")) and rest != reading.typed


def _moved(where: tuple[int, int] | None, reading: Reading) -> tuple[int, int] | None:
    """The range in the text without its "at the same time"."""
    if where is None:
        return None
    start, end = where
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
        word = reading.text[token.start : token.end].lower()
        text = text[: token.start] + by.get(word, "") + text[token.end :]
    text = re.sub(r"\b(and|with)\s*(?=[,.]|$)", "", re.sub(r"\s{2,}", " ", text))
    text = re.sub(r"\b[Aa] (?=[aeio])", lambda found: found.group().rstrip() + "n ", text)
    text = re.sub(r"\s+([,.])", r"\1", text).strip(" ,，、")
    return text[:1].upper() + text[1:]


def _token_at(reading: Reading, fault: Fault) -> tuple[int, Token]:
    where = fault.where
    assert where is not None
    return next((at, token) for at, token in enumerate(reading.tokens) if token.start == where[0])


def _directed(fault: Fault, reading: Reading) -> Remedy | None:
    place, token = _token_at(reading, fault)
    if not said(reading, token).isascii():
        head, tail = reading.typed[: token.start], reading.typed[token.start :]
        return Remedy("add_direction", tuple(f"{head}{way}{tail}" for way in ("向左", "向右")))
    end = token.end
    if place + 1 < len(reading.tokens) and reading.tokens[place + 1].kind in ("pace", "speed", "strength"):
        end = reading.tokens[place + 1].end
    verb = token.value
    group = verb.group.name if isinstance(verb, Verb) and verb.group else ""
    if isinstance(verb, Action):
        group = verb.english
    is_of_camera = any(deed.place == place and deed.is_camera for deed in reading.deeds)
    usual = _WAYS[:2] if isinstance(verb, Verb) else _CAMERA_WAYS if is_of_camera else _WAYS
    ways = _WAYS_BY_GROUP.get(group, usual)
    return Remedy("add_direction", tuple(f"{reading.typed[:end]} {way}{reading.typed[end:]}" for way in ways))


def _paced(fault: Fault, reading: Reading) -> Remedy | None:
    place, token = _token_at(reading, fault)
    if not said(reading, token).isascii():
        while place and reading.tokens[place - 1].kind in ("direction", "path"):
            place -= 1  # 缓缓向左走
        at = reading.tokens[place].start
        return Remedy("add_speed", (f"{reading.typed[:at]}缓缓{reading.typed[at:]}",))
    is_deed = isinstance(token.value, Action | Verb)
    if not is_deed:
        return _slow_shot(reading, place)
    head, tail = reading.typed[: token.start], reading.typed[token.start :]
    if not head.strip():
        return Remedy("add_speed", (f"Slowly {tail[:1].lower()}{tail[1:]}",))
    if article := re.search(r"\b(an?|the)\s*$", head, re.IGNORECASE):
        return Remedy("add_speed", (f"{_with_slow(head, article)}{tail}",))
    gap = "" if head[-1].isspace() or not head[-1].isascii() else " "
    return Remedy("add_speed", (f"{head}{gap}slowly {tail}",))


def _with_slow(head: str, article: re.Match[str]) -> str:
    word = article.group(1)
    return f"{head[: article.start()]}{word[:1] if word.lower() == 'an' else word} slow "


def _slow_shot(reading: Reading, place: int) -> Remedy | None:
    """ "Handheld camera", which has no verb: a slow one."""
    first, _ = clause_of(reading.tokens, place)
    while first < place and reading.tokens[first].value == "determiner":
        first += 1
    at = reading.tokens[first].start
    head, tail = reading.typed[:at], reading.typed[at:]
    if not head.strip():
        return Remedy("add_speed", (f"Slow {tail[:1].lower()}{tail[1:]}",))
    article = re.search(r"\b(an?|the)\s*$", head, re.IGNORECASE)
    return Remedy("add_speed", (f"{_with_slow(head, article) if article else head + 'slow '}{tail}",))
