"""A full memory under the name that users meet. Broken devices are named by the worker, which must end after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch

from i2v.engines.i2vgen_xl.memory import GIB
from i2v.errors import OutOfGpuMemory, OutOfMemory


@dataclass
class Whereabouts:
    """Where a job is, for the words of an error."""

    stage: str
    device: torch.device
    needed_bytes: int = 0


@contextmanager
def named_faults(whereabouts: Whereabouts) -> Iterator[None]:
    """Turns what PyTorch raises on a full memory into errors of ours; all else passes unchanged.

    Raises:
        OutOfGpuMemory: the GPU's memory is full.
        OutOfMemory: main memory is full.
    """
    try:
        yield
    except torch.OutOfMemoryError as cause:
        free = torch.cuda.mem_get_info(whereabouts.device)[0] if torch.cuda.is_available() else 0
        raise OutOfGpuMemory(
            stage=whereabouts.stage,
            needed_gb=round(whereabouts.needed_bytes / GIB, 1),
            free_gb=round(free / GIB, 1),
            device=str(whereabouts.device),
        ) from cause
    except MemoryError as cause:
        raise _out_of_main_memory(whereabouts) from cause
    except RuntimeError as cause:
        if "DefaultCPUAllocator" in str(cause):
            raise _out_of_main_memory(whereabouts) from cause
        raise


def _out_of_main_memory(whereabouts: Whereabouts) -> OutOfMemory:
    free = psutil.virtual_memory().available
    return OutOfMemory(stage=whereabouts.stage, free_gb=round(free / GIB, 1))
