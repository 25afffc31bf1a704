"""What this computer has for a clip: its card, its memory, and how much of that is ours already."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import psutil

from i2v.machine.gpu import Gpu, GpuMonitor, card_in_use, usable_card_bytes
from i2v.machine.memory import main_memory, resident_bytes
from i2v.machine.packages import installed_version
from i2v.machine.processor import computes_in_bf16, processor_name

Device = Literal["cuda", "mps", "cpu"]


@dataclass(frozen=True)
class WorkerAtHand:
    """The process that makes clips: `pid` is None while there is none, `may_hold_model` after a clip of a model's."""

    pid: int | None
    may_hold_model: bool


@dataclass(frozen=True)
class Space:
    """Memory in bytes that the next clip can have; what our own worker holds counts as free.

    `free` is what there is for sure and `free_at_most` what there may be: they differ where the driver does not say
    which part of a card's memory is ours.
    """

    free: int
    free_at_most: int
    total: int


class Machine:
    """Looks at the computer when asked; never loads a model's libraries."""

    def __init__(self, device: str, worker: Callable[[], WorkerAtHand]) -> None:
        """Takes the `device` of the settings, and whom to ask for the worker."""
        self._device = device
        self._worker = worker
        self._gpu = GpuMonitor()

    def device(self) -> Device:
        """Where models run: as the settings say, else as the worker is going to find it."""
        if self._device in ("cuda", "mps", "cpu"):
            return self._device  # type: ignore[return-value]
        if sys.platform == "darwin":
            return "mps"
        return "cuda" if self._card() and _torch_knows_cards() else "cpu"

    def value_bytes(self) -> tuple[int, ...]:
        """Bytes of a network's value on the device; both sizes where nobody can say which it is going to be."""
        if self.device() != "cpu":
            return (2,)
        in_bf16 = computes_in_bf16()
        return (2, 4) if in_bf16 is None else (2,) if in_bf16 else (4,)

    def space(self, where: Literal["gpu", "ram"]) -> Space | None:
        """What the next clip can have; None where the driver does not say."""
        worker = self._worker()
        if where == "ram":
            memory = main_memory()
            free = memory.available + (resident_bytes(worker.pid) if worker.pid else 0)
            return Space(min(free, memory.total), min(free, memory.total), memory.total)
        card = self._card()
        if card is None or card.memory_used is None or card.memory_total is None:
            return None
        ours = _ours_on(card, worker)
        total = card.memory_total
        free = total - card.memory_used
        sure, at_most = (free, total) if ours is None else (free + ours, free + ours)
        return Space(usable_card_bytes(sure, total), usable_card_bytes(at_most, total), total)

    def status(self) -> dict[str, Any]:
        """The card's figures beside those of processor and main memory; memory in bytes, None where nobody tells."""
        worker, gpus, card = self._worker(), self._gpu.gpus(), self._card()
        memory = main_memory()
        ram_used = memory.total - memory.available
        ram_ours = min(ram_used, sum(resident_bytes(pid) for pid in (os.getpid(), worker.pid) if pid))
        return {
            "available": card is not None,
            "device": self.device(),
            **_card_view(card, worker),
            "gpus": [{"is_in_use": gpu == card, **_card_view(gpu, worker)} for gpu in gpus],
            "cpu_name": processor_name(),
            "cpu_percent": psutil.cpu_percent(),
            "ram_used": ram_used,
            "ram_total": memory.total,
            "ram_ours": ram_ours,
            "ram_others": ram_used - ram_ours,
        }

    def _card(self) -> Gpu | None:
        return card_in_use(self._gpu.gpus())


def _ours_on(card: Gpu, worker: WorkerAtHand) -> int | None:
    """Bytes of a card that our worker holds; None where it may hold some and the driver does not say how much."""
    held = [process.memory for process in card.processes if process.pid == worker.pid]
    if held and held[0] is not None:
        return held[0]
    # Inside a container or WSL the driver knows processes by other numbers, or none at all.
    return None if worker.may_hold_model else 0


def _card_view(card: Gpu | None, worker: WorkerAtHand) -> dict[str, Any]:
    used = card.memory_used if card else None
    ours = _ours_on(card, worker) if card and used is not None else None
    return {
        "name": card.name if card else None,
        "memory_used": used,
        "memory_total": card.memory_total if card else None,
        "memory_ours": ours,
        "memory_others": None if used is None or ours is None else max(0, used - ours),
        "temperature_c": card.temperature_c if card else None,
        "load_percent": card.load_percent if card else None,
        "processes": [
            {"name": process.name, "memory": process.memory, "is_ours": process.pid == worker.pid}
            for process in (card.processes if card else ())
        ],
    }


def _torch_knows_cards() -> bool:
    """Whether PyTorch was installed in a build for graphics cards; the server asks without loading it."""
    build = installed_version("torch")
    return build is not None and not build.endswith("+cpu")
