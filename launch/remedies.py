"""What to do about a failure, by what pip or an import said of it."""

from __future__ import annotations

import re

from launch.words import tell

LOCKED = r"WinError (5|32)\b|being used by another process"
CAUSES = (
    (r"WinError 206\b|name or extension is too long|File name too long", "place.long.way_out"),
    (r"No space left|not enough space|WinError 112\b|Disk quota", "disk"),
    (r"WinError 4551\b|Application Control|blocked by .*policy", "cause.policy"),
    (LOCKED, "cause.locked"),
    (r"WinError (126|1114)\b|DLL load failed|c10\.dll", "cause.runtime"),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError", "cause.certificate"),
    (r"Permission denied|Errno 13\b", "unwritable.move"),
    (r"DO NOT MATCH THE HASHES|[Hh]ash mismatch", "cause.hash"),
)


def way_out(said: str, otherwise: str) -> str:
    """The remedy for what was said; `otherwise` where nothing in it is known."""
    for pattern, key in CAUSES:
        if re.search(pattern, said):
            return tell(key)
    return otherwise
