"""Candidates in the order of their faults."""

from __future__ import annotations

import pytest

from i2v.diagnosis.clip.measures import ClipMeasures, MeasuredMove
from i2v.diagnosis.clip.ranking import rank_clips, ranking_view
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.text import LANGUAGES, sentences
from tests.diagnosis.clip.test_judgement import clip


def ranked(*clips: ClipMeasures, prompt: str = "") -> list[tuple[int, str]]:
    return [(place.index, place.told("en")) for place in rank_clips(clips, ClipWish(prompt))]


def test_the_steadier_clip_stands_first_and_says_why() -> None:
    assert ranked(clip(flicker=1.9), clip(flicker=0.4)) == [
        (1, "steadier: flicker 0.4 against 1.9"),
        (0, "less steady: flicker 1.9 against 0.4"),
    ]


def test_the_reason_is_what_weighs_most() -> None:
    best, worst = ranked(clip(drift=70.0, flicker=0.6), clip(drift=5.0, flicker=0.4))
    assert best == (1, "truer to the picture: drift 5 % against 70 %")
    assert worst == (0, "further from the picture: drift 70 % against 5 %")


def test_each_is_compared_with_the_one_before_it_in_words_that_hold_for_both() -> None:
    told = ranked(clip(drift=62.0, jump=9.8), clip(drift=49.0, jump=9.8), clip(jump=5.9))
    assert told == [
        (2, "truer to the picture: drift 0 % against 49 %"),
        (1, "further from the picture: drift 49 % against 0 %"),
        (0, "further from the picture: drift 62 % against 49 %"),
    ]
    # Both jump by more than is told as a fault: the better one only jumps less.
    assert ranked(clip(jump=9.8), clip(jump=5.9))[0] == (1, "jumps less: 5.9 against 9.8")


def test_a_reason_names_no_more_digits_than_the_difference_needs() -> None:
    assert ranked(clip(drift=70.18), clip(drift=5.44))[0] == (1, "truer to the picture: drift 5.4 % against 70 %")
    assert ranked(clip(flicker=1.94), clip(flicker=1.88))[0] == (1, "steadier: flicker 1.88 against 1.94")


def test_clips_without_a_difference_keep_their_order_and_say_so() -> None:
    assert ranked(clip(), clip(), clip()) == [(at, "no clear difference") for at in range(3)]


def test_a_move_that_came_and_a_clip_that_moves_count() -> None:
    moved, missed = clip(MeasuredMove("zoom_in", 4.0, "%")), clip(MeasuredMove("pan_left", 4.0, "%"))
    assert [at for at, _ in ranked(missed, moved, prompt="zoom in")] == [1, 0]
    assert [at for at, _ in ranked(clip(motion=0.1), clip(motion=3.0))] == [1, 0]
    still = clip(MeasuredMove("still", 0.0, "%"), motion=0.0)
    assert [at for at, _ in ranked(clip(MeasuredMove("pan_left", 4.0, "%")), still, prompt="static shot")] == [1, 0]


def test_one_clip_alone_and_none_are_ranked_too() -> None:
    assert ranked(clip()) == [(0, "no clear difference")]
    assert ranked() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(language: str) -> None:
    reasons = {key.split(".")[1] for key in sentences("coach", language) if key.startswith("rank.")}
    for name in reasons - {"alike"}:
        assert f"rank.{name}.better" in sentences("coach", language)
        assert f"rank.{name}.worse" in sentences("coach", language)
    faults = clip(drift=9.0, noise=9.0), clip(noise=1.0)
    view = ranking_view(rank_clips(faults, ClipWish()), ["a", "b"], language)
    assert [(each["job_id"], each["rank"]) for each in view] == [("b", 1), ("a", 2)]
    assert all(each["reason"] for each in view)
