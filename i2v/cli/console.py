"""Words on the console, in the language of its locale."""

from __future__ import annotations

import os
import sys
from typing import Any

from i2v.errors import I2VError
from i2v.text import describe, negotiate, say


def console_language() -> str:
    """By `I2V_LANGUAGE`, else the locale's variables in their order of precedence."""
    for variable in ("I2V_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return negotiate(value.replace("_", "-"))
    return negotiate()


def tell(key: str, **values: object) -> None:
    """One line of a command's own text, for the person at the console: standard error, so that pipes stay clean."""
    sys.stderr.write(say("cli", key, console_language(), **values) + "\n")
    sys.stderr.flush()


def tell_error(error: I2VError) -> None:
    """What happened, what to do, and where more is told."""
    described = describe(error, console_language())
    tell_problem(described.what, described.fix, described.code)


def tell_problem(what: str, fix: str, code: str) -> None:
    """The same for an error that came as words already."""
    sys.stderr.write(f"{what}\n{fix}\n")
    tell("help.more", code=code)


def refusal(error: I2VError) -> dict[str, Any]:
    """What `--json` tells where there is no clip."""
    status = "refused" if error.exit_code == 2 else "failed"
    return {"status": status, "error": describe(error, console_language()).to_json()}
