"""A narrow network of the real class, in float64, and how the library's own forward pass is compared with ours.

Temporal convolutions begin at zero in a fresh network, which would hide any mistake in them, so that they get weights
here.
"""

from __future__ import annotations

import copy

import torch
from diffusers import I2VGenXLUNet
from diffusers.models.attention_processor import AttnProcessor2_0
from diffusers.models.resnet import TemporalConvLayer

from i2v.engines.i2vgen_xl.attention import Attend
from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.layers import lighten

WIDTHS, HEADS, CONTEXT = (32, 64, 64, 64), 16, 64
SIDES = [(4, 8, 12), (3, 10, 6), (2, 8, 8)]
"""(frames, rows, columns) of latents; 10 and 6 cannot be halved three times, so that sizes are forced on the way up."""
CLOSE = 1e-10
"""Float64 has 16 digits; networks as narrow as these lose some in their norms, whose groups are single channels."""


def build_stock() -> I2VGenXLUNet:
    """The library's network as it is, with weights everywhere."""
    torch.manual_seed(0)
    network = I2VGenXLUNet(
        sample_size=32, block_out_channels=WIDTHS, attention_head_dim=HEADS, cross_attention_dim=CONTEXT
    ).eval()
    for layer in network.modules():
        if isinstance(layer, TemporalConvLayer):
            torch.nn.init.normal_(layer.conv4[-1].weight, std=0.1)
            torch.nn.init.normal_(layer.conv4[-1].bias, std=0.05)
    network.set_attn_processor(AttnProcessor2_0())
    return network.double()


def build_ours(stock: I2VGenXLUNet) -> I2VGenXLUNet:
    """A copy of it with our layers and our attention."""
    network = copy.deepcopy(stock)
    lighten(network)
    network.set_attn_processor({name: Attend() for name in network.attn_processors})
    return network


def draw(frames: int, rows: int, columns: int, branches: int = 2) -> tuple[torch.Tensor, Conditions]:
    """Noisy latents, (1, 4, frames, rows, columns), and conditions as the encoders give them."""
    generator = torch.Generator().manual_seed(frames * 100 + rows)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    picture, shown = normal(1, 4, frames, rows, columns), normal(1, 1, CONTEXT)
    image = torch.cat([torch.zeros_like(shown), shown]) if branches == 2 else shown
    conditions = Conditions(
        normal(branches, 77, CONTEXT), image, torch.cat([picture] * branches), torch.full((branches,), 8)
    )
    return normal(1, 4, frames, rows, columns), conditions


def expected(network: I2VGenXLUNet, sample: torch.Tensor, timestep: int, conditions: Conditions) -> torch.Tensor:
    """What the library's pipeline asks its network for."""
    branches = len(conditions.text)
    answer: torch.Tensor = network(
        torch.cat([sample] * branches),
        torch.tensor(timestep),
        fps=conditions.fps,
        image_latents=conditions.image_latents,
        image_embeddings=conditions.image,
        encoder_hidden_states=conditions.text,
        return_dict=False,
    )[0]
    return answer


def distance(found: torch.Tensor, wanted: torch.Tensor) -> float:
    assert found.shape == wanted.shape
    assert float(wanted.std()) > 0.1  # no comparison of nothing with nothing
    return float((found - wanted).norm() / wanted.norm())
