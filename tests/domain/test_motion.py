"""Pace, contradiction and refusal in the language of motion, and that no text breaks it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from i2v.domain.motion import Contradiction, Move, read_motion
from i2v.domain.motion import lexicon as vocabulary
from i2v.domain.motion.lexicon import expand, inflect, lexicon


@pytest.mark.parametrize("slow", ["slowly zoom in", "zoom in slowly", "zoom in, slowly", "慢慢推近", "缓缓地推近"])
def test_slow_words_slow_the_move(slow: str) -> None:
    (segment,) = read_motion(slow).segments
    assert segment.moves == (Move("zoom", "in", speed=0.55),)


@pytest.mark.parametrize("fast", ["quickly zoom in", "a fast zoom in", "快速推近", "迅速推近"])
def test_quick_words_speed_the_move_up(fast: str) -> None:
    (segment,) = read_motion(fast).segments
    assert segment.moves == (Move("zoom", "in", speed=1.7),)


@pytest.mark.parametrize(
    ("sentence", "strength"),
    [("gentle pan left", 0.55), ("轻轻向左平移", 0.55), ("dramatic pan left", 1.8), ("大幅度向左平移", 1.8)],
)
def test_words_of_strength_change_how_far_the_move_goes(sentence: str, strength: float) -> None:
    (segment,) = read_motion(sentence).segments
    assert segment.moves == (Move("pan", "left", strength=strength),)


def test_very_slowly_is_slower_than_slowly() -> None:
    (very,) = read_motion("very slowly zoom in").segments
    (plain,) = read_motion("slowly zoom in").segments
    assert very.moves[0].speed < plain.moves[0].speed


def test_each_move_keeps_the_pace_that_stands_with_it() -> None:
    (segment,) = read_motion("zoom in quickly while slowly panning left").segments
    assert segment.moves == (Move("zoom", "in", speed=1.7), Move("pan", "left", speed=0.55))


def test_a_pace_said_once_holds_for_what_is_joined_to_it() -> None:
    (segment,) = read_motion("slowly zoom in and pan right").segments
    assert [move.speed for move in segment.moves] == [0.55, 0.55]


def test_a_pace_does_not_reach_into_the_next_segment() -> None:
    first, second = read_motion("quickly zoom in, then pan right").segments
    assert (first.moves[0].speed, second.moves[0].speed) == (1.7, 1.0)


def test_how_fast_others_go_is_not_the_camera_s_pace() -> None:
    (segment,) = read_motion("a cat slowly walks by, zoom in").segments
    assert segment.moves == (Move("zoom", "in"),)


@pytest.mark.parametrize(
    ("sentence", "kept", "dropped"),
    [
        ("zoom in while zooming out", "zoom in", "zooming out"),
        ("zoom in and out at the same time", "zoom in", "out"),
        ("推近和拉远同时进行", "推近", "拉远"),
        ("Static camera while zooming in", "zooming in", "Static camera"),
    ],
)
def test_of_moves_that_exclude_each_other_one_is_kept_and_both_are_named(
    sentence: str, kept: str, dropped: str
) -> None:
    motion = read_motion(sentence)
    assert motion.contradictions == (Contradiction(kept, dropped),)
    assert [[move.words for move in segment.moves] for segment in motion.segments] == [[kept]]


@pytest.mark.parametrize(
    ("sentence", "refused"),
    [
        ("no zoom, pan or tilt", {"zoom", "pan", "tilt"}),
        ("不要推近", {"zoom"}),
        ("without shaking the camera", {"handheld"}),
    ],
)
def test_refused_moves_are_remembered(sentence: str, refused: set[str]) -> None:
    assert read_motion(sentence).refused == refused


def test_no_phrase_of_the_vocabulary_has_two_meanings() -> None:
    assert len(lexicon().entries) > 1000  # loading it raises where one has


_FIXED = [
    phrase
    for grips in yaml.safe_load(Path(vocabulary.__file__).parents[1].joinpath("motions.yaml").read_text("utf-8"))[
        "fixed"
    ].values()
    for patterns in grips.values()
    for pattern in patterns
    for phrase in expand(pattern)
]


@pytest.mark.parametrize(
    ("side", "in_chinese", "rolled", "opposite"),
    [
        ("left", "向左", "counterclockwise", "right"),
        ("right", "向右", "clockwise", "left"),
        ("upward", "向上", "up", "down"),
        ("downward", "向下", "down", "up"),
    ],
)
@pytest.mark.parametrize("phrase", _FIXED)
def test_a_direction_beside_a_verb_that_carries_its_own_wins(
    phrase: str, side: str, in_chinese: str, rolled: str, opposite: str
) -> None:
    before, after = f"camera {side} {phrase}", f"camera {phrase} {side}"
    if not phrase.isascii():
        before, after = f"镜头{in_chinese}{phrase}", f"镜头{phrase}{in_chinese}"
    for sentence in (before, after):
        directions = {move.direction for segment in read_motion(sentence).segments for move in segment.moves}
        assert directions & {side.removesuffix("ward"), rolled}, sentence
        assert opposite not in directions, sentence


def test_alternatives_in_the_vocabulary_are_spelled_out() -> None:
    assert expand("ab(c|d|)e(f|)") == ["abcef", "abce", "abdef", "abde", "abef", "abe"]


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("pan", {"pan", "pans", "panned", "panning"}),
        ("zoom", {"zoom", "zooms", "zoomed", "zooming"}),
        ("dolly", {"dolly", "dollies", "dollied", "dollying"}),
        ("orbit", {"orbit", "orbits", "orbited", "orbiting"}),
        ("push", {"push", "pushes", "pushed", "pushing"}),
        ("rotate", {"rotate", "rotates", "rotated", "rotating"}),
    ],
)
def test_english_verbs_are_known_in_all_forms(verb: str, forms: set[str]) -> None:
    assert {form for spellings in inflect(verb).values() for form in spellings} == forms


_PHRASES = sorted(phrase for phrase in lexicon().entries)


@given(st.lists(st.sampled_from([*_PHRASES, "cat", "猫", ",", ".", "，", "。"]), max_size=30).map(" ".join))
def test_any_heap_of_known_words_is_read(sentence: str) -> None:
    motion = read_motion(sentence)
    for segment in motion.segments:
        assert segment.moves
        kinds = [move.kind for move in segment.moves]
        assert len(kinds) == len(set(kinds))
        assert "still" not in kinds or len(kinds) == 1


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read_motion(text)


@pytest.mark.parametrize("phrase", ["zoom in and then out ", "推近并", "no pan or ", "left ", "orbit the "])
def test_the_longest_sentence_is_read_in_a_moment(phrase: str) -> None:
    sentence = (phrase * 2000)[:2000]
    read_motion(sentence)
    started = time.process_time()
    read_motion(sentence)
    assert time.process_time() - started < 0.2
