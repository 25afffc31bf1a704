"""Messages on the wire."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i2v.domain.events import (
    FRAME_LIMIT,
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
    read_message,
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


def test_messages_come_out_of_a_pipe_one_by_one() -> None:
    pipe = io.BytesIO(b"".join(message.to_frame() for message in MESSAGES))
    assert [read_message(pipe) for _ in MESSAGES] == MESSAGES
    assert read_message(pipe) is None


@pytest.mark.parametrize("kept", [0, 3, 4, 20])
def test_a_message_whose_sender_died_while_writing_is_the_end(kept: int) -> None:
    assert read_message(io.BytesIO(MESSAGES[0].to_frame()[:kept])) is None


def test_a_message_longer_than_any_of_ours_is_not_waited_for() -> None:
    with pytest.raises(MessageMalformed, match=str(FRAME_LIMIT + 1)):
        read_message(io.BytesIO((FRAME_LIMIT + 1).to_bytes(4) + b"{"))


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
