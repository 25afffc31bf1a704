"""The tree of errors: one code each, the same after a journey, all of them in the picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from i2v import errors
from i2v.errors import BadInput, I2VError, OptionInvalid, error_types, rebuild


def subclasses(error: type[I2VError]) -> Iterator[type[I2VError]]:
    for child in error.__subclasses__():
        yield child
        yield from subclasses(child)


ALL = sorted(set(subclasses(I2VError)), key=lambda error: error.__name__)
BRANCHES = I2VError.__subclasses__()
LEAVES = [error for error in ALL if "code" in error.__dict__]
GROUPS = [error for error in ALL if error not in LEAVES]


@pytest.mark.parametrize("error", LEAVES)
def test_every_error_has_a_code_of_its_own(error: type[I2VError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.__dict__["code"])
    assert error_types()[error.code] is error


def test_two_errors_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="option_invalid"):
        type("Twin", (BadInput,), {"code": "option_invalid"})
    assert error_types()["option_invalid"] is OptionInvalid


@pytest.mark.parametrize("error", LEAVES)
def test_every_error_stands_on_one_branch_and_tells_its_values(error: type[I2VError]) -> None:
    assert sum(issubclass(error, branch) for branch in BRANCHES) == 1
    assert re.search(r"\bvalues\b", error.__doc__ or "")


def test_the_tree_in_the_docstring_shows_every_error_on_its_branch() -> None:
    drawn = (errors.__doc__ or "").split("\n\n")[1]
    parts = re.split(f"({'|'.join(branch.__name__ for branch in BRANCHES)})", drawn)[1:]
    part_of = dict(zip(parts[::2], parts[1::2], strict=True))
    for branch in BRANCHES:
        shown = re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", part_of[branch.__name__])
        assert sorted(shown) == sorted(error.code for error in LEAVES if issubclass(error, branch))
    for group in GROUPS:
        assert group.__name__ in drawn


@pytest.mark.parametrize("error", LEAVES)
def test_bad_input_exits_with_two_and_answers_with_a_client_error(error: type[I2VError]) -> None:
    assert error.exit_code in (1, 2)
    if issubclass(error, BadInput):
        assert error.exit_code == 2
        assert 400 <= error.http_status < 500 or error.http_status == 503


@pytest.mark.parametrize("code", sorted(error_types()))
def test_an_error_is_the_same_after_a_journey_as_code_and_values(code: str) -> None:
    sent = error_types()[code](option="fps", value=None, note="{kept} as it is 图")
    back = rebuild(sent.code, json.loads(json.dumps(sent.values)))
    assert type(back) is type(sent)
    assert back.values == sent.values
    assert str(back) == str(sent)


def test_an_unknown_code_comes_back_as_internal_with_its_values() -> None:
    back = rebuild("from_the_future", {"reference": "ab12"})
    assert type(back) is I2VError
    assert back.code == "internal"
    assert back.values == {"reference": "ab12"}


def test_an_error_reads_as_code_and_values_in_the_log() -> None:
    assert str(OptionInvalid(option="fps", value=0)) == "option_invalid: option='fps', value=0"
    assert str(I2VError()) == "internal"


def test_a_value_that_is_no_proper_text_can_be_written_all_the_same() -> None:
    error = OptionInvalid(option="\ud800", value=0)
    assert str(error).encode()
    assert json.dumps(error.values, ensure_ascii=False).encode() == rb'{"option": "\\ud800", "value": 0}'
