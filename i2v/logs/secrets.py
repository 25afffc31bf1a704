"""What must never stand in a log: tokens, keys, cookies. They are taken out of the finished text, whatever it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

HIDDEN = "…"
SHORTEST = 8
"""Shorter values of variables are switches or numbers; hiding them would blank half of the words."""

_VARIABLE = re.compile(r"(?:^|_)(?:TOKEN|API_?KEY|ACCESS_KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.I)
_SHAPES = (
    # `Authorization: …` to the end of the line, and as Python shows a header in a dict or a list of pairs.
    re.compile(
        r"(?P<kept>\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key)"
        r"(?:['\"]?\s{0,4}[:=]|['\"]\s{0,4},)\s{0,4}b?['\"]?)[^'\"\n]+",
        re.I,
    ),
    re.compile(r"(?P<kept>\b(?:Bearer|Basic)\s{1,4})[A-Za-z0-9_\-.+/=~]{6,}", re.I),
    # Tokens that their makers have given a face.
    re.compile(r"(?P<kept>\b(?:hf_|gh[pousr]_|sk-))[A-Za-z0-9_\-]{6,}"),
    # `?token=…`, signed addresses, `HF_TOKEN='…'`, `'api_key': '…'`.
    re.compile(
        r"(?P<kept>(?<![\w-])(?:[\w-]{0,40}(?:token|api_?key|access_?key|secret|passw(?:or)?d|signature)(?:_\d{1,5})?"
        r"|x-amz-[a-z-]{1,40}|key-pair-id|policy)(?:=|%3D|['\"]\s{0,4}:\s{0,4})b?['\"]?)[^&\s'\",;]+",
        re.I,
    ),
    # `https://user:password@host`, as proxies are given.
    re.compile(r"(?P<kept>://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"),
)


class Secrets:
    """Takes known values and everything of a telling shape out of a text."""

    def __init__(self, known: Iterable[str]) -> None:
        # The longest first: one may be the beginning of another.
        wanted = sorted({value for value in known if len(value) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def redact(self, text: str) -> str:
        if self._known:
            text = self._known.sub(HIDDEN, text)
        for shape in _SHAPES:
            text = shape.sub(rf"\g<kept>{HIDDEN}", text)
        return text


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret, such as `HF_TOKEN` or `SOME_API_KEY`."""
    return [value.strip() for name, value in environment.items() if _VARIABLE.search(name)]
