"""Keeps long work interruptible: a `Tick` between the layers of a network and while a device is awaited."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from i2v.domain.events import Tick
from i2v.engines.base import Report

_SECONDS_BETWEEN_TICKS = 0.05
_SECONDS_BETWEEN_LOOKS = 0.001


class Ticker:
    """Reports `Tick`, at most twenty times a second; `report` raises `JobCancelled` when the user cancelled."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_TICKS:
            self._last = now
            self._report(Tick())


@contextmanager
def ticking(tick: Ticker, *networks: nn.Module) -> Iterator[None]:
    """While open, `tick` is called before each layer of the networks: each member of a `ModuleList`."""
    hooks = [
        layer.register_forward_pre_hook(lambda *_: tick())
        for network in networks
        for layers in network.modules()
        if isinstance(layers, nn.ModuleList)
        for layer in layers
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def wait_for(device: torch.device, tick: Ticker) -> None:
    """Waits until the device has done all that was asked of it.

    CUDA is given a step's work in milliseconds and then takes seconds over it: waiting blindly for the result could
    not be cancelled.
    """
    if device.type != "cuda":
        return
    done: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]
    done.record()
    while not done.query():
        tick()
        time.sleep(_SECONDS_BETWEEN_LOOKS)
