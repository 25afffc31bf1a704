"""The widest layers of the VAE, strip by strip: a frame's rows know of no others but their neighbours.

At a frame's full size the library's decoder holds three tensors of 256 channels. Here it is one and a half, which is
what decides how small a card can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.upsampling import Upsample2D
from torch import nn
from torch.nn.functional import conv2d, interpolate, pad, silu

from i2v.engines.i2vgen_xl.norms import KnownNorm, measure

VALUES_AT_ONCE = 2**22
"""Of a strip: as many as keep a device busy."""


class StripwiseResnet(ResnetBlock2D):  # type: ignore[misc]
    """The library's without an embedding, a strip of rows at a time where the frame is large."""

    def forward(self, input_tensor: torch.Tensor, temb: torch.Tensor | None = None) -> torch.Tensor:
        """(1, channels, height, width)."""
        if len(input_tensor) > 1 or input_tensor.numel() <= VALUES_AT_ONCE:
            whole: torch.Tensor = super().forward(input_tensor, temb)
            return whole
        height, width = input_tensor.shape[-2:]
        made = input_tensor.new_empty(1, self.conv1.out_channels, height, width)
        norm = measure(self.norm1, (input_tensor[:, :, rows] for rows in strips(input_tensor)))
        for rows in strips(input_tensor):
            made[:, :, rows] = _convolve(self.conv1, norm, input_tensor, rows)
        norm = measure(self.norm2, (made[:, :, rows] for rows in strips(made)))
        above = made[:, :, :0]
        for rows in strips(made):
            # The answer takes the place of what it is made of; the row above is still asked for by the next strip.
            last = made[:, :, rows][:, :, -1:].clone()
            answer = _convolve(self.conv2, norm, made, rows, above)
            shown = input_tensor[:, :, rows]
            made[:, :, rows] = answer.add_(self.conv_shortcut(shown) if self.conv_shortcut is not None else shown)
            above = last
        return made


class StripwiseUpsample(Upsample2D):  # type: ignore[misc]
    """The library's, a strip of rows at a time where the frame is large."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(1, channels, height, width) → (1, channels, 2·height, 2·width)."""
        if len(hidden_states) > 1 or 4 * hidden_states.numel() <= VALUES_AT_ONCE:
            whole: torch.Tensor = super().forward(hidden_states)
            return whole
        _, channels, height, width = hidden_states.shape
        made = hidden_states.new_empty(1, channels, 2 * height, 2 * width)
        for rows in strips(made):
            start, stop = rows.start // 2, -(-rows.stop // 2)
            first, last = max(start - 1, 0), min(stop + 1, height)
            wide = interpolate(hidden_states[:, :, first:last], scale_factor=2.0, mode="nearest")
            begin = rows.start - 2 * first
            wide = pad(wide, (1, 1, int(rows.start == 0), int(rows.stop == 2 * height)))
            begin += int(rows.start == 0) - 1
            wide = wide[:, :, begin : begin + rows.stop - rows.start + 2]
            made[:, :, rows] = conv2d(wide, self.conv.weight, self.conv.bias)
        return made


def lighten_vae(vae: AutoencoderKL) -> None:
    """Makes these layers of the library's: each takes another class, and keeps name, place and weights."""
    for layer in vae.modules():
        if type(layer) is ResnetBlock2D:
            layer.__class__ = StripwiseResnet
        elif type(layer) is Upsample2D:
            layer.__class__ = StripwiseUpsample


def decode(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """What `vae.decode` makes of one frame's latents, (1, 3, height, width) of (1, 4, height/8, width/8).

    Layer by layer, since the library's blocks hold what they were given until they are done.
    """
    decoder: Any = vae.decoder
    values = vae.post_quant_conv(latents) if vae.post_quant_conv is not None else latents
    values = decoder.mid_block(decoder.conv_in(values))
    for block in decoder.up_blocks:
        for layer in (*block.resnets, *(block.upsamplers or ())):
            values = layer(values)
    made: torch.Tensor = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(values)))
    return made


def strips(values: torch.Tensor) -> Iterator[slice]:
    """Parts of the rows of (1, channels, height, width)."""
    _, channels, height, width = values.shape
    at_once = max(8, VALUES_AT_ONCE // (channels * width))
    return (slice(start, min(start + at_once, height)) for start in range(0, height, at_once))


def _convolve(
    conv: nn.Conv2d, norm: KnownNorm, values: torch.Tensor, rows: slice, above: torch.Tensor | None = None
) -> torch.Tensor:
    """These rows after norm, SiLU and a convolution of 3×3, (1, channels, rows, width).

    Args:
        conv: padded by one.
        norm: of all values.
        values: (1, channels, height, width).
        rows: which of them.
        above: the row before them, where it has been overwritten.
    """
    height = values.shape[-2]
    first = rows.start if above is not None else max(rows.start - 1, 0)
    seen = values[:, :, first : min(rows.stop + 1, height)]
    if above is not None:
        seen = torch.cat([above, seen], dim=2)
    padding = (1, 1, int(rows.start == 0), int(rows.stop == height))
    return conv2d(pad(silu(norm(seen), inplace=True), padding), conv.weight, conv.bias)
