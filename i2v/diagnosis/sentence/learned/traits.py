"""What the judge weighs: traits of a sentence, by their names.

A trait is there or not. Those of the words (`w:`, `b:`, `c:` …) know what people write; those of word classes (`wn:`)
carry it over to words that nobody here has seen; those of the record (`code:`, `k:`, `deed:` …) are what the grammar
understood.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from i2v.diagnosis.sentence.learned.dictionary import are_opposite, classes_of, stems
from i2v.diagnosis.sentence.learned.record import Record

_HAN = re.compile("[\u3400-\u9fff]")
_WORDS = re.compile(r"[a-z']+|[,.;:!?]|[0-9]+")
_QUOTED = re.compile(
    r"[“\"「『‘《][^”\"」』’》]{1,40}[”\"」』’》]|(?<![a-z])'[^']{2,40}'(?![a-z])"
)  # the words on a sign ask for nothing
_CLAUSES = re.compile(r"[,，、;；.。!?！？:：]|\band\b|\bthen\b|\bwhile\b|然后|接着|再")
_LINKS = re.compile(r"[,，、;；。.]|and |然后|then|再|接着")
_SAME_TIME = re.compile(
    r"\b(at|in) (\w+ )?(the|that|one|this)( very| exact| and the)* same( split)? (time|moment|instant|second|breath)\b|"
    r"\ball at one (moment|time|go)\b|simultaneous|at once|\bwhile\b|meanwhile|同时|同時|一边|一面|一邊|同一|与此"
)
_MAYBE_SAME_TIME = re.compile(
    r"at the same time|simultaneous|at once|\bwhile\b|\bas\b|both|in the same|meanwhile|same moment|together|"
    r"同时|一边|一面|边.{1,6}边|又|与此|同一|的同|并且|却|但"
)
_WAYS = re.compile(
    r"\b(left|right|leftwards?|rightwards?|towards?|into|onto|away|upwards?|downwards?|forwards?|backwards?|closer|from|"
    r"out of|home|clockwise|counter-?clockwise|anti-?clockwise|sideways|off)\b|"
    r"\bto (the|a|an|my|his|her|its|their|our)\b|"
    r"\b(in|out|back|up|down)\b(?=\s*($|[,.;!]|\w+ly\b|and\b|then\b|to\b|on\b))|"
    r"[左右向往朝到从由自去来出进入近远回离前后]|上[去来升移]|下[去来降移]"
)
_INSIDE = re.compile(
    r"[在喺于][^,，。]{1,10}?[上下里中旁边前后间内外]"
)  # where something happens, and not where it goes
_TRAVELS = re.compile(r"[走跑游飞驶划骑爬开行逛溜航滑踱]|散步|漫步")
_SIDES = re.compile(r"left|right|toward|away|[左右向往朝到从]")
_PLACES = re.compile(r"\b(over|across|along|through|past|on|in|by|around|round|beside|under|at|about) |[在喺于沿过]")
_SHOTS = re.compile(r"\b(pan|tilt|slide|truck|roll|dolly|track|sweep|glide|drift|crane|mov)|[摇移滑扫]")
_REPEATED = re.compile(r"\b(\w{4,}) .*\b\1\b|([\u3400-\u9fff]{2}).*\2")
_PAIRS = """
left/right up/down in/out clockwise/counter clockwise/anti open/clos open/shut toward/away forward/back ris/fall
ris/sink ris/lower push/pull grow/shrink bright/dark bright/dim on/off appear/disappear stand/sit asleep/walk still/mov
fast/slow quick/slow motionless frozen locked static fixed freeze stationary
左/右 上/下 开/关 开/合 近/远 顺/逆 前/后 进/退 进/出 来/去 升/降 站/坐 站/蹲 亮/暗 大/小 快/慢 醒/睡 拉/推 伸/缩 伸/屈
起/落 涨/退 睁/闭 张/合 张/闭 旺/弱 抬/低 解/系 穿/脱 不动 静止 固定 锁死
"""
_OPPOSITES = tuple(tuple(pair.split("/")) for pair in _PAIRS.split())
_PRONOUNS = ("he", "she", "they", "i", "we")
_COUNTED = (
    "pace", "action", "verb", "direction", "comma", "and", "then", "while", "noun", "word", "motion", "abstract",
    "something", "not",
)  # fmt: skip
_NAMED = ("filler", "path", "then", "while", "together", "not", "and")
_DEEDS = ("s:", "ing:")
_MOVING = ("motion", "MOT", "body", "contact")


def traits_of(text: str, record: Record) -> set[str]:
    """All traits of a sentence.

    Args:
        text: in normal form, as `Reading.text`.
        record: what the grammar made of it.
    """
    plain = _QUOTED.sub(" ”q” ", text.lower())
    is_han = _HAN.search(plain) is not None
    tongue = "z" if is_han else "e"
    words = [] if is_han else ["#" if word[0].isdigit() else word for word in _WORDS.findall(plain)]
    classes = [classes_of(word) if word[0].isalpha() else (word,) for word in words]
    return {
        f"lang:{tongue}",
        *(_of_signs(plain) if is_han else _of_words(words, classes)),
        *_of_length(plain, tongue),
        *_of_grammar(record, tongue),
        *_of_tokens(record, is_han),
        *_of_ways(plain, record, words, tongue),
        *_of_opposites(plain, words, tongue),
        *(_of_han_clauses(plain) if is_han else _of_clauses(plain)),
        *_of_clauses_and_deeds(plain, record, tongue),
    }


def _up_to(name: str, count: int, most: int) -> Iterator[str]:
    """A count as steps, so that "at least three" is one trait."""
    yield from (f"{name}>={step}" for step in range(1, min(count, most) + 1))


def _of_words(words: Sequence[str], classes: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from (f"w:{word}" for word in words)
    yield from (f"l:{lemma}" for word in words if len(word) > 3 for lemma, form in stems(word) if form != "base")
    framed = ["^", *words, "$"]
    yield from (f"b:{one} {two}" for one, two in itertools.pairwise(framed))
    yield from (f"t:{one} {two} {three}" for one, two, three in zip(framed, framed[1:], framed[2:], strict=False))
    for at, found in enumerate(classes):
        yield from (f"wn:{each}" for each in found)
        if words[at][0].isalpha():
            yield f"wp:{framed[at]}|{found[0]}"


def _of_signs(plain: str) -> Iterator[str]:
    signs = f"^{''.join(plain.split())}$"
    for length in (1, 2, 3):
        yield from (f"c:{signs[at : at + length]}" for at in range(len(signs) - length + 1))


def _of_length(plain: str, tongue: str) -> Iterator[str]:
    links = len(_LINKS.findall(plain))
    yield f"links:{min(links, 6)}"
    yield from _up_to("links", links, 6)
    yield from _up_to(f"length:{tongue}", len(plain) // (6 if tongue == "z" else 20), 8)


def _of_grammar(record: Record, tongue: str) -> Iterator[str]:
    for code in [code for code in record.codes if code != "not_english"] or ["none"]:
        yield f"code:{code}"
        yield f"code:{tongue}:{code}"
    yield f"camera:{record.camera}"
    yield f"pace:{record.has_pace}"
    yield from _up_to("deeds", len(record.deeds), 6)
    yield from _up_to(f"deeds:{tongue}", len(record.deeds), 6)
    yield from _up_to("moves", record.moves, 4)
    yield from _up_to("doings", len({verb for _, verb, _, _ in record.deeds}) + record.moves, 7)
    for kind, _, who, is_directed in record.deeds:
        yield f"deed:{kind}"
        yield f"deed:{kind}|{who}|{is_directed}"
        yield f"deed:{kind}|{record.has_pace}|{is_directed}"
    is_any_directed = any(is_directed for *_, is_directed in record.deeds)
    yield f"whole:{min(len(record.deeds), 4)}|{min(record.moves, 4)}|{record.has_pace}|{is_any_directed}"


def _of_tokens(record: Record, is_han: bool) -> Iterator[str]:
    kinds = [_kind(*token, is_han=is_han) for token in record.tokens]
    yield from (f"k:{kind}" for kind in kinds)
    yield from (f"k:{one} {two}" for one, two in itertools.pairwise(["^", *kinds, "$"]))
    yield from (f"kw:{word.lower()}" for word, kind, _ in record.tokens if kind in _NAMED)
    for kind, count in Counter(kind for _, kind, _ in record.tokens).items():
        if kind in _COUNTED:
            yield from _up_to(f"n:{kind}", count, 5)


def _kind(word: str, kind: str, detail: str, *, is_han: bool) -> str:
    """A token without its word, unless that is a small one; an unknown English word by its class."""
    if kind in ("action", "noun", "pace", "direction"):
        return f"{kind}:{detail}"
    if kind in ("word", "plain") and not is_han:
        return f"{kind}:{classes_of(word.lower())[0]}"
    return f"{kind}:{word if len(word) == 1 else ''}" if kind in ("word", "filler") and is_han else kind


def _of_ways(plain: str, record: Record, words: Sequence[str], tongue: str) -> Iterator[str]:
    """Who goes somewhere, and whether anything says where to."""
    travels = any(kind == "travel" and who != "camera" for kind, _, who, _ in record.deeds)
    may_travel = travels or any(
        each.startswith(("vs:", "ving:")) and each.endswith(("motion", "MOT"))
        for word in words
        for each in classes_of(word)
    )
    may_travel = may_travel or _TRAVELS.search(plain) is not None
    leading = _INSIDE.sub("", plain)
    has_way, has_side = _WAYS.search(leading) is not None, _SIDES.search(leading) is not None
    has_place, is_shot = _PLACES.search(plain) is not None, _SHOTS.search(plain) is not None
    has_camera, is_moved = any(kind == "camera" for _, kind, _ in record.tokens), record.moves > 0
    names = ("noun", "someone", "camera", "picture", "word", "plain")
    first = next((detail if kind == "noun" else kind for _, kind, detail in record.tokens if kind in names), "")
    yield f"way:1:{tongue}{travels}|{has_way}"
    yield f"way:2:{travels}|{has_side}|{has_place}"
    yield f"way:3:{may_travel}|{has_way}|{has_place}|{is_moved}|{record.has_pace}"
    yield f"way:4:{len(record.deeds) == 1}|{travels}|{has_way}|{is_moved}|{has_place}"
    yield f"way:5:{len(record.deeds)}|{has_side}|{is_moved}"
    yield f"way:6:{is_shot}|{has_side}|{has_way}|{has_camera}"
    yield f"way:7:{is_shot}|{has_side}|{record.camera}|{has_camera}"
    goes = [
        at
        for at, word in enumerate(words)
        if any(each in ("vs:GO", "ving:GO", "vbase:GO") for each in classes_of(word))
    ]
    is_traveller = (
        any(_is_traveller(word) for word in words[: goes[0]]) if goes else tongue == "z" and _TRAVELS.search(leading)
    )
    yield f"way:9:{bool(is_traveller)}|{has_way}|{has_place}|{is_moved}|{record.has_pace}|{tongue}"
    if is_traveller and not has_way and not is_moved and len(record.deeds) < 2:
        yield "way:lost"
        yield f"way:lost:{record.has_pace}|{tongue}"
    yield f"way:8:{first}|{travels}|{has_side}|{has_place}"


def _is_traveller(word: str) -> bool:
    """Whether it names somebody, an animal or a vehicle."""
    return (
        any(each[0] == "n" and each.endswith((":person", ":animal", ":VEH")) for each in classes_of(word))
        or word in _PRONOUNS
    )


def _of_opposites(plain: str, words: Sequence[str], tongue: str) -> Iterator[str]:
    """Whether two things are said that exclude each other, and whether of the same moment."""
    same, maybe = _SAME_TIME.search(plain) is not None, _MAYBE_SAME_TIME.search(plain) is not None
    pairs = [pair for pair in _OPPOSITES if all(_stands(part, plain) for part in pair)]
    lemmas = frozenset(lemma for word in words for lemma, _ in stems(word))
    yield f"opposite:1:{same}|{bool(pairs)}"
    yield f"opposite:2:{maybe}|{bool(pairs)}|{are_opposite(lemmas)}"
    yield f"opposite:3:{same}|{_REPEATED.search(plain) is not None}|{bool(pairs)}"
    yield f"opposite:4:{tongue}{same}|{min(len(pairs), 3)}"
    yield from (f"opposite:{'/'.join(pair)}|{same}" for pair in pairs)


def _stands(part: str, plain: str) -> bool:
    """Whether a word begins so; a Chinese sign stands anywhere."""
    at = plain.find(part)
    while at > 0 and part.isascii() and plain[at - 1].isalpha():
        at = plain.find(part, at + 1)
    return at >= 0


def _clauses(plain: str) -> list[str]:
    return [clause.strip() for clause in _CLAUSES.split(plain) if clause.strip()]


def _of_clauses(plain: str) -> Iterator[str]:
    """How many clauses may have a verb, by the classes of their words alone."""
    clauses = _clauses(plain)
    verbs = [
        [each for word in _WORDS.findall(clause) for each in classes_of(word) if each[0] == "v"] for clause in clauses
    ]
    doing = sum(any(each[1:].startswith(_DEEDS) for each in found) for found in verbs)
    moving = sum(any(each.endswith(_MOVING) for each in found) for found in verbs)
    short = sum(len(clause.split()) < 6 for clause in clauses)
    yield from _up_to("clauses:doing", doing, 6)
    yield from _up_to("clauses:moving", moving, 6)
    yield from _up_to("clauses:short", short, 6)
    yield f"clauses:{min(len(clauses), 6)}|{min(doing, 5)}|{min(short, 5)}"


def _of_han_clauses(plain: str) -> Iterator[str]:
    clauses = _clauses(plain)
    short = sum(1 < len(clause) < 8 for clause in clauses)
    shorter = sum(1 < len(clause) < 6 for clause in clauses)
    naming = sum("的" in clause for clause in clauses)
    yield from _up_to("clauses:short", short, 6)
    yield f"clauses:naming:{min(len(clauses), 6)}|{min(naming, 3)}"
    yield f"clauses:shorter:{min(len(clauses), 6)}|{min(shorter, 6)}"


def _of_clauses_and_deeds(plain: str, record: Record, tongue: str) -> Iterator[str]:
    clauses, deeds = min(len(_clauses(plain)), 6), len(record.deeds)
    yield f"clauses:{min(clauses, 7)}"
    yield f"clauses:deeds:{tongue}{clauses}|{min(deeds, 5)}"
    yield f"clauses:doings:{clauses}|{min(deeds + record.moves, 6)}"
