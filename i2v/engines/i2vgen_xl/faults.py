"""A full memory under the name that users meet. Broken devices are named by the worker, which must end after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch

from i2v.errors import OutOfGpuMemory, OutOfMemory
from i2v.machine.memory import GIB

_CARD_IS_FULL = (
    "CUDA error: out of memory",  # the driver's own: a kernel that is loaded when it is first asked for, an event
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate",  # what is left is too little to begin with
    "CUDNN_STATUS_ALLOC_FAILED",  # up to cuDNN 8
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "MPS backend out of memory",
)
_COMPUTER_IS_FULL = ("DefaultCPUAllocator", "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED")
"""In the words of a `RuntimeError`; most of a full card is a `torch.OutOfMemoryError`, which is one too."""


@dataclass
class Whereabouts:
    """Where a job is, for the words of an error."""

    stage: str
    device: torch.device
    needed_bytes: int = 0


def is_memory_full(cause: BaseException) -> bool:
    """Whether this is what PyTorch raises on a full memory, the device's or the computer's."""
    return isinstance(cause, torch.OutOfMemoryError | MemoryError) or (
        isinstance(cause, RuntimeError) and any(words in str(cause) for words in (*_CARD_IS_FULL, *_COMPUTER_IS_FULL))
    )


@contextmanager
def named_faults(whereabouts: Whereabouts) -> Iterator[None]:
    """Turns what PyTorch raises on a full memory into errors of ours; all else passes unchanged.

    Raises:
        OutOfGpuMemory: the GPU's memory is full.
        OutOfMemory: main memory is full.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as cause:
        if not is_memory_full(cause):
            raise
        if isinstance(cause, MemoryError) or any(words in str(cause) for words in _COMPUTER_IS_FULL):
            raise _out_of_main_memory(whereabouts) from cause
        free = torch.cuda.mem_get_info(whereabouts.device)[0] if whereabouts.device.type == "cuda" else 0
        raise OutOfGpuMemory(
            stage=whereabouts.stage,
            needed_gb=round(whereabouts.needed_bytes / GIB, 1),
            free_gb=round(free / GIB, 1),
            device=str(whereabouts.device),
        ) from cause


def _out_of_main_memory(whereabouts: Whereabouts) -> OutOfMemory:
    free = psutil.virtual_memory().available
    return OutOfMemory(stage=whereabouts.stage, free_gb=round(free / GIB, 1))
