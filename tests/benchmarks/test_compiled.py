"""What of a network is compiled, and how it must lie in memory for that; to run it takes a compiler and minutes."""

from __future__ import annotations

import pytest
import torch
import torch._dynamo
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

from benchmarks.compiled import compile_layers, plain_weights
from i2v.engines.i2vgen_xl.kernels import can_pack
from i2v.engines.i2vgen_xl.layers import TemporalConv
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import load_parts
from tests.engines.i2vgen_xl.running import MODEL


# The compiler's own, when it is imported.
@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
def test_every_repeated_layer_of_ours_is_compiled_and_its_weights_are_readable() -> None:
    with plain_weights():
        unet = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32).unet
    kinds = (BasicTransformerBlock, ResnetBlock2D, TemporalConv)
    repeated = [layer for layer in unet.modules() if isinstance(layer, kinds)]
    assert {kind for kind in kinds for layer in repeated if isinstance(layer, kind)} == set(kinds)
    with torch._dynamo.config.patch(recompile_limit=8):
        assert compile_layers(unet) == len(repeated) > 8
        assert torch._dynamo.config.recompile_limit >= len(repeated)
    assert all(layer._compiled_call_impl is not None for layer in repeated)
    assert any(isinstance(layer, nn.Linear) for layer in unet.modules())


def test_without_it_a_processor_with_the_kernels_gets_packed_weights() -> None:
    unet = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32).unet
    assert any(isinstance(layer, nn.Linear) for layer in unet.modules()) != can_pack(torch.float32)
