"""Advice on sentences: each fault by example, what an engine makes of it, and remedies that cure it."""

from __future__ import annotations

import hashlib
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.coach import CODES, FOLDER, HELD_OUT, development_sets, judge_development, misses, score
from i2v.diagnosis.advice import Advice
from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence, understood_camera
from i2v.settings import PROJECT
from i2v.text import LANGUAGES, sentences

MODEL = Listener()
CAMERA = Listener(is_model=False, has_negative_prompt=False)
DEVELOPMENT = [entry for path in development_sets() for entry in yaml.safe_load(path.read_text("utf-8"))]


def advice_on(sentence: str, code: str, listener: Listener = MODEL) -> Advice:
    """The one piece of advice with this code."""
    (found,) = [advice for advice in advise_on_sentence(sentence, listener) if advice.code == code]
    return found


def codes_of(sentence: str, listener: Listener = MODEL) -> set[str]:
    return {advice.code for advice in advise_on_sentence(sentence, listener)}


def cured(sentence: str, code: str) -> str:
    """The remedy's sentence."""
    remedy = advice_on(sentence, code).remedy
    assert remedy
    return remedy.prompts[0]


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("a nice photo with movement", "no_motion"),
        ("something moving", "vague_motion"),
        ("make it alive", "abstract"),
        ("zoom in and out simultaneously", "contradiction"),
        ("the camera pans left and right", "contradiction"),
        ("she stands up, walks to the door, opens it and waves", "too_many_actions"),
        ("a boat drifts slowly to the left, no people", "negation"),
        ("让画面动起来", "vague_motion"),
        ("镜头同时推近和拉远", "contradiction"),
        ("a stormy sea", "violent"),
        ("the camera pans slowly", "missing_direction"),
        ("the camera zooms in", "missing_speed"),
    ],
)
def test_each_fault_is_told_by_its_code(sentence: str, fault: str) -> None:
    assert codes_of(sentence) - {"not_english"} == {fault}


def test_a_good_sentence_gets_no_advice() -> None:
    assert advise_on_sentence("A woman walks slowly along the beach toward the camera", MODEL) == []


def test_on_the_sentences_it_was_developed_on_it_is_right() -> None:
    judged = judge_development()
    for code in CODES:
        found = score(judged, code)
        assert (found.precision or 0) >= 0.95, f"{code}\n{misses(judged)}"
        assert (found.recall or 0) >= 0.9, f"{code}\n{misses(judged)}"


def test_the_held_out_sentences_are_those_that_were_written_before_the_first_evaluation() -> None:
    for name in (*HELD_OUT, "heldout_sixth", "heldout_short"):
        told = (FOLDER / f"{name}.sha256").read_text("utf-8").split()[0]
        assert hashlib.sha256((FOLDER / f"{name}.yaml").read_bytes()).hexdigest() == told


def test_a_pace_goes_in_front_of_the_verb() -> None:
    assert cured("The woman walks to the left", "missing_speed") == "The woman slowly walks to the left"
    assert cured("一个女人向左走", "missing_speed") == "一个女人缓缓向左走"


def test_of_a_contradiction_the_first_is_kept() -> None:
    assert cured("zoom in and out simultaneously", "contradiction") == "zoom in"
    assert cured("The camera pans left and right", "contradiction") == "The camera pans left"


@pytest.mark.parametrize(
    "sentence",
    [
        "A beautiful woman walks slowly to the left", "Storm-coloured sky, the clouds drift slowly to the right",
        "not far away, a boat drifts slowly to the left", "a no-entry sign swings gently in the breeze",
        "ripples spread slowly across the still lake", "桌上的勿忘我被微风吹得轻轻点头", "没有叶子的树枝在风里轻轻晃",
    ],
)  # fmt: skip
def test_words_that_only_describe_are_no_fault_beside_a_motion(sentence: str) -> None:
    assert codes_of(sentence) - {"not_english"} == set()


