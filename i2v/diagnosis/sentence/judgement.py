"""Advice on a sentence before a clip is made from it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from i2v.diagnosis.advice import Advice, Remedy
from i2v.diagnosis.sentence.camera import camera_of
from i2v.diagnosis.sentence.contradictions import find_contradiction
from i2v.diagnosis.sentence.exclusions import take_out_exclusions
from i2v.diagnosis.sentence.faults import Fault, find_hints, find_negation
from i2v.diagnosis.sentence.reading import Reading, read_sentence
from i2v.diagnosis.sentence.remedies import cut, remedy_of, shorten, suggest_motions
from i2v.diagnosis.sentence.rendering import render_in_english
from i2v.diagnosis.sentence.tokens import LIMIT, Length, measure_length
from i2v.diagnosis.sentence.verdict import HINTS, find_faults
from i2v.diagnosis.sentence.vocabulary import vocabulary

MOST_CUTS = 3
"""How often a remedy is applied before it is given up."""
_SUGGESTED = ("violent", "contradiction", "too_many_actions")
_OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]+")


@dataclass(frozen=True)
class Listener:
    """Who the sentence is for.

    Attributes:
        is_model: a model reads it as English text; otherwise only its camera moves count, in either language.
        has_negative_prompt: what is not wanted has a field of its own.
        tokenizer_folder: the model's own tokenizer, where its files are.
    """

    is_model: bool = True
    has_negative_prompt: bool = True
    tokenizer_folder: Path | None = None


def advise_on_sentence(sentence: str, listener: Listener) -> list[Advice]:
    """What is worth changing, the weightiest first; an empty list where nothing is.

    Args:
        sentence: as typed.
        listener: the engine's way of reading.
    """
    reading = read_sentence(sentence)
    if listener.is_model and _is_foreign(reading):
        return [Advice("not_english", message="not_english_other")]
    if listener.is_model:
        length = measure_length(sentence, listener.tokenizer_folder)
        found = [
            *_on_length(reading, length, listener),
            *_on_language(reading),
            *_on_faults(reading, length, listener),
        ]
    else:
        found = list(_for_camera(reading))
    told = {advice.code for advice in found if advice.severity == "warning"}
    return [_honest(advice, told, reading, listener) for advice in found]


def understood_camera(sentence: str) -> str | None:
    """The camera move of a sentence by its name in the coach's answer."""
    reading = read_sentence(sentence)
    return None if any(find_contradiction(reading)) else camera_of(reading)


def measure_sentence(sentence: str, listener: Listener) -> dict[str, Any]:
    """Tokens of the sentence beside what the encoder takes; nothing for an engine without one."""
    if not listener.is_model:
        return {}
    length = measure_length(sentence, listener.tokenizer_folder)
    return {"tokens": length.tokens, "token_limit": LIMIT, "is_token_count_exact": length.is_exact}


def _is_foreign(reading: Reading) -> bool:
    """Whether it is in a language that is neither English nor Chinese."""
    words = re.findall(r"[^\W\d_]+", reading.text.lower())
    is_other_script = any(found.group() for found in _OTHER_SCRIPT.finditer(reading.text) if not _is_han(found.group()))
    return is_other_script or len(vocabulary().lists["foreign"] & set(words)) >= 2


def _is_han(word: str) -> bool:
    return all("\u3400" <= sign <= "\u9fff" or sign == "\u3007" for sign in word)


def _on_length(reading: Reading, length: Length, listener: Listener) -> Iterator[Advice]:
    if length.is_too_long:
        lost = reading.typed[length.fits_until :].strip()
        values = {"tokens": length.tokens, "limit": LIMIT, "lost": lost}
        message = "too_long" if length.is_exact else "too_long_about"
        where = (length.fits_until, len(reading.text))
        remedy = shorten(reading, length, listener.tokenizer_folder)
        yield Advice("too_long", values=values, where=where, remedy=remedy, message=message)


def _on_language(reading: Reading) -> Iterator[Advice]:
    found = list(_OTHER_SCRIPT.finditer(reading.text))
    if not found:
        return
    where = (found[0].start(), found[-1].end())
    # A "no" that nobody heard would come out as its opposite.
    is_denied = next(find_negation(reading), None) is not None
    rendering = render_in_english(reading) if reading.is_han and not is_denied else None
    if rendering is None:
        yield Advice("not_english", where=where)
        return
    english = rendering.english[0].upper() + rendering.english[1:]
    left_out = ", ".join(rendering.left_out)
    message = "not_english_partly" if left_out else "not_english"
    yield Advice(
        "not_english", values={"words": left_out}, where=where, remedy=Remedy("english", (english,)), message=message
    )


