"""Every error says what happened and what to do, in every language."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from i2v.dispatch.progress import Progress
from i2v.domain.events import STAGES
from i2v.domain.job import OVER, QUEUED, RUNNING
from i2v.errors import ClipFaulty, I2VError, JobBegun, OptionInvalid, PictureTooLarge, WorkerSilent, error_types
from i2v.text import LANGUAGES, describe, sentences
from i2v.text.problems import problem_details

CODES = sorted(error_types())
FAULTS = ("nan", "black", "constant", "frozen")
BLAME = re.compile(
    r"\b(you failed|your fault|you must|illegal|invalid|wrong|bad|stupid|forgot|sorry|oops)\b|错误地|你错|非法", re.I
)


def values_of(error: type[I2VError]) -> set[str]:
    """The values an error carries, from its docstring: `values: name, other (what it means)`."""
    if error is I2VError:
        return {"reference"}
    plain = re.sub(r"\([^)]*\)", "", error.__doc__ or "")
    found = re.search(r"\bvalues: ([^.]*)", plain)
    return {name.strip() for name in found.group(1).split(",")} if found else set()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_two_sentences_and_no_sentence_lacks_its_code(language: str) -> None:
    wanted = {f"{code}.{part}" for code in CODES for part in ("what", "fix")}
    assert set(sentences("errors", language)) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_sentences_speak_only_of_the_values_their_error_carries(code: str, language: str) -> None:
    for part in ("what", "fix"):
        text = sentences("errors", language)[f"{code}.{part}"]
        assert placeholders(text) <= values_of(error_types()[code]), text


@pytest.mark.parametrize("code", CODES)
def test_what_happened_names_the_same_values_in_every_language(code: str) -> None:
    told = {language: placeholders(sentences("errors", language)[f"{code}.what"]) for language in LANGUAGES}
    assert len(set(map(frozenset, told.values()))) == 1, told


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short_whole_and_blame_nobody(language: str) -> None:
    for key, text in sentences("errors", language).items():
        assert text == text.strip(), key
        assert text.endswith((".", "。")), key
        assert 5 < len(text) <= 180, key
        assert not BLAME.search(text), key
        assert "!" not in text, key
        assert "！" not in text, key


def test_chinese_sentences_are_chinese() -> None:
    for key, text in sentences("errors", "zh-CN").items():
        assert re.search(r"[一-鿿]", text), key


def test_an_error_is_described_with_its_values_filled_in() -> None:
    error = OptionInvalid(option="num_frames", value=99, allowed="1 to 32")
    told = describe(error)
    assert told.code == "option_invalid"
    assert told.what == "num_frames is 99, but it takes 1 to 32."
    assert "1 to 32" in told.fix
    assert "99" in describe(error, "zh-CN").what


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_numbers_are_told_as_such(language: str) -> None:
    told = describe(PictureTooLarge(width=20000, height=20000, megapixels=400.0, maximum=50), language).what
    assert "400 " in told
    assert "400.0" not in told
    assert "50.1 " in describe(PictureTooLarge(megapixels=50.1), language).what


def test_a_value_nobody_gave_shows_as_a_question_mark() -> None:
    assert describe(OptionInvalid(option="fps", value=0)).what == "fps is 0, but it takes ?."


def test_braces_in_a_value_are_left_as_they_are() -> None:
    assert "{value}" in describe(OptionInvalid(option="{value}", value=1, allowed="2")).what


@pytest.mark.parametrize("language", LANGUAGES)
def test_states_and_stages_are_said_in_the_readers_words(language: str) -> None:
    words = sentences("words", language)
    stages = {Progress().stage, *STAGES, "saving"}
    wanted = {f"status.{status}" for status in {QUEUED, RUNNING, "interrupted", *OVER}}
    wanted |= {f"stage.{stage}" for stage in stages} | {f"fault.{fault}" for fault in FAULTS}
    assert set(words) == wanted
    for stage in stages:
        assert words[f"stage.{stage}"] in describe(WorkerSilent(stage=stage, seconds=9), language).what
    assert words["fault.black"] in describe(ClipFaulty(fault="black"), language).what
    assert words["status.running"] in describe(JobBegun(job_id="a", status=RUNNING), language).what
    assert "403" in describe(error_types()["hub_refused"](url="u", status=403, page="p"), language).what


def test_programs_get_states_and_stages_as_they_are() -> None:
    assert problem_details(JobBegun(job_id="a", status=RUNNING), "zh-CN")["values"] == {
        "job_id": "a",
        "status": "running",
    }
