"""The library's residual block and transformers in fewer passes over memory.

What they compute stays the same to the last bit. The library copies values back into rows of pixels wherever a
transformer ends, keeps what a norm made beside its activation, and divides each residual block's answer by one. Here
values stay as they lie in memory, which on a processor is channels last, and what nobody reads again is written over.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch.nn.functional import silu


class Resnet(ResnetBlock2D):  # type: ignore[misc]
    """The library's as this UNet has it: told the time, neither grown nor shrunk, its answer divided by nothing."""

    def forward(self, values: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """(frames, channels, height, width) in and out; `told` of step and speed, (frames, channels)."""
        made: torch.Tensor = self.conv1(silu(self.norm1(values), inplace=True))
        made += self.time_emb_proj(silu(told))[:, :, None, None]
        made = self.conv2(silu(self.norm2(made), inplace=True))
        made += values if self.conv_shortcut is None else self.conv_shortcut(values)
        return made


class Transformer(Transformer2DModel):  # type: ignore[misc]
    """The library's within frames."""

    def _get_output_for_continuous_inputs(
        self,
        hidden_states: torch.Tensor,
        residual: torch.Tensor,
        batch_size: int,
        height: int,
        width: int,
        inner_dim: int,
    ) -> torch.Tensor:
        """(frames, height·width, channels) → (frames, channels, height, width), in memory as the residual."""
        made: torch.Tensor = self.proj_out(hidden_states).view(batch_size, height, width, inner_dim)
        return residual + made.permute(0, 3, 1, 2)


class AlongTime(TransformerTemporalModel):  # type: ignore[misc]
    """The library's along time."""

    def forward(self, hidden_states: torch.Tensor, num_frames: int = 1, **told: Any) -> tuple[torch.Tensor]:
        """(batch·frames, channels, height, width) in and out, in memory as it came."""
        values = hidden_states.view(-1, num_frames, *hidden_states.shape[1:])  # (b, f, c, h, w)
        batch, _, channels, height, width = values.shape
        normed = self.norm(values.transpose(1, 2))  # (b, c, f, h, w)
        rows = self.proj_in(normed.permute(0, 3, 4, 2, 1).reshape(-1, num_frames, channels))  # (b·h·w, f, c)
        for block in self.transformer_blocks:
            rows = block(rows)
        made = self.proj_out(rows).view(batch, height, width, num_frames, channels)
        return ((values + made.permute(0, 3, 4, 1, 2)).flatten(0, 1),)
