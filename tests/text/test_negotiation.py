"""The language to speak, from whatever a reader's system says of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i2v.text import LANGUAGES, negotiate, say


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh-HK", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("ZH-hans", "zh-CN"),
        ("zh_CN.UTF-8", "zh-CN"),
        ("zh_SG.UTF-8", "zh-CN"),
        ("en", "en"),
        ("en-GB", "en"),
        ("en_US.UTF-8", "en"),
        ("fr", "en"),
        ("C.UTF-8", "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.1, zh;q=0.9", "zh-CN"),
        ("fr-FR,fr;q=0.9,zh;q=0.2", "zh-CN"),
        ("zh;q=0, en;q=0.5", "en"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("*,zh;q=0.5", "zh-CN"),
        (",,;q=1,;;", "en"),
        ("zh;q=1.1.1, en", "en"),
        ("zh;level=1;q=x", "zh-CN"),
        ("q=1;zh", "en"),
        ("\x00\xff,zh", "zh-CN"),
    ],
)
def test_any_chinese_gets_chinese_and_everything_else_english(said: str, language: str) -> None:
    assert negotiate(said) == language


def test_the_first_preference_that_names_a_language_decides() -> None:
    assert negotiate("en", "zh-CN") == "en"
    assert negotiate(None, "zh-CN") == "zh-CN"
    assert negotiate("", "fr", "zh") == "zh-CN"
    assert negotiate("nonsense", None, "en-GB") == "en"
    assert negotiate() == "en"
    assert negotiate(None, None) == "en"


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(st.none(), st.text()), max_size=3))
def test_no_header_however_broken_is_without_an_answer(said: list[str | None]) -> None:
    assert negotiate(*said) in LANGUAGES


def test_an_unknown_area_or_sentence_is_a_bug_and_says_so() -> None:
    with pytest.raises(FileNotFoundError):
        say("nowhere", "nothing")
    with pytest.raises(KeyError):
        say("errors", "nothing")
