"""Help pages: one for each error code and for what goes wrong outside the app, found by code or by any message.

Title, why and steps are sentences of the area `help`; what a code looks like on the screen is the error's own sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from i2v.errors import error_types
from i2v.text import DEFAULT, LANGUAGES, sentences

TOPICS = "topics"
"""The group of what has no code of the app's own."""

_GROUPS = ("pictures", "bad_input", "jobs", "refine", "recipes", "weights", "start", TOPICS, "guard", "tree")
_LEAST_SIGNS = 6
_MOST_FOUND = 8
_LONGEST_VALUE = 200
_MOST_TRIES = 20


@dataclass(frozen=True)
class HelpPage:
    """One subject in one language. Text may hold `code` between backticks and nothing else.

    Attributes:
        code: the error's code, or the topic's name.
        title: what has happened, as a headline.
        what: the error's own sentence with … for its values; empty for a topic.
        why: how it comes about.
        steps: what to do, the likeliest first.
        messages: what other programs say when this is the matter.
        related: codes of pages beside this one.
        log: which log tells more, `app` or `install`; empty if none does.
    """

    code: str
    title: str
    what: str
    why: str
    steps: tuple[str, ...]
    messages: tuple[str, ...]
    related: tuple[str, ...]
    log: str


def help_codes() -> dict[str, list[str]]:
    """Every page's code by group, in the order in which a reader looks for them."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for key in sentences("help", DEFAULT):
        code, _, part = key.rpartition(".")
        if code and part == "steps":
            groups.setdefault(_group(code), []).append(code)
    return {group: codes for group, codes in groups.items() if codes}


def help_page(code: str, language: str = DEFAULT) -> HelpPage:
    """The page of one code.

    Raises:
        KeyError: there is none.
    """
    told, leads = sentences("help", language), _leads().get(code, {})
    what = sentences("errors", language).get(f"{code}.what", "")
    return HelpPage(
        code=code,
        title=told[f"{code}.title"],
        what="".join(text + ("…" if name is not None else "") for text, name, _, _ in Formatter().parse(what)),
        why=told[f"{code}.why"],
        steps=tuple(told[f"{code}.steps"].splitlines()),
        messages=tuple(leads.get("seen", ())),
        related=tuple(leads.get("related", ())),
        log=leads.get("log", ""),
    )


def find_help(text: str) -> list[str]:
    """Codes of the pages that fit a code, a message or a whole traceback, the best first; empty if none does."""
    named = [code for code in _all_codes() if _names(text, code)]
    if named:
        return sorted(named, key=text.index)
    said = _plain(text)
    lengths: Counter[str] = Counter()
    for code in _all_codes():
        known = [_plain(message) for message in help_page(code).messages]
        lengths[code] = max((len(message) for message in known if message in said), default=0)
        lengths[code] = max(lengths[code], _own_signs(code, said))
    fitting = [code for code, length in lengths.most_common() if length]
    return (fitting or _by_words(said))[:_MOST_FOUND]


def _names(text: str, code: str) -> bool:
    """Whether the code itself stands there; one that is also a plain word counts alone or in brackets only."""
    return re.search(rf"(?<!\w){code}(?!\w)", text) is not None if "_" in code else text.strip() in (code, f"[{code}]")


def _own_signs(code: str, said: str) -> int:
    """How much of the text is the app's own sentence for a code, in any language, whatever its values."""
    longest = 0
    for language in LANGUAGES:
        told = sentences("errors", language).get(f"{code}.what", "")
        parts = [_plain(text) for text, _, _, _ in Formatter().parse(told)]
        signs = sum(map(len, parts))
        if signs >= _LEAST_SIGNS and _says([part for part in parts if part], said):
            longest = max(longest, signs)
    return longest


def _says(parts: list[str], said: str) -> bool:
    """Whether the parts of a sentence stand in the text one after the other, a value between each two."""
    begin = said.find(parts[0])
    for _ in range(_MOST_TRIES):
        if begin < 0:
            return False
        end = begin + len(parts[0])
        for part in parts[1:]:
            at = said.find(part, end + 1, end + _LONGEST_VALUE + len(part))
            if at < 0:
                break
            end = at + len(part)
        else:
            return True
        begin = said.find(parts[0], begin + 1)
    return False


def _by_words(said: str) -> list[str]:
    """Pages that share words with the text; rare words count for more."""
    words = {code: _words(_searchable(code)) for code in _all_codes()}
    common = Counter(word for found in words.values() for word in found)
    asked = _words(said)
    scores = {code: sum(1 / common[word] for word in asked & found) for code, found in words.items()}
    best = max(scores.values(), default=0.0)
    return [code for code in sorted(scores, key=lambda code: -scores[code]) if best and scores[code] > best / 3]


@cache
def _searchable(code: str) -> str:
    pages = [help_page(code, language) for language in LANGUAGES]
    return _plain(" ".join([code.replace("_", " "), *(page.title for page in pages), *pages[0].messages]))


def _words(text: str) -> set[str]:
    """Words of three letters and more, and each pair of Chinese characters."""
    pairs = {run[at : at + 2] for run in re.findall(r"[一-鿿]+", text) for at in range(len(run) - 1)}
    return set(re.findall(r"[a-z0-9]{3,}", text)) | pairs


def _plain(text: str) -> str:
    """The same without what copying changes: case, quotes, line breaks, runs of spaces."""
    return re.sub(r"\s+", " ", re.sub("['\"`‘’“”]", "", text)).casefold()


@cache
def _all_codes() -> tuple[str, ...]:
    return tuple(code for codes in help_codes().values() for code in codes)


@cache
def _leads() -> Mapping[str, Mapping[str, Any]]:
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("help.yaml").read_text("utf-8"))
    return loaded


def _group(code: str) -> str:
    """The file of the error tree that holds the code."""
    error = error_types().get(code)
    return error.__module__.rpartition(".")[2] if error else TOPICS
