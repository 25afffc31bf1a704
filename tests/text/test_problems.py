"""One shape of refusal, whoever answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from i2v.errors import BodyTooLarge, error_types, rebuild
from i2v.text import LANGUAGE_COOKIE
from i2v.text.problems import problem_details

PACKAGE = Path(__file__).parents[2] / "i2v"


@pytest.mark.parametrize("code", sorted(error_types()))
def test_every_error_can_be_told_and_built_again_from_it(code: str) -> None:
    error = error_types()[code](option="fps", value=Path("a"))
    told = json.loads(json.dumps(problem_details(error, "en")))
    assert list(told) == ["type", "title", "status", "code", "detail", "fix", "values"]
    assert told["status"] == error.http_status
    again = rebuild(told["code"], told["values"])
    assert (type(again), again.values) == (type(error), {"option": "fps", "value": "a"})


def test_a_status_of_the_answers_own_is_told_as_such() -> None:
    told = problem_details(BodyTooLarge.of(1, 1), "en", 405)
    assert (told["status"], told["title"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize(
    ("size", "limit", "told"), [((2 << 20) + 1, 2 << 20, (2.1, "2")), (33 << 20, 32 << 20, (33.0, "32"))]
)
def test_a_body_just_over_the_limit_reads_as_over_it(size: int, limit: int, told: tuple[float, str]) -> None:
    values = BodyTooLarge.of(size, limit).values
    assert (values["megabytes"], values["limit"]) == told


@pytest.mark.parametrize("script", ["guard/language.js", "ui/elements/top.js"])
def test_the_pages_scripts_name_the_same_cookie(script: str) -> None:
    assert f"{LANGUAGE_COOKIE}=" in (PACKAGE / script).read_text("utf-8")
