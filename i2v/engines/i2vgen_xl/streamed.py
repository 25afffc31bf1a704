"""A network whose layers visit the device one after the other, the next one on its way while one computes.

Two slots on the device take turns. A layer's weights lie in main memory in one piece, so that one copy brings them;
they are never changed, so nothing goes back. On a CUDA device the copies run in a stream of their own: a slot is filled
when all that was asked of the device before has been done, and a layer computes when its slot has been filled.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn

_ALIGNED_BYTES = 256
"""Where a tensor may begin: what kernels that read many bytes at once ask for."""

_LISTS = ("resnets", "temp_convs", "attentions", "temp_attentions", "downsamplers", "upsamplers", "layers")
"""Of the UNet's blocks and the encoders: their members hold nearly all weights and are called one after the other."""


class Streamed:
    """Keeps a network streamed until `end`. Its layers must be called as modules, each by itself."""

    def __init__(self, network: nn.Module, layers: Sequence[nn.Module], device: torch.device) -> None:
        """Packs the layers in main memory and moves everything else to the device."""
        self._lane: Any = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]
        self._loads = [_Load(layer, is_pinned=self._lane is not None) for layer in layers]
        streamed = {id(tensor) for load in self._loads for tensor in load.tensors}
        for tensor in (*network.parameters(), *network.buffers()):
            if id(tensor) not in streamed:
                tensor.data = tensor.data.to(device)
        most = max(load.packed.numel() for load in self._loads)
        self._slots = [_Slot(torch.empty(most, dtype=torch.uint8, device=device)) for _ in range(2)]
        self._follower: dict[_Load, _Load] = {}
        self._last: _Load | None = None
        self._hooks = [
            hook
            for load in self._loads
            for hook in (
                load.layer.register_forward_pre_hook(lambda *_, load=load: self._begin(load)),
                load.layer.register_forward_hook(lambda *_, load=load: load.rest()),
            )
        ]

    @property
    def slot_bytes(self) -> int:
        """Of both slots."""
        return sum(slot.memory.nbytes for slot in self._slots)

    def end(self) -> None:
        """Makes an ordinary network of it, whose layers lie in main memory."""
        for hook in self._hooks:
            hook.remove()
        for load in self._loads:
            load.rest()
        if self._lane is not None:
            self._lane.synchronize()  # a copy may be under way into what is given up now
        self._slots.clear()

    def _begin(self, load: _Load) -> None:
        """Before a layer computes: its weights are in a slot; those of the next set out for the other."""
        slot = self._slot_of(load) or self._send(load, self._slots[0])
        if self._lane is not None:
            torch.cuda.current_stream().wait_event(slot.filled)
        load.take_up(slot.memory)
        if self._last is not None:
            self._follower[self._last] = load
        self._last = load
        following = self._follower.get(load)  # the one that came after it last time
        if following is not None and self._slot_of(following) is None:
            self._send(following, next(other for other in self._slots if other is not slot))

    def _send(self, load: _Load, slot: _Slot) -> _Slot:
        slot.load = load
        memory = slot.memory[: load.packed.numel()]
        if self._lane is None:
            memory.copy_(load.packed)
            return slot
        self._lane.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._lane):
            memory.copy_(load.packed, non_blocking=True)
            slot.filled = self._lane.record_event()
        return slot

    def _slot_of(self, load: _Load) -> _Slot | None:
        return next((slot for slot in self._slots if slot.load is load), None)


def streamable_layers(network: nn.Module) -> list[nn.Module]:
    """The layers of UNet or encoder that can be streamed; none of the VAE's, which is small and changes its type.

    Not the UNet's first attention within frames, which is gone through by parts, nor layers whose weights lie in the
    order of a processor's kernels: there is nowhere to stream them to.
    """
    if isinstance(network, AutoencoderKL):
        return []
    lists = [
        layers
        for name, layers in network.named_modules()
        if isinstance(layers, nn.ModuleList) and name.rpartition(".")[2] in _LISTS
    ]
    blocks: Any = getattr(network, "down_blocks", None)
    first = blocks[0].attentions[0] if blocks is not None else None
    return [layer for layers in lists for layer in layers if layer is not first and _is_plain(layer)]


def _is_plain(layer: nn.Module) -> bool:
    return all(tensor.layout is torch.strided for tensor in (*layer.parameters(), *layer.buffers()))


class _Slot:
    """Room on the device for any one layer, the one that is there, and the event after which it is."""

    def __init__(self, memory: torch.Tensor) -> None:
        self.memory = memory
        self.load: _Load | None = None
        self.filled: Any = None


class _Load:
    """A layer and its weights, in main memory in one piece, pinned where copies are to run beside computing."""

    def __init__(self, layer: nn.Module, *, is_pinned: bool) -> None:
        self.layer = layer
        self.tensors = [*layer.parameters(), *layer.buffers()]
        self._forms = [(tensor.dtype, tensor.shape, tensor.stride()) for tensor in self.tensors]
        self._places, size = list[int](), 0
        for tensor in self.tensors:
            self._places.append(size)
            size += -(-tensor.nbytes // _ALIGNED_BYTES) * _ALIGNED_BYTES
        self.packed = _main_memory(size, is_pinned=is_pinned)
        self._resting = self._views(self.packed)
        for tensor, own in zip(self.tensors, self._resting, strict=True):
            own.copy_(tensor.data)
            tensor.data = own

    def rest(self) -> None:
        for tensor, own in zip(self.tensors, self._resting, strict=True):
            tensor.data = own

    def take_up(self, memory: torch.Tensor) -> None:
        for tensor, own in zip(self.tensors, self._views(memory), strict=True):
            tensor.data = own

    def _views(self, memory: torch.Tensor) -> list[torch.Tensor]:
        """The tensors as they lie in so many bytes, each in its own order of dimensions."""
        return [
            memory[place:].view(dtype).as_strided(shape, stride, place // dtype.itemsize)
            if shape.numel()
            else memory.new_empty(shape, dtype=dtype)
            for place, (dtype, shape, stride) in zip(self._places, self._forms, strict=True)
        ]


def _main_memory(size: int, *, is_pinned: bool) -> torch.Tensor:
    if is_pinned:
        with contextlib.suppress(RuntimeError):  # the system pins no more: copies are slower then, not wrong
            return torch.empty(size, dtype=torch.uint8, pin_memory=True)
    return torch.empty(size, dtype=torch.uint8)
