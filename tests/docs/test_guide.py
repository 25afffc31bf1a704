"""The guide: what it shows is there, what it links to exists, and every command in it is one."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import shlex
from pathlib import Path
from typing import Any, NoReturn

import pytest

import i2v
from docs.shoot import GUIDE, MAX_BYTES
from i2v import cli
from i2v.cli import main
from i2v.domain.motion import read_motion
from i2v.settings import PROJECT
from i2v.text import sentences
from tests.serving import Server

GUIDES = {"en": PROJECT / "docs" / "guide.md", "zh-CN": PROJECT / "docs" / "guide.zh-CN.md"}
READMES = [PROJECT / "README.md", PROJECT / "README.zh-CN.md"]
PAGES = [*GUIDES.values(), *READMES]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.S)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target
        if file.suffix == ".webp":
            assert file.stat().st_size < MAX_BYTES


@pytest.mark.parametrize("language", GUIDES)
def test_every_picture_taken_is_shown(language: str) -> None:
    shown = set(re.findall(r"pictures/guide/([\w.-]+)", GUIDES[language].read_text("utf-8")))
    assert shown == {path.name for path in GUIDE.glob(f"*.{language}.webp")}


class _ParsedError(BaseException):
    """The arguments were fine; nothing more is to happen."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_understood(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = argparse.ArgumentParser.parse_args

    def stop(*_: Any) -> NoReturn:
        raise _ParsedError

    def parse_and_stop(parser: argparse.ArgumentParser, *arguments: Any) -> NoReturn:
        real(parser, *arguments)
        raise _ParsedError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    monkeypatch.setattr("i2v.cli.generate._generate", stop)
    monkeypatch.setattr("i2v.cli.generate._rehearse", stop)
    monkeypatch.setattr("i2v.cli.explore._explore", stop)
    monkeypatch.setattr("i2v.cli.help.find_help", stop)
    commands = re.findall(r"python main\.py ([^`\n]+)", page.read_text("utf-8"))
    assert len(commands) >= 6
    for command in commands:
        arguments = shlex.split(command)
        if arguments[-1] == "--help":
            assert arguments[0] in (*cli.COMMANDS, "--help")
            continue
        with pytest.raises(_ParsedError):
            raise SystemExit(f"refused ({main(arguments)}): {command}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_it_calls_what_there_is(page: Path) -> None:
    calls = [
        node
        for block in blocks(page, "python")
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "i2v.generate_video"
    ]
    assert calls
    for call in calls:
        named = {word.arg: word.value for word in call.keywords if word.arg}
        inspect.signature(i2v.generate_video).bind(*call.args, **named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_address_is_one_of_the_servers(page: Path, server: Server) -> None:
    paths = server.get("/api/v1/openapi.json")["paths"]
    known = [re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) for path in paths]
    used = re.findall(r"http://localhost:7860(/api/[\w/]+)", page.read_text("utf-8"))
    assert used
    assert [path for path in used if not any(re.fullmatch(pattern, path) for pattern in known)] == []


@pytest.mark.parametrize("language", GUIDES)
def test_every_sentence_it_teaches_moves_the_camera(language: str) -> None:
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", GUIDES[language].read_text("utf-8"), re.M)[1:9]
    taught = [sentence.strip() for row in rows for sentence in row.split("·")]
    assert len(taught) >= 9
    assert [sentence for sentence in taught if not read_motion(sentence).segments] == []


@pytest.mark.parametrize("language", GUIDES)
def test_words_of_the_page_are_named_as_they_stand_there(language: str) -> None:
    """Bold words are buttons and labels, except those that open a paragraph of the guide's own."""
    said = {text.strip("{} ") for area in ("page", "errors") for text in sentences(area, language).values()}
    keys = (
        "generate",
        "more",
        "history.reuse",
        "history.new_seed",
        "queue.edit",
        "queue.save",
        "problem.more",
        "hint.show",
    )
    text = GUIDES[language].read_text("utf-8")
    for key in (*keys, "fit.cover", "fit.pad", "fit.stretch", "nav.clips", "log.show", "private.label"):
        word = sentences("page", language)[key]
        assert word in said
        assert f"**{word}**" in text or f"*{word}*" in text, key
