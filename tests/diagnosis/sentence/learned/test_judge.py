"""The judge that learned from labelled sentences: of words it has never seen, and of what it learned from."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest

from benchmarks.sentence_judge import digest, first_readings, labelled
from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence
from i2v.diagnosis.sentence.learned import dictionary, judge
from i2v.diagnosis.sentence.learned.record import Record, record_of
from i2v.diagnosis.sentence.learned.traits import traits_of
from i2v.diagnosis.sentence.reading import read_sentence
from i2v.diagnosis.sentence.verdict import codes_by_grammar

MEMORY_MIB = 16


def codes_of(sentence: str) -> set[str]:
    return {advice.code for advice in advise_on_sentence(sentence, Listener())} - {"not_english"}


def test_the_weights_are_those_of_the_sentences_that_are_here() -> None:
    header = json.loads(gzip.decompress(judge.FILE.read_bytes()).decode("utf-8").splitlines()[0])
    assert header["learned_from"] == digest(), "run `python -m benchmarks.sentence_judge`"


def test_every_stranger_has_first_readings() -> None:
    first = first_readings()
    assert all(one.id in first for one in labelled() if one.author in "34567")


def test_a_record_is_the_same_when_it_comes_back() -> None:
    reading = read_sentence("A fox trots slowly to the left while the camera zooms in, 慢慢推近")
    record = record_of(reading, codes_by_grammar(reading))
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("trundles", "vs:GO"), ("slithering", "ving:MOT"), ("ran", "ved:motion"), ("flies", "vs:GO"),
        ("hedgehog", "nbase:animal"), ("ferry", "nbase:VEH"), ("serene", "adj"), ("riding", "ving:GO"), ("qwrt", "?"),
    ],
)  # fmt: skip
def test_a_word_has_the_class_of_what_it_comes_from(word: str, found: str) -> None:
    assert found in dictionary.classes_of(word)


def test_opposites_are_told() -> None:
    assert dictionary.are_opposite(frozenset({"the", "open", "close"}))
    assert not dictionary.are_opposite(frozenset({"the", "open", "walk"}))


def test_the_words_on_a_sign_are_no_traits() -> None:
    reading = read_sentence("zoom in slowly on the “do not enter” sign")
    assert "w:enter" not in traits_of(reading.text, record_of(reading, []))


def test_chances_add_up_to_one() -> None:
    reading = read_sentence("a boat drifts slowly to the left")
    chances = judge.chances(reading.text, record_of(reading, []))
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances, key=lambda verdict: chances[verdict]) == judge.GOOD


def test_in_a_long_sentence_only_what_the_grammar_finds_is_likely() -> None:
    reading = read_sentence("walks, runs, jumps, sings, " * 20)
    chances = judge.chances(reading.text, record_of(reading, ["too_long"]))
    assert chances["too_many_actions"] == 0


def test_it_is_small_and_read_only_when_it_is_asked() -> None:
    judge._weights.cache_clear()
    dictionary._table.cache_clear()
    tracemalloc.start()
    codes_of("a boat drifts slowly to the left")
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < MEMORY_MIB * 2**20
    assert most < 2 * MEMORY_MIB * 2**20
