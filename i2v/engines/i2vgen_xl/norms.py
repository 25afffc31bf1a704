"""Group norms over values that are never normalised all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class KnownNorm:
    """A group norm whose statistics are known: what is left is a factor and a summand for each channel.

    Attributes:
        factor: (channels,), in float32 or finer.
        summand: likewise.
    """

    factor: torch.Tensor
    summand: torch.Tensor

    def __call__(self, piece: torch.Tensor) -> torch.Tensor:
        """(…, channels, …) with the channels as second dimension; the answer is a tensor of its own."""
        shape = (1, -1, *(1,) * (piece.ndim - 2))
        return torch.addcmul(self.summand.view(shape), piece.to(self.factor.dtype), self.factor.view(shape)).to(
            piece.dtype
        )


def measure(norm: nn.GroupNorm, pieces: Iterable[torch.Tensor]) -> KnownNorm:
    """The norm of all pieces together, each with its channels as second dimension, whatever the others are.

    Means and spreads are joined as Chan, Golub and LeVeque do (Updating formulae and a pairwise algorithm for computing
    sample variances, 1979), which loses nothing where a mean is far from zero.
    """
    count, mean, spread = 0, torch.tensor(0.0), torch.tensor(0.0)  # spread: the sum of squares about the mean
    for piece in pieces:
        wide = torch.promote_types(piece.dtype, torch.float32)  # as the norm itself computes
        rows = piece.movedim(1, 0).reshape(norm.num_groups, -1).to(wide)
        variance, own = torch.var_mean(rows, dim=1, correction=0)
        if not count:
            mean, spread = torch.zeros_like(own), torch.zeros_like(own)
        both, apart = count + rows.shape[1], own - mean
        mean = mean + apart * (rows.shape[1] / both)
        spread = spread + variance * rows.shape[1] + apart.square() * (count * rows.shape[1] / both)
        count = both
    channels = norm.num_channels // norm.num_groups
    scale = torch.rsqrt(spread / count + norm.eps).repeat_interleave(channels)
    factor = norm.weight.to(scale.dtype) * scale
    return KnownNorm(factor, norm.bias.to(scale.dtype) - mean.repeat_interleave(channels) * factor)
