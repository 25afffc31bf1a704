"""What is gone through in pieces is what is gone through at once, in float64: what differs then is no rounding."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch
from diffusers import AutoencoderKL, I2VGenXLUNet
from torch import nn

from i2v.engines.i2vgen_xl import slices, strips
from i2v.engines.i2vgen_xl.norms import measure
from i2v.engines.i2vgen_xl.slices import Sliced, slice_layers
from i2v.engines.i2vgen_xl.strips import StripwiseResnet, StripwiseUpsample, lighten_vae
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import CLOSE, SIDES, distance, draw, expected


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("values_at_once", [300, 1500, 10**9])
@pytest.mark.parametrize("shape", SIDES)
def test_the_unet_in_pieces_is_the_librarys(
    stock: I2VGenXLUNet,
    ours: I2VGenXLUNet,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, int, int],
    values_at_once: int,
) -> None:
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", values_at_once)
    sample, conditions = draw(*shape)
    slice_layers(ours, True)
    found = predict(ours, sample, torch.tensor(500), hold_constants(ours, conditions), is_two_pass=True)
    assert distance(found, expected(stock, sample, 500, conditions)) < CLOSE


def test_every_kind_of_layer_takes_pieces_and_none_once_that_is_over(
    ours: I2VGenXLUNet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", 300)
    taken: set[str] = set()
    plain = slices.by_frames

    def noted(layer: Sliced, compute: object, *tensors: torch.Tensor) -> torch.Tensor:
        sizes: list[int] = []
        made = plain(layer, lambda *pieces: sizes.append(len(pieces[0])) or compute(*pieces), *tensors)  # type: ignore[operator, func-returns-value]
        if len(sizes) > 1:
            taken.add(type(layer).__name__)
        return made

    monkeypatch.setattr(slices, "by_frames", noted)
    sample, conditions = draw(*SIDES[0])
    constants = hold_constants(ours, conditions)
    predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    assert taken == set()
    slice_layers(ours, True)
    predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    assert taken == {"SlicedResnet", "SlicedTransformer", "SlicedUpsample", "SlicedDownsample"}


@pytest.mark.parametrize("away", [0.0, 1e6])
def test_a_norm_measured_in_pieces_is_the_norm_even_far_from_zero(away: float) -> None:
    norm = nn.GroupNorm(4, 12).double()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    values = torch.randn(1, 12, 7, 9, dtype=torch.float64) + away
    known = measure(norm, torch.split(values, 2, dim=2))
    found = torch.cat([known(piece) for piece in torch.split(values, 3, dim=3)], dim=3)
    assert float((found - norm(values)).abs().max()) < 1e-7


@pytest.fixture(scope="module")
def vae() -> AutoencoderKL:
    """The library's, narrow, with norms that do something."""
    torch.manual_seed(0)
    network = AutoencoderKL(
        block_out_channels=(8, 16, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=4,
    ).eval()
    for layer in network.modules():
        if isinstance(layer, nn.GroupNorm):
            nn.init.normal_(layer.weight, 1, 0.3)
            nn.init.normal_(layer.bias, 0, 0.3)
    return network.double()


@pytest.mark.parametrize(("height", "width"), [(9, 7), (8, 8), (5, 11)])
@pytest.mark.parametrize("values_at_once", [1, 16 * 88 * 9, 16 * 56 * 11])
def test_frames_in_strips_are_the_librarys(
    vae: AutoencoderKL, monkeypatch: pytest.MonkeyPatch, height: int, width: int, values_at_once: int
) -> None:
    light = copy.deepcopy(vae)
    lighten_vae(light)
    kinds = {type(layer) for layer in light.modules()}
    assert {StripwiseResnet, StripwiseUpsample} <= kinds
    monkeypatch.setattr(strips, "VALUES_AT_ONCE", values_at_once)
    latents = torch.randn(1, 4, height, width, dtype=torch.float64)
    wanted = vae.decode(latents, return_dict=False)[0]
    assert distance(strips.decode(light, latents), wanted) < CLOSE
    picture = torch.randn(1, 3, 8 * height, 8 * width, dtype=torch.float64)
    seen = vae.encode(picture).latent_dist.mean
    assert distance(light.encode(picture).latent_dist.mean, seen) < CLOSE


def test_a_small_frame_is_decoded_by_the_librarys_layers_to_the_bit(vae: AutoencoderKL) -> None:
    light = copy.deepcopy(vae)
    lighten_vae(light)
    latents = torch.randn(1, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(strips.decode(light, latents), vae.decode(latents, return_dict=False)[0])
