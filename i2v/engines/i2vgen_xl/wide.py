"""Layers that take values wider than their weights, and give as wide ones back.

What leaves float16's range are values: sums along the residual stream, products, gates. Norms and attention gather in
float32 inside whatever they are given, and the weights are published in float16. So a clip whose values have left the
range is mended by float32 values alone; weights are widened one layer at a time, for as long as it computes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import group_norm, layer_norm, linear


class WideLinear(nn.Linear):
    """`nn.Linear`."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(…, channels) in and out."""
        return linear(values, *_as_wide(self, values))


class WideConv(nn.Conv2d):
    """`nn.Conv2d`."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(rows, channels, height, width) in and out."""
        made: torch.Tensor = self._conv_forward(values, *_as_wide(self, values))
        return made


class WideGroupNorm(nn.GroupNorm):
    """`nn.GroupNorm`."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(rows, channels, …) in and out."""
        return group_norm(values, self.num_groups, *_as_wide(self, values), self.eps)


class WideLayerNorm(nn.LayerNorm):
    """`nn.LayerNorm`."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(…, channels) in and out."""
        return layer_norm(values, self.normalized_shape, *_as_wide(self, values), self.eps)


_WIDE: dict[type, type] = {
    nn.Linear: WideLinear,
    nn.Conv2d: WideConv,
    nn.GroupNorm: WideGroupNorm,
    nn.LayerNorm: WideLayerNorm,
}


def take_wide_values(network: nn.Module) -> None:
    """Makes these layers of PyTorch's: each takes another class, and keeps name, place and weights.

    Values of the weights' own type get the same answer as before, to the bit.
    """
    for layer in network.modules():
        if type(layer) in _WIDE:
            layer.__class__ = _WIDE[type(layer)]


def _as_wide(layer: Any, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weight and bias in the type of the values; where that is their own, they themselves."""
    return layer.weight.to(values.dtype), None if layer.bias is None else layer.bias.to(values.dtype)
