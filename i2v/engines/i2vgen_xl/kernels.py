"""The UNet's products as a processor does them best: by oneDNN, with weights that already lie in its order.

PyTorch hands oneDNN weights in its own order, to be brought into that of the kernel at every call, adds a linear
layer's bias in a pass before, and goes over the widest tensors of a step twice more for their gate. Here weights are
brought into order once, and bias and gate are part of the product. What is computed stays the same; sums are rounded in
another order, as on any other processor.
"""

from __future__ import annotations

import platform
from typing import Any

import torch
from diffusers.models.activations import GEGLU
from torch import nn
from torch.nn.functional import conv2d, gelu, linear

_TYPES = (torch.float32, torch.bfloat16)
_ROWS, _SIDE = 1024, 16
"""Of the inputs that weights are laid out for; others get the same answer."""

_kernels: Any = torch.ops.mkldnn


class PackedLinear(nn.Module):
    """`nn.Linear`, its bias part of the product."""

    weight: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        _hold(self, weight=_in_order(layer.weight), bias=layer.bias)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(…, channels) in and out."""
        if values.dtype != self.weight.dtype:
            return linear(values, *_in_plain_order(self.weight, self.bias, values))
        made: torch.Tensor = _kernels._linear_pointwise(values, self.weight, self.bias, "none", [], "")
        return made


class PackedGate(nn.Module):
    """The library's `GEGLU`: value · gelu(gate), both linear in the input, without a pass for either operation."""

    weight: torch.Tensor
    gate_weight: torch.Tensor
    bias: torch.Tensor
    gate_bias: torch.Tensor

    def __init__(self, layer: GEGLU) -> None:
        super().__init__()
        weight, gate_weight = (_in_order(half.contiguous()) for half in layer.proj.weight.chunk(2))
        bias, gate_bias = layer.proj.bias.chunk(2)
        _hold(self, weight=weight, gate_weight=gate_weight, bias=bias, gate_bias=gate_bias)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(…, channels) → (…, inner channels)."""
        if values.dtype != self.weight.dtype:
            gate = gelu(linear(values, *_in_plain_order(self.gate_weight, self.gate_bias, values)))
            return linear(values, *_in_plain_order(self.weight, self.bias, values)) * gate
        gate = _kernels._linear_pointwise(values, self.gate_weight, self.gate_bias, "gelu", [], "none")
        made: torch.Tensor = _kernels._linear_pointwise.binary(values, gate, self.weight, self.bias, "mul")
        return made


class PackedConv(nn.Module):
    """`nn.Conv2d`; values have their channels last in memory from here on, as oneDNN's kernels want them."""

    weight: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.shape: Any = [list(each) for each in (layer.padding, layer.stride, layer.dilation)]
        self.groups = layer.groups
        size = [_ROWS // _SIDE**2, layer.in_channels, _SIDE, _SIDE]
        weight = _kernels._reorder_convolution_weight(layer.weight.detach(), *self.shape, self.groups, size)
        _hold(self, weight=weight, bias=layer.bias)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(rows, channels, height, width) in and out."""
        if values.dtype != self.weight.dtype:
            weight, bias = _in_plain_order(self.weight, self.bias, values)
            padding, stride, dilation = self.shape
            return conv2d(values, weight, bias, stride, padding, dilation, self.groups)
        values = values.contiguous(memory_format=torch.channels_last)
        made: torch.Tensor = _kernels._convolution_pointwise(
            values, self.weight, self.bias, *self.shape, self.groups, "none", [], ""
        )
        return made


_PACKED: dict[type, type] = {nn.Linear: PackedLinear, GEGLU: PackedGate, nn.Conv2d: PackedConv}


def can_pack(dtype: torch.dtype) -> bool:
    """Whether this processor and this build of PyTorch have the kernels: those of x86 with oneDNN."""
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    has_library = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not is_x86 or not has_library or dtype not in _TYPES:
        return False
    return dtype != torch.bfloat16 or bool(_kernels._is_mkldnn_bf16_supported())


def pack(network: nn.Module) -> None:
    """Puts these layers into a network on the processor in place of PyTorch's, one after the other: the weights of one
    layer at most are there twice."""
    for name, layer in list(network.named_children()):
        packed = _PACKED.get(type(layer))
        if packed is None:
            pack(layer)
        else:
            network.register_module(name, packed(layer))


def _in_order(weight: torch.Tensor) -> torch.Tensor:
    ordered: torch.Tensor = _kernels._reorder_linear_weight(weight.detach(), _ROWS)
    return ordered


def _in_plain_order(
    weight: torch.Tensor, bias: torch.Tensor | None, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Both in PyTorch's order and in the type of values that are wider: oneDNN's kernels know one type only."""
    return weight.to_dense(dtype=values.dtype), None if bias is None else bias.to(values.dtype)


def _hold(layer: nn.Module, **tensors: torch.Tensor | None) -> None:
    """As buffers, so that the network's size in memory can be counted as before."""
    for name, tensor in tensors.items():
        layer.register_buffer(name, None if tensor is None else tensor.detach(), persistent=False)
