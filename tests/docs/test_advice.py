"""The guide to a good clip is what its command writes, leaves no code out, and shows what the coach really says."""

from __future__ import annotations

import re

import pytest

from docs import advice
from docs.advice_examples import (
    MODEL,
    Example,
    clip_examples,
    listener,
    picture_examples,
    picture_framing,
    picture_measures,
    settings_examples,
)
from i2v.diagnosis.advice import Advice
from i2v.diagnosis.clip.judgement import thresholds
from i2v.diagnosis.picture import judgement as picture_judgement
from i2v.diagnosis.picture.judgement import advise_on_picture
from i2v.diagnosis.sentence.judgement import advise_on_sentence
from i2v.diagnosis.settings.judgement import advise_on_settings
from i2v.diagnosis.settings.rules import rule_data
from i2v.services.clip_judge import wish_of
from i2v.services.sentence_builder import builder_menus
from i2v.settings import PROJECT
from i2v.text import LANGUAGES, sentences

LINKING = ("README.md", "docs/guide.md", "docs/coach.md")
_SECTION = re.compile(r"^### .+ `(\w+)`$", re.M)
_SHOWN = re.compile(r"> (.+)\n\n\| (.+) \| (.+) \|\n\|---\|---\|\n\| (.+) \| (.+) \|")


def read(language: str) -> str:
    return advice.FILES[language].read_text("utf-8")


def chapter(language: str, part: str) -> str:
    """One part of the file, without its heading."""
    heading = sentences("advice", language)[f"part.{part}"]
    return read(language).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def sections(language: str, part: str) -> dict[str, str]:
    """Text by code."""
    _, *found = _SECTION.split(chapter(language, part))
    return dict(zip(found[::2], found[1::2], strict=True))


def name(found: Advice) -> str:
    return found.message or found.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_are_as_their_command_writes_them(language: str) -> None:
    assert read(language) == advice.guide(language), "run `python -m docs.advice`"


def test_bounds_are_read_where_the_coach_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_judgement, "BLUR_PX", 0.77)
    told = {**thresholds(), "flicker": 0.66}
    monkeypatch.setattr(advice, "thresholds", lambda: told)
    changed = advice.guide("en")
    assert "0.77 px" in changed
    assert "0.66 % of the light there" in changed


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_section(language: str) -> None:
    explained = (PROJECT / "docs" / "coach.md").read_text("utf-8")
    of_sentences = re.findall(r"^\| `(\w+)` \| (?:warning|hint) \|", explained, re.M)
    assert len(of_sentences) == 11
    assert set(sections(language, "sentence")) == set(of_sentences)
    assert set(sections(language, "settings")) == {rule["code"] for rule in rule_data()[MODEL.name]}
    for part, examples in (("picture", picture_examples()), ("clip", clip_examples())):
        assert set(sections(language, part)) == {example.advice.code for example in examples}


def test_every_message_about_pictures_clips_and_settings_is_shown() -> None:
    told = sentences("coach", "en")
    checks = {"clip.camera_check"}  # said of every clip, not only where something is wrong
    for part, examples in (
        ("settings", settings_examples()),
        ("picture", picture_examples()),
        ("clip", clip_examples()),
    ):
        shown = {f"{part}.{name(example.advice)}" for example in examples}
        assert shown == {key for key in told if key.startswith(f"{part}.")} - checks


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_shown_is_told_so_and_its_remedy_mends_it(language: str) -> None:
    shown = [(code, found) for code, text in sections(language, "sentence").items() for found in _SHOWN.findall(text)]
    assert len(shown) == 12
    for code, (message, _, label, before, after) in shown:
        for_camera = message == sentences("coach", language)["sentence.no_camera_move"]
        heard = listener(is_for_camera=for_camera)
        (found,) = (each.to_json(language) for each in advise_on_sentence(before, heard) if each.code == code)
        assert (found["message"], found["remedy"]["label"]) == (message, label)
        mended, _, elsewhere = after.partition("<br>")
        assert mended == found["remedy"]["prompt"]
        assert elsewhere.endswith(found["remedy"].get("negative_prompt", ""))
        left = {each.code for each in advise_on_sentence(mended, heard)}
        assert left <= ({"not_english"} if language == "zh-CN" else set()), (before, mended)


