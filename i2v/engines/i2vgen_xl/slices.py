"""Layers of the UNet that go through their values in pieces, where the plan asks for that.

Within a frame layers know nothing of other frames, and along time nothing of other pixels; only a norm along time looks
at all of them, and its statistics can be gathered from pieces. So nothing is approximated; what is saved is the memory
of whatever stands between a layer's input and its output. Pieces are for one branch of guidance alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from diffusers.models.unets.unet_3d_blocks import CrossAttnUpBlock3D, UpBlock3D
from diffusers.models.upsampling import Upsample2D
from torch import nn

from i2v.engines.i2vgen_xl.blocks import AlongTime, Resnet, Transformer
from i2v.engines.i2vgen_xl.memory import VALUES_AT_ONCE
from i2v.engines.i2vgen_xl.norms import measure


class Sliced:
    """Mixed into a layer that can go through its values in pieces."""

    is_sliced = False


class SlicedResnet(Sliced, Resnet):
    """So many frames at a time."""

    def forward(self, input_tensor: torch.Tensor, temb: torch.Tensor, *beside: torch.Tensor) -> torch.Tensor:
        """(frames, channels, height, width); `beside` stands in further channels, and is joined piece by piece."""

        def compute(values: torch.Tensor, told: torch.Tensor, *more: torch.Tensor) -> torch.Tensor:
            joined = torch.cat([values, *more], dim=1) if more else values
            return Resnet.forward(self, joined, told)

        return by_frames(self, compute, input_tensor, temb, *beside)


class SlicedTransformer(Sliced, Transformer):
    """Within frames, so many of them at a time."""

    def forward(self, hidden_states: torch.Tensor, **told: Any) -> tuple[torch.Tensor]:
        """(frames, channels, height, width)."""
        return (by_frames(self, lambda values: Transformer.forward(self, values, **told)[0], hidden_states),)


class SlicedUpsample(Sliced, Upsample2D):  # type: ignore[misc]
    """The library's, so many frames at a time."""

    def forward(self, hidden_states: torch.Tensor, *size: Any) -> torch.Tensor:
        """(frames, channels, height, width) → (frames, channels, 2·height, 2·width), or the size that is told."""
        return by_frames(self, lambda values: Upsample2D.forward(self, values, *size), hidden_states)


class SlicedDownsample(Sliced, Downsample2D):  # type: ignore[misc]
    """The library's, so many frames at a time."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(frames, channels, height, width) → (frames, channels, height/2, width/2)."""
        return by_frames(self, lambda values: Downsample2D.forward(self, values), hidden_states)


class SlicedAlongTime(Sliced, AlongTime):
    """Along time, so many pixels at a time."""

    def forward(self, hidden_states: torch.Tensor, num_frames: int = 1, **told: Any) -> tuple[torch.Tensor]:
        """(frames, channels, height, width)."""
        if not is_in_pieces(self, hidden_states, num_frames):
            return AlongTime.forward(self, hidden_states, num_frames)
        values = hidden_states.flatten(2)  # (f, c, h·w)
        norm = measure(self.norm, (values[..., part] for part in by_pixels(values)))
        made = torch.empty_like(values)
        for part in by_pixels(values):
            piece = self.proj_in(norm(values[..., part]).permute(2, 0, 1))  # (pixels, f, c)
            for block in self.transformer_blocks:
                piece = block(piece)
            made[..., part] = self.proj_out(piece).permute(1, 2, 0)
        return (made.add_(values).view(hidden_states.shape),)


class SlicedUpBlock(Sliced):
    """A block on the way up that joins what comes from below and from the way down piece by piece."""

    def forward(
        self, hidden_states: torch.Tensor, res_hidden_states_tuple: tuple[torch.Tensor, ...], **told: Any
    ) -> Any:
        """As the library's block, in whose terms it is told."""
        if not self.is_sliced:
            return super().forward(hidden_states, res_hidden_states_tuple, **told)  # type: ignore[misc]
        block: Any = self
        frames, context = told["num_frames"], told.get("encoder_hidden_states")
        values = hidden_states
        for place, (resnet, conv) in enumerate(zip(block.resnets, block.temp_convs, strict=True)):
            values = conv(resnet(values, told["temb"], res_hidden_states_tuple[-1 - place]), num_frames=frames)
            if context is not None:
                values = block.attentions[place](values, encoder_hidden_states=context, return_dict=False)[0]
                values = block.temp_attentions[place](values, num_frames=frames, return_dict=False)[0]
        for upsampler in block.upsamplers or ():
            values = upsampler(values, told["upsample_size"])
        return values


class SlicedCrossAttnUp(SlicedUpBlock, CrossAttnUpBlock3D):  # type: ignore[misc]
    """With attention."""


class SlicedUp(SlicedUpBlock, UpBlock3D):  # type: ignore[misc]
    """Without."""


SLICED: dict[type, type] = {
    ResnetBlock2D: SlicedResnet,
    Transformer2DModel: SlicedTransformer,
    TransformerTemporalModel: SlicedAlongTime,
    Upsample2D: SlicedUpsample,
    Downsample2D: SlicedDownsample,
    CrossAttnUpBlock3D: SlicedCrossAttnUp,
    UpBlock3D: SlicedUp,
}
"""What of the library's becomes what of ours."""


def slice_layers(network: nn.Module, is_sliced: bool) -> None:
    """Has the layers of a lightened UNet go through their values in pieces from now on, or at once."""
    for layer in network.modules():
        if isinstance(layer, Sliced):
            layer.is_sliced = is_sliced


def is_in_pieces(layer: Sliced, values: torch.Tensor, num_frames: int) -> bool:
    """Whether a layer along time takes (frames, channels, height, width) in pieces: one branch, too large for one."""
    return layer.is_sliced and len(values) == num_frames and values.numel() > VALUES_AT_ONCE


def by_pixels(values: torch.Tensor) -> Iterator[slice]:
    """Parts of the last dimension of (frames, channels, pixels)."""
    frames, channels, pixels = values.shape
    at_once = max(1, VALUES_AT_ONCE // (frames * channels))
    return (slice(start, start + at_once) for start in range(0, pixels, at_once))


def by_frames(layer: Sliced, compute: Callable[..., torch.Tensor], *tensors: torch.Tensor) -> torch.Tensor:
    """What is computed of tensors that have a row for each frame, so many frames at a time where the layer is sliced.

    The first is (frames, channels, height, width), and so is the answer, in the size that `compute` gives it.
    """
    frames = len(tensors[0])
    at_once = max(1, VALUES_AT_ONCE // tensors[0][0].numel())
    if not layer.is_sliced or frames <= at_once:
        return compute(*tensors)
    made: torch.Tensor | None = None
    for start in range(0, frames, at_once):
        piece = compute(*(tensor[start : start + at_once] for tensor in tensors))
        if made is None:
            in_memory = (
                torch.channels_last
                if piece.is_contiguous(memory_format=torch.channels_last)
                else torch.contiguous_format
            )
            made = torch.empty(
                (frames, *piece.shape[1:]), dtype=piece.dtype, device=piece.device, memory_format=in_memory
            )
        made[start : start + at_once] = piece
    assert made is not None
    return made
