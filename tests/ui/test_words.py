"""What the page says: complete, the same in every language, and nothing left over."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from i2v.settings import PROJECT
from i2v.text import LANGUAGES, sentences

ELEMENTS = PROJECT / "i2v" / "ui" / "elements"
SAID = re.compile(r"""(?:say|sayIfKnown|sayIn|translate|fact)\((?:other, )?f?["'`]([^"'`]+)["'`]""")
STAGES = re.compile(r"""(?:Loading\(|enter\([^,]+, )"([a-z]+)"\)?""")


def _sources(folder: Path, pattern: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob(pattern)))


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_language_says_the_same_with_the_same_placeholders(language: str) -> None:
    english, other = sentences("page", "en"), sentences("page", language)
    assert other.keys() == english.keys()
    assert {key for key in english if _placeholders(english[key]) != _placeholders(other[key])} == set()


def test_the_page_says_all_its_sentences_and_no_others() -> None:
    code = _sources(ELEMENTS, "*.js") + _sources(PROJECT / "i2v" / "ui", "*.py")
    quoted = set(re.findall(r"""["'`]([a-z_]+(?:\.[a-z_]+)*)["'`]""", code))
    families = {re.split(r"[${]", key)[0] for key in SAID.findall(code) if re.search(r"[${]", key)}
    known = sentences("page", "en").keys()
    assert {key for key in SAID.findall(code) if not re.search(r"[${]", key)} - known <= {"prompt.label", "prompt.help"}
    assert {key for key in known if key not in quoted and not key.startswith(tuple(families))} == set()


def test_every_stage_of_a_job_has_its_sentence() -> None:
    folders = ("worker", "dispatch", "engines")
    stages = {stage for folder in folders for stage in STAGES.findall(_sources(PROJECT / "i2v" / folder, "*.py"))}
    assert {"starting", "generating", "saving", "blocked"} <= stages
    assert {f"stage.{stage}" for stage in stages} <= sentences("page", "en").keys()


def test_no_element_parses_html() -> None:
    code = _sources(ELEMENTS, "*.js")
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", code) == []


def test_elements_and_styles_name_no_other_host() -> None:
    named = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z0-9.]+", _sources(ELEMENTS, "*.*"))
    assert set(named) <= {"http://www.w3.org"}  # the name of SVG itself, which nobody fetches
