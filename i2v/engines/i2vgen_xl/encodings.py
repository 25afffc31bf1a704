"""What the encoders made of sentences and pictures, kept from job to job."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable

import torch

_MOST_BYTES = 32 * 2**20
"""A job at 512×512 leaves 0.5 MB, so that some sixty pictures and sentences are remembered."""


class Encodings:
    """Answers of the encoders by what they were asked; those that nobody asked for the longest leave first.

    A question is the very tensor that goes into a network, so that no setting which decides it can be forgotten.
    Answers lie in main memory: they cost a card nothing, and the way there and back changes no bit.

    Args:
        most_bytes: of all answers together.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[Hashable, torch.Tensor] = OrderedDict()

    @property
    def held_bytes(self) -> int:
        return sum(answer.nbytes for answer in self._answers.values())

    def get(self, question: Hashable) -> torch.Tensor | None:
        """The answer to a question, in main memory and not to be changed, where it is known."""
        if question in self._answers:
            self._answers.move_to_end(question)
        return self._answers.get(question)

    def keep(self, question: Hashable, answer: torch.Tensor) -> None:
        # A copy: an answer may be a view of something larger, which would stay with it.
        self._answers[question] = answer.to("cpu", copy=True)
        while self.held_bytes > self._most_bytes:
            self._answers.popitem(last=False)

    def forget(self) -> None:
        """Forgets everything: other weights give other answers."""
        self._answers.clear()


def digest(given: torch.Tensor) -> str:
    """SHA-256 of a tensor in main memory: its type, its shape, its values."""
    content = hashlib.sha256(f"{given.dtype} {tuple(given.shape)}\n".encode())
    content.update(given.contiguous().numpy().tobytes())
    return content.hexdigest()
