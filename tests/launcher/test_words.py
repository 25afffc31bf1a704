"""What the start says, it says in both languages."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from launch.console import without_secrets
from launch.words import CHINESE, ENGLISH, SENTENCES, choose_language, tell
from tests.launcher.start_project import ROOT

SOURCES = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "launcher.py", *(ROOT / "launch").glob("*.py")])


def placeholders(sentence: str) -> set[str]:
    """The names that a sentence is filled with."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = SENTENCES[key]
    assert placeholders(english) == placeholders(chinese)
    assert english.isascii()


def test_every_sentence_is_said_somewhere() -> None:
    unused = [key for key in SENTENCES if len(re.findall(f"[\"']{re.escape(key)}[\"']", SOURCES)) < 2]
    assert unused == []


def test_every_sentence_that_is_said_exists() -> None:
    said = set(re.findall(r'\b(?:tell|say)\(\s*"([^"]+)"', SOURCES))
    assert said <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("environ", "windows", "language"),
    [
        ({}, 0, ENGLISH),
        ({"LANG": "zh_CN.UTF-8"}, 0, CHINESE),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "en_US.UTF-8"}, 0, ENGLISH),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "de_DE"}, 0, CHINESE),
        ({"I2V_LANGUAGE": "zh-CN", "LC_ALL": "C"}, 0, CHINESE),
        ({"I2V_LANGUAGE": "en", "LANG": "zh_CN"}, 0, ENGLISH),
        ({}, 0x0804, CHINESE),  # Windows in Chinese (People's Republic)
        ({}, 0x0404, CHINESE),  # Windows in Chinese (Taiwan)
        ({}, 0x0409, ENGLISH),  # Windows in English
        ({"I2V_LANGUAGE": "en"}, 0x0804, ENGLISH),
    ],
)
def test_the_language_is_the_users(environ: dict[str, str], windows: int, language: int) -> None:
    assert choose_language(environ, windows) == language


def test_a_sentence_is_told_in_the_chosen_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "zh")
    assert tell("packages", file="requirements.lock") == "正在安装 requirements.lock 中的软件包"
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    assert tell("packages", file="requirements.lock") == "packages of requirements.lock"


def test_even_an_old_python_can_be_told_something() -> None:
    ast.parse((ROOT / "launch" / "words.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_names_and_passwords_in_addresses_are_never_shown() -> None:
    line = "pip --index-url https://me:pa.ss-w%40rd@mirror.example/simple --proxy http://token@proxy:3128 a@b"
    shown = "pip --index-url https://***@mirror.example/simple --proxy http://***@proxy:3128 a@b"
    assert without_secrets(line) == shown
