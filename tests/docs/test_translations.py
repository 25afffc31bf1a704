"""Each page that there is in Chinese says what its English one says, and every link of either leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from i2v.settings import PROJECT
from tests.docs.test_guide import anchors

TRANSLATED = [*PROJECT.glob("*.zh-CN.md"), *(PROJECT / "docs").glob("*.zh-CN.md")]
ALL = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]


def shape(text: str) -> list[str]:
    """Headings, pictures, blocks, rows of tables and items of lists, in their order."""
    return re.findall(r"^(#+|!\[|```\w*|\||\d\.|-) ?", text, re.M)


def commands(text: str) -> list[str]:
    """The lines of all blocks, without what is said in the reader's language: comments, sentences, placeholders."""
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, re.S) for line in block.splitlines()]
    return [re.sub(r'"[^"]*"|<[^>]*>', "…", re.sub(r"\s*#.*", "", line)) for line in lines]


def spans(text: str) -> set[str]:
    """What stands as code within sentences, apart from Chinese."""
    plain = re.sub(r"```.*?```", "", text, flags=re.S)
    return {" ".join(span.split()) for span in re.findall(r"`([^`]+)`", plain) if span.isascii()}


def test_the_pages_that_a_user_reads_are_there_in_chinese() -> None:
    names = {page.name.removesuffix(".zh-CN.md") for page in TRANSLATED}
    assert names == {"README", "advice", "guide", "install", "running", "settings", "windows"}


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_both_languages_have_the_same_parts_the_same_commands_and_the_same_names(page: Path) -> None:
    chinese = page.read_text("utf-8")
    english = page.with_name(page.name.replace(".zh-CN", "")).read_text("utf-8")
    assert shape(chinese) == shape(english)
    assert commands(chinese) == commands(english)
    assert spans(chinese) - spans(english) == set()


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        if name.startswith(("http://", "https://")):
            continue
        file = page.parent / name if name else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target
