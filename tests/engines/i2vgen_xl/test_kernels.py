"""Packed layers against PyTorch's own, and against what float64 gives: oneDNN has no kernels for that."""

from __future__ import annotations

import copy
import platform
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import I2VGenXLUNet
from diffusers.models.activations import GEGLU
from torch import nn

from i2v.engines.i2vgen_xl import parts as parts_module
from i2v.engines.i2vgen_xl.kernels import PackedConv, PackedGate, PackedLinear, can_pack, pack
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import load_parts
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import SIDES, distance, draw, expected
from tests.engines.i2vgen_xl.running import MODEL

pytestmark = [
    pytest.mark.skipif(not can_pack(torch.float32), reason="this processor has no oneDNN kernels"),
    pytest.mark.usefixtures("no_gradients"),
]

LAYERS: dict[str, tuple[Callable[[], nn.Module], type, tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(24, 40), PackedLinear, (3, 5, 24)),
    "linear without bias": (lambda: nn.Linear(24, 40, bias=False), PackedLinear, (2, 7, 24)),
    "gate": (lambda: GEGLU(24, 40), PackedGate, (3, 5, 24)),
    "convolution": (lambda: nn.Conv2d(24, 40, 3, padding=1), PackedConv, (2, 24, 9, 7)),
    "convolution by halves": (lambda: nn.Conv2d(24, 40, 3, stride=2, padding=1), PackedConv, (2, 24, 9, 7)),
    "convolution along time": (lambda: nn.Conv2d(24, 40, (3, 1), padding=(1, 0)), PackedConv, (2, 24, 9, 7)),
    "convolution of one pixel": (lambda: nn.Conv2d(24, 40, 1), PackedConv, (2, 24, 9, 7)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-6), (torch.bfloat16, 0.01)])
def test_a_packed_layer_computes_what_the_plain_one_does(name: str, dtype: torch.dtype, close: float) -> None:
    if not can_pack(dtype):
        return
    create, kind, shape = LAYERS[name]
    torch.manual_seed(0)
    plain = create().to(dtype)
    values = torch.randn(shape).to(dtype)
    packed = kind(plain)
    wanted = copy.deepcopy(plain).double()(values.double())
    assert distance(packed(values).double(), wanted) < close
    # Whatever the order in memory in which the values come.
    turned = values.transpose(-1, -2).contiguous().transpose(-1, -2)
    assert torch.equal(packed(turned), packed(values))


def test_convolutions_keep_channels_last_in_memory() -> None:
    packed = PackedConv(nn.Conv2d(24, 40, 3, padding=1))
    assert packed(torch.randn(2, 24, 9, 7)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", SIDES[:2])  # at the third, norms of single values magnify any rounding a hundredfold
def test_the_packed_network_is_as_near_to_float64_as_the_librarys(
    stock: I2VGenXLUNet, ours: I2VGenXLUNet, shape: tuple[int, int, int]
) -> None:
    sample, conditions = draw(*shape)
    wanted = expected(stock, sample, 500, conditions)
    single = {name: value.float() for name, value in vars(conditions).items() if value.is_floating_point()}
    rough = type(conditions)(**{**vars(conditions), **single})
    theirs = expected(copy.deepcopy(stock).float(), sample.float(), 500, rough)
    network = copy.deepcopy(ours).float()
    pack(network)
    found = predict(network, sample.float(), torch.tensor(500), hold_constants(network, rough), is_two_pass=False)
    off, allowed = (distance(answer.double(), wanted) for answer in (found, theirs))
    assert off < 3 * allowed


def kinds(network: nn.Module) -> set[type]:
    return {type(layer) for layer in network.modules()}


def are_channels_last(network: nn.Module) -> bool:
    layers = (layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
    wide = [layer for layer in layers if layer.kernel_size != (1, 1)]
    assert wide
    return all(layer.weight.is_contiguous(memory_format=torch.channels_last) for layer in wide)


def test_on_the_processor_a_model_is_loaded_packed_and_weighs_what_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cpu = open_model_folder(MODEL), torch.device("cpu")
    packed = load_parts(folder, cpu, torch.float32)
    assert not [layer for layer in packed.unet.modules() if isinstance(layer, nn.Linear | nn.Conv2d | GEGLU)]
    assert are_channels_last(packed.vae)
    monkeypatch.setattr(parts_module, "can_pack", lambda dtype: False)
    plain = load_parts(folder, cpu, torch.float32)
    assert not kinds(plain.unet) & {PackedLinear, PackedConv, PackedGate}
    assert not are_channels_last(plain.vae)
    assert packed.weights() == plain.weights()
    card: Any = load_parts(folder, torch.device("meta"), torch.float32).unet
    assert not kinds(card) & {PackedLinear, PackedConv, PackedGate}


def test_what_has_no_kernels_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not can_pack(torch.float64)
    assert not can_pack(torch.float16)
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert not can_pack(torch.float32)
