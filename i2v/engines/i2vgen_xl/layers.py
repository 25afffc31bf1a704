"""Layers of the UNet that compute what the library's compute, with less work or memory."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import I2VGenXLUNet
from diffusers.models.attention import FeedForward
from diffusers.models.resnet import TemporalConvLayer
from torch import nn
from torch.nn.functional import silu

from i2v.engines.i2vgen_xl.memory import ROWS_AT_ONCE
from i2v.engines.i2vgen_xl.norms import measure
from i2v.engines.i2vgen_xl.slices import SLICED, Sliced, by_pixels, is_in_pieces


class TemporalConv(Sliced, nn.Module):
    """The library's `TemporalConvLayer` as two-dimensional convolutions: frames are the rows, pixels the columns.

    A kernel of (3, 1, 1) over (frames, height, width) is one of (3, 1) over (frames, height·width). The bits are the
    same, and the two-dimensional kernels are faster everywhere.
    """

    def __init__(self, layer: TemporalConvLayer) -> None:
        super().__init__()
        stages = (layer.conv1, layer.conv2, layer.conv3, layer.conv4)
        self.norms: Any = nn.ModuleList(stage[0] for stage in stages)
        self.convs = nn.ModuleList(_flatten(stage[-1]) for stage in stages)

    def forward(self, hidden_states: torch.Tensor, num_frames: int = 1) -> torch.Tensor:
        """(batch·frames, channels, height, width) in and out."""
        if is_in_pieces(self, hidden_states, num_frames):
            return self._in_pieces(hidden_states)
        # (b·f, c, h, w) → (b, f, c, h·w) → (b, c, f, h·w), for which nothing moves in memory
        values = hidden_states.view(-1, num_frames, *hidden_states.shape[1:]).flatten(3).transpose(1, 2)
        change = values
        for norm, conv in zip(self.norms, self.convs, strict=True):
            change = conv(silu(norm(change), inplace=True))
        change += values
        return change.transpose(1, 2).reshape(hidden_states.shape)

    def _in_pieces(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """So many pixels at a time; what each convolution makes takes the place of what it was made of."""
        values = made = hidden_states.flatten(2)  # (f, c, h·w)
        for layer, conv in zip(self.norms, self.convs, strict=True):
            norm, before = measure(layer, (made[..., part] for part in by_pixels(made))), made
            made = torch.empty_like(values) if made is values else made
            for part in by_pixels(made):
                piece = silu(norm(before[..., part]), inplace=True).transpose(0, 1)[None]  # (1, c, f, pixels)
                made[..., part] = conv(piece)[0].transpose(0, 1)
        return made.add_(values).view(hidden_states.shape)


class PiecewiseFeedForward(nn.Module):
    """The library's `FeedForward`, so many rows at a time: rows know nothing of each other."""

    def __init__(self, layer: FeedForward) -> None:
        super().__init__()
        self.net = layer.net

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(…, channels) in and out."""
        rows = hidden_states.flatten(0, -2)
        if len(rows) <= ROWS_AT_ONCE:
            return self._compute(hidden_states)
        return torch.cat([self._compute(piece) for piece in torch.split(rows, ROWS_AT_ONCE)]).view(hidden_states.shape)

    def _compute(self, values: torch.Tensor) -> torch.Tensor:
        for layer in self.net:
            values = layer(values)
        return values


def lighten(unet: I2VGenXLUNet) -> None:
    """Puts these layers into a UNet in place of the library's; they take over its weights."""
    for parent in list(unet.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, TemporalConvLayer):
                parent.register_module(name, TemporalConv(layer))
            elif isinstance(layer, FeedForward):
                parent.register_module(name, PiecewiseFeedForward(layer))
            elif type(layer) in SLICED:
                # The same layer with another forward pass: names, places and weights stay.
                layer.__class__ = SLICED[type(layer)]


def _flatten(conv: nn.Conv3d) -> nn.Conv2d:
    """A convolution over (frames, height, width) that looks at frames alone, over (frames, pixels)."""
    flat = nn.Conv2d(conv.in_channels, conv.out_channels, (3, 1), padding=(1, 0), device="meta")
    # Views of the same weights, (out, in, 3, 1, 1) → (out, in, 3, 1): nothing is held twice.
    flat.weight, flat.bias = nn.Parameter(conv.weight.squeeze(-1)), conv.bias
    return flat.requires_grad_(False).eval()
