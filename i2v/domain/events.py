"""What travels between server and worker, and its form on the wire.

A message is 4 bytes length of the header (big endian), the header as JSON, then the binary fields in the order in
which the header lists them; through a pipe it goes with its own length in front. No pickle, so that neither side can
make the other run code.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, fields
from typing import IO, Any, ClassVar

FRAME_LIMIT = 1 << 30
"""Largest message in bytes; a longer one is a sign of a broken sender."""

_TYPES: dict[str, type[Message]] = {}


class MessageMalformed(Exception):
    """The other side sent something that is no message."""


class Message:
    """Base of everything that crosses the pipe; subclasses are frozen dataclasses of JSON values and bytes."""

    kind: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.kind = cls.__name__
        _TYPES[cls.kind] = cls

    def to_bytes(self) -> bytes:
        """The message by itself."""
        plain: dict[str, Any] = {}
        blobs: list[tuple[str, bytes]] = []
        for entry in fields(self):  # type: ignore[arg-type]
            value = getattr(self, entry.name)
            if isinstance(value, bytes):
                blobs.append((entry.name, value))
            else:
                plain[entry.name] = value
        sizes = [[name, len(blob)] for name, blob in blobs]
        header = json.dumps({"kind": self.kind, "fields": plain, "blobs": sizes}, ensure_ascii=False).encode()
        return struct.pack(">I", len(header)) + header + b"".join(blob for _, blob in blobs)

    def to_frame(self) -> bytes:
        """As it goes through a pipe: its length in 4 bytes (big endian), then itself."""
        payload = self.to_bytes()
        return struct.pack(">I", len(payload)) + payload


def message_from_bytes(payload: bytes) -> Message:
    """Reads what `Message.to_bytes` wrote.

    Raises:
        MessageMalformed: the payload is not such a message.
    """
    try:
        (size,) = struct.unpack_from(">I", payload)
        header = json.loads(payload[4 : 4 + size])
        values = dict(header["fields"])
        offset = 4 + size
        for name, length in header["blobs"]:
            values[name] = payload[offset : offset + length]
            offset += length
        if offset != len(payload):
            raise MessageMalformed(f"{len(payload)} bytes came, the header speaks of {offset}")
        return _TYPES[header["kind"]](**values)
    except (struct.error, ValueError, KeyError, TypeError) as cause:
        raise MessageMalformed(str(cause)) from cause


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message of a pipe, None at its end. One cut short is an end too: its sender died while writing.

    Raises:
        MessageMalformed: what comes is no message, or longer than any of ours.
    """
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    if size > FRAME_LIMIT:
        raise MessageMalformed(f"a message of {size} bytes")
    payload = stream.read(size)
    return message_from_bytes(payload) if len(payload) == size else None


STAGES = ("loading", "encoding", "generating", "decoding")
"""What an engine may be at: getting ready, reading picture and sentence, making frames, latents into frames."""


# --- worker to server -----------------------------------------------------------------------------------------------


class Event(Message):
    """What a worker tells of a job."""


@dataclass(frozen=True)
class Ready(Event):
    """The worker waits for jobs. `process` is its id."""

    process: int


@dataclass(frozen=True)
class Loading(Event):
    """The job is at work on something without steps. `stage` is one of `STAGES`."""

    stage: str


@dataclass(frozen=True)
class Step(Event):
    """Step `index` of `total` is done (1-based). `preview` is a WebP picture, still or moving, or empty."""

    index: int
    total: int
    preview: bytes = b""


@dataclass(frozen=True)
class Tick(Event):
    """Still at work inside a step or stage: there only so that a cancel is heard; a worker need not send it on."""


@dataclass(frozen=True)
class Checkpoint(Event):
    """All that is needed to go on from here; the server keeps the last one."""

    data: bytes


@dataclass(frozen=True)
class Latents(Event):
    """The denoised latents as a safetensors file, kept beside the clip."""

    data: bytes


@dataclass(frozen=True)
class Clip(Event):
    """The finished MP4 with its recipe inside."""

    data: bytes
    num_frames: int
    width: int
    height: int


@dataclass(frozen=True)
class Measured(Event):
    """What the run took and where: seconds, peak_memory_gb, and the recipe. With it the clip can be published."""

    values: dict[str, Any]


@dataclass(frozen=True)
class Noticed(Event):
    """Something worth telling the user about this job."""

    code: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Failed(Event):
    """The job is over: code and values of an I2VError; `fatal` when the worker ends itself after this."""

    code: str
    values: dict[str, Any]
    fatal: bool = False


@dataclass(frozen=True)
class Cancelled(Event):
    """The job stopped because the server asked for it."""


@dataclass(frozen=True)
class Finished(Event):
    """Everything of the job was sent."""


@dataclass(frozen=True)
class Improved(Event):
    """A picture shown before and after its treatment, as PNGs of the same size; empty where there is nothing to do.

    `steps` are those of `Treatment.to_json`, `width` and `height` those of the treated picture in pixels.
    """

    steps: dict[str, Any]
    width: int
    height: int
    before: bytes
    after: bytes


# --- server to worker -----------------------------------------------------------------------------------------------


class Command(Message):
    """What the server asks of a worker."""


@dataclass(frozen=True)
class Assignment(Command):
    """One job, complete: a worker needs no database, no folder of ours, and no earlier message.

    The clip of a `private` one does not carry its sentences. With a `strength` the clip starts from `start_latents`,
    another clip's, instead of noise alone. `way` goes into its recipe.
    """

    job_id: str
    engine: str
    options: dict[str, Any]
    picture: bytes
    picture_sha256: str
    device: str = "auto"
    model_dir: str = ""
    checkpoint: bytes = b""
    private: bool = False
    start_latents: bytes = b""
    strength: float = 0.0
    way: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancel(Command):
    """Stop the job as soon as it next reports."""

    job_id: str
