"""Every visible sentence, in every language, as data: flat keys, `{placeholders}`.

An area is a file, `<language>/<area>.yaml`, or a folder of files that belong together, `<language>/<area>/*.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import yaml

from i2v.errors import I2VError

DEFAULT = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh-CN": "简体中文"}
LANGUAGE_COOKIE = "i2v_lang"
"""Holds the reader's own choice; the page's scripts write and read it by this name."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Described:
    """An error as a user reads it: its code, what happened, what to do."""

    code: str
    what: str
    fix: str

    def to_json(self) -> dict[str, str]:
        """As REST, page and `--json` carry it."""
        return {"code": self.code, "detail": self.what, "fix": self.fix}


@cache
def sentences(area: str, language: str) -> Mapping[str, str]:
    """All sentences of one area (`errors`, `page`, `notices`, `cli`, `words` …), by key.

    Raises:
        FileNotFoundError: no such area or language; both are fixed names in the code, so this is a bug.
        KeyError: two files of an area hold the same key.
    """
    folder = _FOLDER / language / area
    paths = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder.with_suffix(".yaml")]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, str] = {}
    for path in paths:
        entries = {str(key): str(text) for key, text in yaml.load(path.read_text("utf-8"), Loader=loader).items()}
        if twice := found.keys() & entries.keys():
            raise KeyError(f"{path} says again what another file of its area says: {sorted(twice)}")
        found |= entries
    return found


def say(area: str, key: str, language: str = DEFAULT, /, **values: object) -> str:
    """One sentence with its placeholders filled; a value nobody gave shows as `?` rather than failing.

    A state, stage or fault is said in the reader's own words.
    """
    words = sentences("words", language)
    told = {name: words.get(f"{name}.{value}", value) for name, value in values.items()}
    return _Plain().vformat(sentences(area, language)[key], (), _Lenient(told))


def describe(error: I2VError, language: str = DEFAULT) -> Described:
    """The same text for page, command line and REST."""
    what = say("errors", f"{error.code}.what", language, **error.values)
    fix = say("errors", f"{error.code}.fix", language, **error.values)
    return Described(error.code, what, fix)


def negotiate(*preferences: str | None) -> str:
    """The language to speak, from a cookie, an Accept-Language header or a locale name, the first that says one.

    Any Chinese (`zh`, `zh-HK`, `zh_SG.UTF-8`, `zh-Hans-CN`) gets `zh-CN`; anything else unknown gets English.
    """
    for preference in preferences:
        for tag in _tags(preference or ""):
            if tag.lower().startswith("zh"):
                return "zh-CN"
            if tag.lower().startswith("en"):
                return "en"
    return DEFAULT


def _tags(header: str) -> list[str]:
    """Language tags of an Accept-Language header, the best first."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.partition(";")
        found = re.fullmatch(r"\s*q=([0-9.]+)\s*", weight)
        try:
            quality = float(found.group(1)) if found else 1.0
        except ValueError:
            quality = 0.0
        if tag.strip() and quality > 0:
            ranked.append((-quality, place, tag.strip()))
    return [tag for _, _, tag in sorted(ranked)]


class _Plain(Formatter):
    """Whole numbers read as such: `400`, not `400.0`."""

    def format_field(self, value: object, spec: str) -> str:
        is_whole = isinstance(value, float) and value.is_integer()
        return str(super().format_field(int(value) if is_whole else value, spec))  # type: ignore[call-overload]


class _Lenient(dict[str, object]):
    """Placeholders that nobody filled show as `?`."""

    def __missing__(self, key: str) -> str:
        return "?"