def test_chinese_sentences_that_are_mended_can_be_put_into_english() -> None:
    for code, text in sections("zh-CN", "sentence").items():
        for *_, after in _SHOWN.findall(text):
            for found in advise_on_sentence(after.partition("<br>")[0], listener(is_for_camera=False)):
                assert found.remedy is not None, (code, after)


@pytest.mark.parametrize("example", [*settings_examples()], ids=lambda example: name(example.advice))
def test_settings_shown_are_mended_by_their_button(example: Example) -> None:
    assert example.choice is not None
    assert example.advice.remedy is not None
    assert example.advice in advise_on_settings(example.choice)
    after = advise_on_settings(example.choice.with_values(example.advice.remedy.options))
    assert [found.code for found in after if found.severity == "warning" or found.code == example.advice.code] == []


@pytest.mark.parametrize("example", [*picture_examples()], ids=lambda example: name(example.advice))
def test_pictures_shown_are_mended_by_their_button(example: Example) -> None:
    found, measures = example.advice, picture_measures(name(example.advice))
    before = MODEL.options(**example.options)
    assert [each.code for each in advise_on_picture(measures, picture_framing(before))] == [found.code]
    if found.remedy is None:
        for language in LANGUAGES:
            assert f"picture.{found.code}.do" in sentences("advice", language)
        return
    after = MODEL.options(**{**example.options, **found.remedy.options})
    assert advise_on_picture(measures, picture_framing(after)) == []


@pytest.mark.parametrize("example", [*clip_examples()], ids=lambda example: name(example.advice))
def test_buttons_for_clips_change_one_thing_that_the_engine_takes(example: Example) -> None:
    remedy = example.advice.remedy
    if remedy is None or remedy.prompts:
        return
    ((option, value),) = remedy.options.items()
    assert value != example.options[option]
    MODEL.options(**{**example.options, option: value})
    assert option in wish_of(MODEL.name, example.options).options


def test_no_sentence_of_the_menus_gets_a_warning() -> None:
    assert advice.menu_sentence() in chapter("en", "words")
    menus, heard = builder_menus("en"), listener(is_for_camera=False)
    slowly, left, (*_, still) = menus["paces"][0]["english"], menus["directions"][0]["english"], menus["camera"]
    built = [
        f"{subject['english']} {slowly} {action['english']}" + (f" {left}" if action["goes"] else "")
        for subject in menus["subjects"]
        for action in menus["actions"][subject["kind"]]
    ]
    built += [each["english"] for each in menus["camera"] if each is not still]
    built += [f"{built[0]}, {still['english']}", advice.menu_sentence()]
    warned = {text for text in built for found in advise_on_sentence(text, heard) if found.severity == "warning"}
    assert warned == set()
    assert advise_on_sentence(advice.menu_sentence(), heard) == []


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    english, chinese = (sentences("advice", language) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for key in english:
        named = [set(re.findall(r"{(\w+)}", told[key])) for told in (english, chinese)]
        assert named[0] == named[1], key


def test_no_sentence_is_left_that_the_guide_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[str] = set()

    class Noted(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            said.add(key)
            return super().__getitem__(key)

        def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
            said.add(key)
            return super().get(key, default)

    words = Noted(sentences("advice", "en"))
    monkeypatch.setattr(advice, "sentences", lambda area, language: words)
    monkeypatch.setattr(
        "i2v.text.sentences", lambda area, language: words if area == "advice" else sentences(area, language)
    )
    advice.guide("en")
    assert set(words) - said == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_is_linked_and_its_links_lead_somewhere(language: str) -> None:
    file = advice.FILES[language]
    for page in LINKING:
        translated = PROJECT / page.replace(".md", ".zh-CN.md")
        linking = translated if language != "en" and translated.exists() else PROJECT / page
        assert f"{file.name})" in linking.read_text("utf-8"), linking
    headings = re.findall(r"^#+ (.+)$", read(language), re.M)
    for target in re.findall(r"\]\(([^)]+)\)", read(language)):
        name, _, anchor = target.partition("#")
        known = headings
        if name:
            known = re.findall(r"^#+ (.+)$", (file.parent / name).read_text("utf-8"), re.M)
        anchors = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in known}
        assert not anchor or anchor in anchors, target
