"""Messages on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i2v.domain.events import (
    Assignment,
    Cancel,
    Checkpoint,
    Clip,
    Failed,
    Finished,
    Message,
    MessageMalformed,
    Noticed,
    Step,
    message_from_bytes,
)

MESSAGES = [
    Assignment("id", "camera", {"prompt": "推近 🎥\n", "seed": None}, b"\x89PNG\0", "00", checkpoint=b"half"),
    Cancel("id"),
    Checkpoint(bytes(range(256))),
    Clip(b"mp4", 16, 512, 512),
    Failed("out_of_memory", {"free_gb": 0.5, "stage": "loading"}, fatal=True),
    Finished(),
    Noticed("prompt_cut", {"count": 3}),
    Step(3, 16, b"webp"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    assert message_from_bytes(message.to_bytes()) == message


@given(st.binary(max_size=200))
def test_what_is_no_message_is_refused_not_believed(payload: bytes) -> None:
    with pytest.raises(MessageMalformed):
        message_from_bytes(payload)


def test_a_message_that_is_too_long_or_too_short_is_refused() -> None:
    whole = Step(1, 2, b"preview").to_bytes()
    for broken in (whole[:-1], whole + b"x"):
        with pytest.raises(MessageMalformed):
            message_from_bytes(broken)


def test_a_message_nobody_knows_is_refused() -> None:
    stranger = Finished().to_bytes().replace(b"Finished", b"Finishes")
    with pytest.raises(MessageMalformed):
        message_from_bytes(stranger)