def _on_faults(reading: Reading, length: Length, listener: Listener) -> Iterator[Advice]:
    for fault in find_faults(reading, is_too_long=length.is_too_long):
        yield _advice(fault, reading, listener)


def _curing(fault: Fault, reading: Reading) -> Remedy | None:
    """The remedy, applied again while the fault is still there; none that does not cure."""
    remedy = remedy_of(fault, reading)
    for _ in range(MOST_CUTS):
        if remedy is None or len(remedy.prompts) != 1:
            break
        again = read_sentence(remedy.prompts[0])
        left = next((other for other in find_faults(again) if other.code == fault.code), None)
        if left is None:
            return remedy
        remedy = remedy_of(left, again)
    return remedy


def _honest(advice: Advice, told: set[str], reading: Reading, listener: Listener) -> Advice:
    """The advice with those of its remedies that cure it and bring no warning that the sentence does not have; with
    suggestions where a warning has none of its own.
    """

    def is_good(remedy: Remedy, prompt: str) -> bool:
        codes = _codes(prompt, listener)
        warned = {code for code in codes if code not in HINTS}
        if remedy.label == "english" and told - warned - {"too_long"} != {advice.code}:
            return False  # what else is wrong with it must not be hidden; that it has fewer tokens may well be
        return advice.code not in codes and warned <= told and prompt != reading.typed

    for remedy in filter(None, (advice.remedy, _suggestions(advice, reading, listener))):
        good = (prompt for prompt in remedy.prompts if is_good(remedy, prompt))
        prompts = tuple(itertools.islice(good, 1 if remedy.label == "shorten" else None))
        if prompts:
            return replace(advice, remedy=replace(remedy, prompts=prompts))
    # What has no English is told beside English.
    return replace(advice, remedy=None, message=advice.code if advice.code == "not_english" else advice.message)


def _suggestions(advice: Advice, reading: Reading, listener: Listener) -> Remedy | None:
    """Motions for what is there, for a warning that nothing made of the sentence's own words may answer."""
    if advice.code not in _SUGGESTED:
        return None
    return Remedy("suggest", suggest_motions(reading, is_for_camera=not listener.is_model))


@lru_cache(maxsize=64)
def _codes(sentence: str, listener: Listener) -> frozenset[str]:
    """What would be told of a sentence."""
    reading = read_sentence(sentence)
    if not listener.is_model:
        return frozenset(advice.code for advice in _for_camera(reading))
    is_too_long = measure_length(sentence, listener.tokenizer_folder).is_too_long
    faults = find_faults(reading, is_too_long=is_too_long)
    is_english = not _is_foreign(reading) and _OTHER_SCRIPT.search(reading.text) is None
    language = set() if is_english else {"not_english"}
    return frozenset({fault.code for fault in faults} | language | ({"too_long"} if is_too_long else set()))


def _for_camera(reading: Reading) -> Iterator[Advice]:
    """The camera engine reads both languages, heeds a "no" and has a pace of its own; the rest is told."""
    for fault in find_contradiction(reading, is_for_camera=True):
        yield _advice(fault, reading, Listener(is_model=False))
    if not reading.motion.segments and not reading.motion.refused:
        remedy = remedy_of(Fault("no_motion"), reading, is_for_camera=True)
        yield Advice("no_motion", "hint", remedy=remedy, message="no_camera_move")
        return
    for fault in find_hints(reading):
        if fault.code == "missing_direction":
            yield _advice(fault, reading, Listener(is_model=False))


def _advice(fault: Fault, reading: Reading, listener: Listener) -> Advice:
    remedy = _curing(fault, reading)
    message, words = fault.code if fault.words or fault.code == "no_motion" else f"{fault.code}_whole", fault.words
    if fault.code == "negation":
        found = take_out_exclusions(reading, cut).words
        words = ("、" if reading.is_han else ", ").join(found) or words
    if remedy and remedy.negative_prompt and listener.has_negative_prompt:
        message = "negation_elsewhere"
    elif remedy and remedy.negative_prompt:
        remedy = Remedy("drop_negation", remedy.prompts)
    severity = "hint" if fault.code in HINTS else "warning"
    values = {"words": words}
    return Advice(fault.code, severity, values, fault.where, remedy, message=message)  # type: ignore[arg-type]
