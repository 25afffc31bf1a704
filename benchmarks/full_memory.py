"""A device's memory that is full from a moment on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.rig import Rig
from i2v.engines.i2vgen_xl import denoise

_SMALLEST_BYTES = 2**21
"""Less than the allocator asks a card for at once."""


@contextlib.contextmanager
def filled_when_told(rig: Rig) -> Iterator[Callable[[], None]]:
    """Gives what fills the memory until the end: a card's by tensors; on a processor one step fails as if it were."""
    if rig.is_cuda:
        held: list[torch.Tensor] = []
        try:
            yield partial(_fill, rig.device, held)
        finally:
            held.clear()
            rig.clear()
        return
    plain, due = denoise._predict, list[bool]()

    def predict(*given: Any) -> torch.Tensor:
        if due:
            due.clear()
            raise torch.OutOfMemoryError("this stands in for a full memory")
        return plain(*given)

    with patch.object(denoise, "_predict", predict):
        yield lambda: due.append(True)


def _fill(device: torch.device, held: list[torch.Tensor]) -> None:
    torch.cuda.empty_cache()
    size = int(torch.cuda.mem_get_info(device)[0])
    while size >= _SMALLEST_BYTES:
        try:
            held.append(torch.empty(size, dtype=torch.uint8, device=device))
        except torch.OutOfMemoryError:
            size //= 2
