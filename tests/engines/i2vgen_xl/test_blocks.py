"""The blocks of fewer passes against the library's, in float64, in both orders of memory."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import I2VGenXLUNet
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import nn

from i2v.engines.i2vgen_xl.blocks import AlongTime, Resnet, Transformer
from i2v.engines.i2vgen_xl.kernels import can_pack, pack
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import CLOSE, CONTEXT, distance, draw

# Fixtures: the library's network in float64, ours of it, and no gradients.
pytestmark = pytest.mark.usefixtures("no_gradients")

FRAMES, ROWS, COLUMNS = 4, 6, 10
ORDERS = [torch.contiguous_format, torch.channels_last]


def each(network: nn.Module, theirs: type, our: type) -> list[tuple[Any, Any]]:
    """Every layer of a kind, and the same layer as ours: weights elsewhere in memory may round otherwise."""
    pairs: list[tuple[Any, Any]] = []
    for layer in network.modules():
        if type(layer) is theirs:
            twin = copy.copy(layer)
            twin.__class__ = our
            pairs.append((layer, twin))
    assert pairs
    return pairs


def values_of(channels: int, order: torch.memory_format) -> torch.Tensor:
    drawn = torch.randn(2 * FRAMES, channels, ROWS, COLUMNS, dtype=torch.float64)
    return drawn.contiguous(memory_format=order)


def check(found: torch.Tensor, wanted: torch.Tensor, order: torch.memory_format) -> None:
    assert found.is_contiguous(memory_format=order)
    if order == torch.contiguous_format:
        assert torch.equal(found, wanted)
    assert distance(found, wanted) < CLOSE


@pytest.mark.parametrize("order", ORDERS)
def test_a_residual_block_is_the_librarys(stock: I2VGenXLUNet, order: torch.memory_format) -> None:
    for theirs, our in each(stock, ResnetBlock2D, Resnet):
        values = values_of(theirs.in_channels, order)
        told = torch.randn(len(values), theirs.time_emb_proj.in_features, dtype=torch.float64)
        before = values.clone(), told.clone()
        check(our(values, told), theirs(values, told), order)
        assert torch.equal(values, before[0])  # what is written over is our own
        assert torch.equal(told, before[1])


@pytest.mark.parametrize("order", ORDERS)
def test_a_transformer_within_frames_is_the_librarys(stock: I2VGenXLUNet, order: torch.memory_format) -> None:
    for theirs, our in each(stock, Transformer2DModel, Transformer):
        values = values_of(theirs.in_channels, order)
        seen = torch.randn(len(values), 9, CONTEXT, dtype=torch.float64)
        wanted = theirs(values, encoder_hidden_states=seen, return_dict=False)[0]
        check(our(values, encoder_hidden_states=seen, return_dict=False)[0], wanted, order)


@pytest.mark.parametrize("order", ORDERS)
def test_a_transformer_along_time_is_the_librarys(stock: I2VGenXLUNet, order: torch.memory_format) -> None:
    for theirs, our in each(stock, TransformerTemporalModel, AlongTime):
        values = values_of(theirs.in_channels, order)
        wanted = theirs(values, num_frames=FRAMES, return_dict=False)[0]
        check(our(values, num_frames=FRAMES, return_dict=False)[0], wanted, order)


@pytest.mark.skipif(not can_pack(torch.float32), reason="this processor has no oneDNN kernels")
def test_on_a_processor_values_keep_their_channels_last_through_the_whole_network(ours: I2VGenXLUNet) -> None:
    network = ours.float()
    pack(network)
    turned: list[str] = []

    def look(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...], object], None]:
        def note(layer: nn.Module, given: tuple[torch.Tensor, ...], made: object) -> None:
            for values in (*given, *(made if isinstance(made, tuple) else (made,))):
                is_map = isinstance(values, torch.Tensor) and values.ndim == 4
                if is_map and not values.is_contiguous(memory_format=torch.channels_last):
                    turned.append(name)

        return note

    for name, layer in network.named_modules():
        if isinstance(layer, Resnet | Transformer | AlongTime):
            layer.register_forward_hook(look(name))
    sample, conditions = draw(4, 8, 16)
    single = {name: value.float() for name, value in vars(conditions).items() if value.is_floating_point()}
    conditions = type(conditions)(**{**vars(conditions), **single})
    predict(network, sample.float(), torch.tensor(500), hold_constants(network, conditions), is_two_pass=False)
    assert turned == []