@pytest.mark.parametrize(
    ("sentence", "meant"),
    [
        ("the pupy slowly opens its eyes", set()),
        ("zom in slowly on the nose", set()),
        ("slowy move the camra right", set()),
    ],
)
def test_a_slip_of_the_pen_is_read_as_what_was_meant(sentence: str, meant: set[str]) -> None:
    assert codes_of(sentence) == meant


def test_what_is_not_wanted_is_offered_to_the_negative_prompt_where_there_is_one() -> None:
    sentence = "A boat drifts slowly to the left, no people"
    remedy = advice_on(sentence, "negation").remedy
    assert remedy
    assert (remedy.prompts[0], remedy.negative_prompt) == ("A boat drifts slowly to the left", "people")
    elsewhere = advice_on(sentence, "negation", Listener(has_negative_prompt=False)).remedy
    assert elsewhere
    assert elsewhere.negative_prompt == ""


def test_where_nothing_moves_motions_that_fit_the_subject_are_offered() -> None:
    remedy = advice_on("A red car parked in front of a house", "no_motion").remedy
    assert remedy
    assert 2 <= len(remedy.prompts) <= 3
    assert remedy.prompts[0] == "A red car parked in front of a house, the car drives slowly to the right"


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("镜头缓缓推近", "The camera slowly zooms in"),
        (
            "女人在海滩上慢慢向左走，海浪轻轻拍打沙滩",
            "The woman slowly walks to the left on the beach, the wave gently laps the beach",
        ),
        ("树叶在风中轻轻摇曳", "The leaf gently sways in the wind"),
    ],
)
def test_chinese_is_offered_in_english_for_the_model(chinese: str, english: str) -> None:
    remedy = advice_on(chinese, "not_english").remedy
    assert remedy
    assert remedy.prompts == (english,)


def test_no_english_is_offered_for_words_that_nobody_here_knows() -> None:
    assert advice_on("天空中的孙悟空翻着跟头慢慢飞过", "not_english").remedy is None


def test_other_languages_of_the_latin_script_are_told_as_such() -> None:
    assert codes_of("Une femme marche lentement vers la gauche") == {"not_english"}


def test_the_camera_engine_reads_chinese_and_heeds_a_no() -> None:
    assert codes_of("镜头缓缓推近", CAMERA) == set()
    assert codes_of("slowly pan left, no zoom", CAMERA) == set()
    assert codes_of("no zoom", CAMERA) == set()
    assert codes_of("zoom in", CAMERA) == set()
    assert codes_of("the camera pans", CAMERA) == {"missing_direction"}
    assert codes_of("a woman waves", CAMERA) == {"no_motion"}
    assert codes_of("zoom in and out simultaneously", CAMERA) >= {"contradiction"}


@pytest.mark.parametrize(
    "sentence",
    [
        "no text, no watermark, the river flows slowly to the right",
        "no wind, the grass sways gently to the left",
        "a boat drifts slowly to the right, no animals, no bears and no apples",
    ],
)
def test_a_no_with_nothing_but_a_thing_behind_it_is_always_told(sentence: str) -> None:
    assert codes_of(sentence) == {"negation"}
    assert codes_of(cured(sentence, "negation")) == set()


def test_where_names_the_characters_that_show_the_fault() -> None:
    sentence = "the waves roll gently in, ｎｏ people"
    advice = advice_on(sentence, "negation")
    assert advice.where
    assert sentence[slice(*advice.where)] == "ｎｏ"


def test_of_a_long_sentence_it_is_told_what_is_cut_and_the_remedy_fits() -> None:
    sentence = "the camera slowly zooms in on " + ", ".join(f"a small red house number {at}" for at in range(30))
    advice = advice_on(sentence, "too_long")
    assert advice.where
    assert advice.where[1] == len(sentence)
    assert "too_long" not in codes_of(cured(sentence, "too_long"))
    assert "too_many_actions" not in codes_of(sentence)


