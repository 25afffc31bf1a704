"""What the buttons put in place of a sentence: cured, with nothing lost and nothing new wrong."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
import yaml

from benchmarks.coach import development_sets
from i2v.diagnosis.advice import Remedy
from i2v.diagnosis.sentence.faults import Fault
from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence, understood_camera
from i2v.diagnosis.sentence.reading import read_sentence
from i2v.diagnosis.sentence.remedies import remedy_of, suggest_motions
from i2v.diagnosis.sentence.rendering import render_in_english
from i2v.diagnosis.sentence.verdict import HINTS
from i2v.diagnosis.sentence.vocabulary import vocabulary

MODEL = Listener()
ALWAYS = {"no_motion", "vague_motion", "abstract", "contradiction", "too_many_actions", "violent"}
BOAT = "a boat drifts slowly to the right"
LONG = (
    "A beautiful old wooden fishing boat with peeling blue and white paint, brass fittings, coiled ropes on its deck, "
    "worn canvas sails folded neatly against the mast, a small cabin with round windows, an anchor resting at the bow, "
    "nets hanging over the side, seagulls perched along the railing, calm turquoise water all around it, distant "
    "mountains under a pale sky with scattered clouds, golden evening light, and the boat slowly drifts to the left"
)


def remedy_for(sentence: str, code: str) -> Remedy | None:
    (found,) = [advice for advice in advise_on_sentence(sentence, MODEL) if advice.code == code]
    return found.remedy


def codes_of(sentence: str) -> set[str]:
    return {advice.code for advice in advise_on_sentence(sentence, MODEL)}


@pytest.mark.parametrize("path", development_sets(), ids=lambda path: path.stem)
def test_a_warning_has_a_remedy_that_cures_and_brings_no_warning_that_was_not_there(path: Path) -> None:
    for entry in yaml.safe_load(path.read_text("utf-8")):
        sentence = entry["sentence"]
        told = advise_on_sentence(sentence, MODEL)
        warned = {advice.code for advice in told if advice.code not in HINTS}
        for advice in told:
            assert advice.remedy or advice.code not in ALWAYS, (advice.code, sentence)
            for prompt in advice.remedy.prompts if advice.remedy else ():
                codes = codes_of(prompt)
                assert prompt != sentence
                assert advice.code not in codes, (advice.code, sentence, prompt)
                assert codes - set(HINTS) <= warned, (advice.code, sentence, prompt)


@pytest.mark.parametrize(
    ("sentence", "rest", "unwanted"),
    [
        (
            "a boat drifts slowly to the right, no people, no birds, no text",
            "a boat drifts slowly to the right",
            "people, birds, text",
        ),
        (
            "a boat drifts slowly to the right, no people, birds or text",
            "a boat drifts slowly to the right",
            "people, birds, text",
        ),
        (f"{BOAT}, no cars and no dogs", BOAT, "cars, dogs"),
        (f"{BOAT}, no animals or apples", BOAT, "animals, apples"),
        (f"{BOAT}, do not add any people in the picture please", BOAT, "people"),
        (f"{BOAT}, don't change its colour, no text", BOAT, "text"),
        (f"{BOAT} without people, without text, without logo", BOAT, "people, text, logo"),
        ("狗慢慢向右跑，不要有人，不要文字", "狗慢慢向右跑", "people, text"),
        ("狗慢慢向右跑，没有汽车和水印。", "狗慢慢向右跑。", "cars, watermark"),
    ],
)
def test_all_that_is_not_wanted_is_moved_and_told(sentence: str, rest: str, unwanted: str) -> None:
    remedy = remedy_for(sentence, "negation")
    assert remedy
    assert (remedy.label, remedy.prompts, remedy.negative_prompt) == ("move_negation", (rest,), unwanted)
    (advice,) = [advice for advice in advise_on_sentence(sentence, MODEL) if advice.code == "negation"]
    assert len(str(advice.values["words"]).replace("、", ", ").split(", ")) == unwanted.count(", ") + 1


def test_a_deed_that_is_not_to_be_goes_with_who_does_it_and_is_nothing_to_exclude() -> None:
    for denied in ("nothing else moves", "don't change the light", "never blow it out"):
        still = remedy_for(f"the leaves rustle gently, {denied}", "negation")
        assert still
        assert (still.label, still.prompts, still.negative_prompt) == (
            "drop_negation",
            ("the leaves rustle gently",),
            "",
        )
    remedy = remedy_for("the cat isn't moving, the dog slowly runs to the left", "negation")
    assert remedy
    assert (remedy.label, remedy.prompts, remedy.negative_prompt) == (
        "drop_negation",
        ("the dog slowly runs to the left",),
        "",
    )


@pytest.mark.parametrize(
    ("sentence", "offered"),
    [
        ("the dog does not move", "The dog slowly turns its head to the left"),
        ("the woman never smiles", "The woman slowly turns to the left"),
    ],
)
def test_where_nothing_would_be_left_that_moves_another_motion_is_offered(sentence: str, offered: str) -> None:
    (advice,) = advise_on_sentence(sentence, MODEL)
    assert advice.remedy
    assert (advice.remedy.prompts[0], advice.remedy.negative_prompt) == (offered, "")


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("火车快速驶向右边", "The train quickly runs to the right"),
        ("火车快速驶向左边", "The train quickly runs to the left"),
        ("女孩慢慢走向右边", "The girl slowly walks to the right"),
        ("鸟飞向左边", "The bird flies to the left"),
        ("小船慢慢划向左边", "The boat slowly glides to the left"),
        ("车子从左边慢慢开到右边", "The car slowly drives from the left to the right"),
        ("女孩慢慢走向镜头", "The girl slowly walks toward the camera"),
        ("女孩朝镜头慢慢走来", "The girl slowly approaches the camera"),
        ("镜头慢慢推近 and the cat smiles", "The camera slowly zooms in and the cat smiles"),
        ("The cat 慢慢 walks to the 左边", "The cat slowly walks to the left"),
        ("a girl 微笑 and the dog runs to the left", "A girl smiles and the dog runs to the left"),
        ("镜头缓缓推近，同时女孩微笑", "The camera slowly zooms in while the girl smiles"),
        ("女孩一边走一边慢慢挥手", "The girl walks while slowly waving"),
        ("猫跳，接着狗跑", "The cat jumps, then the dog runs"),
        ("孩子们慢慢跑", "The children slowly run"),
        ("女孩们慢慢走向海边", "The girls slowly walk toward the beach"),
        ("猫和狗一起慢慢走", "The cat and the dog slowly walk together"),
        ("女孩慢慢转头", "The girl slowly turns her head"),
        ("猫慢慢把头转向左边", "The cat slowly turns its head to the left"),
        ("女孩的头发慢慢飘动", "The girl's hair slowly flutters"),
        ("镜头慢慢推近女孩的脸", "The camera slowly zooms in on the girl's face"),
        ("她慢慢走向他", "She slowly walks toward him"),
        ("她慢慢转头看向镜头", "She slowly turns her head toward the camera"),
        ("列车缓缓进站", "The train slowly enters the station"),
        ("女孩微笑，头发轻轻飘动，慢慢转身", "The girl smiles, her hair gently flutters, the girl slowly turns around"),
        ("猫慢慢走，尾巴轻轻摇", "The cat slowly walks, its tail gently wags"),
    ],
)
def test_its_english_says_who_how_and_where_to(chinese: str, english: str) -> None:
    remedy = remedy_for(chinese, "not_english")
    assert remedy
    assert remedy.prompts == (english,)


@pytest.mark.parametrize(
    ("chinese", "left_out"),
    [("穿红裙子的女孩慢慢走向左边", ("穿红裙子",)), ("两只猫慢慢走", ("两",)), ("镜头向右摇过沙丘", ("沙丘",))],
)
def test_what_has_no_english_is_named(chinese: str, left_out: tuple[str, ...]) -> None:
    rendering = render_in_english(read_sentence(chinese))
    assert rendering
    assert rendering.left_out == left_out
    (advice,) = [advice for advice in advise_on_sentence(chinese, MODEL) if advice.code == "not_english"]
    assert advice.message == "not_english_partly"


def test_a_chinese_sentence_too_long_to_read_gets_its_shorter_english() -> None:
    sentence = "猫和狗和马和鸟和女孩和男孩和老人和孩子们一起在海滩上慢慢地向左边走去，镜头缓缓地推近"
    assert codes_of(sentence) == {"too_long", "not_english"}
    remedy = remedy_for(sentence, "not_english")
    assert remedy
    assert codes_of(remedy.prompts[0]) == set()


def test_without_english_nothing_is_said_of_what_is_not_in_it() -> None:
    sentence = "前面那辆车高速失控翻滚然后爆炸"
    rendering = render_in_english(read_sentence(sentence))
    assert rendering
    assert rendering.left_out
    found = [each for each in advise_on_sentence(sentence, MODEL) if each.code == "not_english"]
    assert [(each.message, each.remedy) for each in found] == [("not_english", None)]


def test_pace_and_side_of_every_subject_are_in_its_english() -> None:
    subjects = {"女孩": "girl", "猫": "cat", "鸟": "bird", "小船": "boat", "火车": "train", "孩子们": "children"}
    paces, verbs = {"慢慢": "slowly", "快速": "quickly", "轻轻": "gently"}, ("走", "跑", "飞", "游", "漂", "移动")
    for (chinese, subject), (pace, said), verb in itertools.product(subjects.items(), paces.items(), verbs):
        for side, way in (("左", "left"), ("右", "right"), ("上", "upward"), ("下", "downward")):
            for sentence in (f"{chinese}{pace}{verb}向{side}边", f"{chinese}{pace}向{side}{verb}"):
                rendering = render_in_english(read_sentence(sentence))
                if rendering and not rendering.left_out:
                    words = rendering.english.split()
                    assert {subject, said, way} <= set(words), (sentence, rendering)


def test_a_contradiction_stays_one_in_its_english_or_gets_none() -> None:
    remedy = remedy_for("一边放大一边缩小", "not_english")
    assert remedy
    assert remedy.prompts == ("The camera zooms in while the camera zooms out",)
    assert "contradiction" in codes_of(remedy.prompts[0])
    assert remedy_for("舞者同时顺时针和逆时针旋转", "not_english") is None


@pytest.mark.parametrize("link", ["and", "while"])
def test_of_two_camera_moves_the_first_is_kept_without_the_stump_of_the_second(link: str) -> None:
    remedy = remedy_for(f"the camera zooms in {link} the camera zooms out", "contradiction")
    assert remedy
    assert remedy.prompts == ("the camera zooms in",)


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("the dog runs left while running right", "the dog runs left"),
        ("女孩向左走，同时向右走", "女孩向左走"),
        (
            "the boat glides slowly to the left and slowly to the right at the very same moment",
            "the boat glides slowly to the left",
        ),
        (
            "the car stands perfectly still and drives slowly to the left at the same moment",
            "the car drives slowly to the left",
        ),
        ("the dog lies motionless on the rug as it walks slowly to the door", "the dog walks slowly to the door"),
        ("老人慢慢站起来，同一时间又慢慢坐下去", "老人慢慢站起来"),
    ],
)
def test_of_two_wishes_one_is_left_as_a_whole_sentence(sentence: str, kept: str) -> None:
    remedy = remedy_for(sentence, "contradiction")
    assert remedy
    assert (remedy.label, remedy.prompts) == ("keep_one", (kept,))


@pytest.mark.parametrize(
    ("sentence", "label", "first"),
    [
        ("海浪猛烈拍打礁石", "calmer", "海浪缓缓拍打礁石"),
        ("The car races at full throttle to the left", "calmer", "The car races steadily to the left"),
        ("A tornado smashes the house into pieces", "suggest", "The camera slowly orbits around the house"),
        ("A static camera that quickly zooms in", "suggest", "The camera slowly zooms in"),
    ],
)
def test_what_cannot_be_said_in_its_own_words_gets_a_motion_of_what_is_there(
    sentence: str, label: str, first: str
) -> None:
    (remedy,) = [each.remedy for each in advise_on_sentence(sentence, MODEL) if each.code in ALWAYS]
    assert remedy
    assert (remedy.label, remedy.prompts[0]) == (label, first)


def test_a_long_sentence_keeps_the_part_that_moves() -> None:
    remedy = remedy_for(LONG, "too_long")
    assert remedy
    (kept,) = remedy.prompts
    assert kept.startswith("A beautiful old wooden fishing boat")
    assert kept.endswith("calm turquoise water all around it, and the boat slowly drifts to the left")
    assert codes_of(kept) == set()


@pytest.mark.parametrize(
    ("sentence", "offered"),
    [
        ("handheld camera", "Slow handheld camera"),
        ("a handheld shot", "a slow handheld shot"),
        ("猫向左走，跳", "猫缓缓向左走，跳"),
    ],
)
def test_a_pace_is_put_where_the_language_has_it(sentence: str, offered: str) -> None:
    remedy = remedy_for(sentence, "missing_speed")
    assert remedy
    assert remedy.prompts == (offered,)


def test_a_camera_is_not_sent_toward_itself() -> None:
    remedy = remedy_for("camera flies through the forest", "missing_direction")
    assert remedy
    assert remedy.prompts[0] == "camera flies forward through the forest"
    assert not any("toward the camera" in prompt for prompt in remedy.prompts)


def test_a_word_in_english_gets_an_english_pace() -> None:
    reading = read_sentence("a girl 微笑 and the dog runs to the left")
    at = reading.typed.index("runs")
    remedy = remedy_of(Fault("missing_speed", (at, at + 4)), reading)
    assert remedy
    assert remedy.prompts == ("a girl 微笑 and the dog slowly runs to the left",)


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        ("the boat moves", "The boat sails slowly to the right"),
        ("a fish", "The fish swims slowly to the right"),
        ("a red fish", "a red fish, the fish swims slowly to the right"),
        ("she smiles", "she smiles, the camera slowly zooms in"),
        ("it rains", "it rains, the camera slowly zooms in"),
        ("!!!", "The camera slowly zooms in"),
        ("stay still", "The camera slowly zooms in"),
        ("没有人的街道", "The camera slowly orbits around the street"),
    ],
)
def test_suggestions_are_of_what_is_there_and_of_what_it_can_do(sentence: str, first: str) -> None:
    reading = read_sentence(sentence)
    assert suggest_motions(reading, keep=sentence != "the boat moves")[0] == first


@pytest.mark.parametrize(
    ("sentence", "first"), [("猫转头", "镜头缓缓推近"), ("a cat turns its head", "The camera slowly zooms in")]
)
def test_the_camera_is_offered_moves_in_the_language_of_the_sentence(sentence: str, first: str) -> None:
    camera = Listener(is_model=False, has_negative_prompt=False)
    (found,) = advise_on_sentence(sentence, camera)
    assert found.remedy is not None
    assert found.remedy.prompts[0] == first
    assert all(advise_on_sentence(prompt, camera) == [] for prompt in found.remedy.prompts)


def test_every_suggestion_for_every_noun_gets_no_warning() -> None:
    nouns = {value for kind, value in vocabulary().lexicon.entries.values() if kind == "noun" and value}
    nouns |= {value[0] for kind, value in vocabulary().lexicon.entries.values() if kind == "either"}
    assert set(vocabulary().groups) <= {noun.english for noun in nouns}
    warned = {}
    for kind, texts in vocabulary().suggestions.items():
        for noun, text in itertools.product(("boat", "cat"), texts):
            sentence = text.format(noun=noun)
            if codes_of(sentence) - set(HINTS) - ({"not_english"} if kind == "camera_han" else set()):
                warned[sentence] = codes_of(sentence)
    assert warned == {}


@pytest.mark.parametrize(
    ("sentence", "camera"),
    [
        ("rotate left", "rotate_ccw"),
        ("rotate right", "rotate_cw"),
        ("roll left", "rotate_ccw"),
        ("向左旋转画面", "rotate_ccw"),
    ],
)
def test_a_turn_to_a_side_is_named_as_the_picture_shows_it(sentence: str, camera: str) -> None:
    assert understood_camera(sentence) == camera


def test_a_sentence_with_its_remedies_is_judged_in_15_ms() -> None:
    advise_on_sentence(LONG, MODEL)
    for sentence in (LONG, "镜头一边慢慢推近一边慢慢拉远", "zoom in and out, no people, no text"):
        spent = []
        for _ in range(5):
            began = time.process_time()
            advise_on_sentence(sentence, MODEL)
            spent.append(time.process_time() - began)
        assert min(spent) < 0.015
