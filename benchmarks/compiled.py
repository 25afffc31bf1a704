"""The UNet's repeated layers compiled one by one (`torch.compile`, regional), for those who want to see what it gains.

The app itself does without: docs/decisions.md says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest.mock import patch

import torch
import torch._dynamo
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D, TemporalConvLayer
from torch import nn

from i2v.engines.i2vgen_xl import parts
from i2v.engines.i2vgen_xl.layers import TemporalConv

_REPEATED = (BasicTransformerBlock, ResnetBlock2D, TemporalConvLayer, TemporalConv)


def compile_layers(unet: nn.Module) -> int:
    """Has these layers compiled when they first see values, once for each shape; how many they are."""
    layers = [layer for layer in unet.modules() if isinstance(layer, _REPEATED)]
    # Each may see a shape of its own; beyond eight PyTorch would silently leave the others as they are.
    torch._dynamo.config.recompile_limit = max(len(layers), torch._dynamo.config.recompile_limit)
    for layer in layers:
        layer.compile(dynamic=False)
    return len(layers)


@contextlib.contextmanager
def plain_weights() -> Iterator[None]:
    """While open, models are loaded with weights in PyTorch's own order: the compiler cannot read any other."""
    with patch.object(parts, "can_pack", lambda dtype: False):
        yield