@pytest.mark.parametrize(
    ("sentence", "camera"),
    [
        ("slowly zoom in", "zoom_in"), ("zoom out", "zoom_out"), ("pan left", "pan_left"), ("pan right", "pan_right"),
        ("tilt up", "tilt_up"), ("tilt down", "tilt_down"), ("rotate clockwise", "rotate_cw"),
        ("the camera rolls counterclockwise", "rotate_ccw"), ("orbit around the statue", "orbit"),
        ("static camera", "still"), ("a cat walks", None), ("镜头缓缓推近", "zoom_in"), ("顺时针旋转镜头", "rotate_cw"),
        ("zoom in and out simultaneously", None), ("zoom in, zoom out", "zoom_in"),
    ],
)  # fmt: skip
def test_the_camera_move_has_its_name(sentence: str, camera: str | None) -> None:
    assert understood_camera(sentence) == camera


def test_every_message_and_button_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        words = sentences("coach", language)
        assert {f"sentence.{code}" for code in CODES} <= words.keys()
        for entry in DEVELOPMENT[::12]:
            for listener in (MODEL, CAMERA, Listener(has_negative_prompt=False)):
                for advice in advise_on_sentence(entry["sentence"], listener):
                    told = advice.to_json(language)
                    assert told["message"]
                    assert "?" not in told["message"].replace("Which way?", "").replace("How fast?", "").replace(
                        "happen?", ""
                    )
    assert sentences("coach", "en").keys() == sentences("coach", "zh-CN").keys()


def test_every_code_is_explained_in_the_docs() -> None:
    explained = (PROJECT / "docs" / "coach.md").read_text("utf-8")
    assert all(f"| `{code}` | " in explained for code in CODES)


WORDS = sorted({word for entry in DEVELOPMENT for word in entry["sentence"].split()})


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)))
def test_no_text_breaks_it(sentence: str) -> None:
    for listener in (MODEL, CAMERA):
        for advice in advise_on_sentence(sentence, listener):
            advice.to_json("en")
            assert advice.where is None or 0 <= advice.where[0] <= advice.where[1] <= len(sentence)


def test_a_sentence_of_full_length_is_judged_at_once() -> None:
    began = time.process_time()
    advise_on_sentence(("the cat runs and jumps, " * 100)[:2000], MODEL)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("gap", [" " * 1900, "\t \n" * 600, " , " * 600, "," * 1900])
def test_a_sentence_with_a_long_gap_is_judged_at_once(gap: str) -> None:
    began = time.process_time()
    for sentence in (f"The dog runs left and right{gap}x at the same time", f"Zoom in and out{gap}then no people"):
        advise_on_sentence(sentence, MODEL)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("The boat slowly drifts to the left and to the right at the same time", "The boat slowly drifts to the left"),
        ("镜头一边慢慢推近一边慢慢拉远", "镜头慢慢推近"),
        ("镜头缓缓推近,同时缓缓拉远", "镜头缓缓推近"),
        ("小船慢慢向左向右漂", "小船慢慢向左漂"),
    ],
)
def test_of_wishes_that_exclude_each_other_the_first_is_kept_whole(sentence: str, kept: str) -> None:
    remedy = advice_on(sentence, "contradiction", MODEL).remedy
    assert remedy
    assert remedy.prompts == (kept,)


def test_a_chinese_no_is_moved_before_anything_is_put_into_english() -> None:
    """Its English would ask for what is not wanted; a negative prompt is English too."""
    sentence = "狗慢慢向右跑，不要有人"
    assert advice_on(sentence, "not_english", MODEL).remedy is None
    remedy = advice_on(sentence, "negation", MODEL).remedy
    assert remedy
    assert (remedy.label, remedy.prompts, remedy.negative_prompt) == ("move_negation", ("狗慢慢向右跑",), "people")
