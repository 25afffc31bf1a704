"""The plans at the published widths, in float32 on the processor: 9 GiB of memory and minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor2_0

from benchmarks import full_size_model
from i2v.engines.i2vgen_xl import kernels, slices, strips
from i2v.engines.i2vgen_xl.attention import Attend
from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.layers import lighten
from i2v.engines.i2vgen_xl.memory import LADDER, Plan
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.slices import slice_layers
from i2v.engines.i2vgen_xl.streamed import Streamed, streamable_layers
from i2v.engines.i2vgen_xl.strips import decode, lighten_vae
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import expected

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

CLOSE = 1e-4
"""‖a − b‖ / ‖b‖ of one guided step in float32, through some thousand layers."""
GUIDANCE, TIMESTEP = 9.0, 981
FRAMES, SIDE = 3, 16


def built(network: Any) -> Any:
    """With random weights everywhere, temporal convolutions among them, in float32."""
    weights = full_size_model.random_weights(network)
    for name in list(weights):
        value = weights[name]
        weights[name] = value.float() if value.is_floating_point() else value
    network.load_state_dict(weights, assign=True)
    return network.eval()


@pytest.fixture(scope="module", autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def asked() -> tuple[torch.Tensor, Conditions]:
    """Noise, (1, 4, frames, side, side), and conditions of two branches."""
    generator = torch.Generator().manual_seed(3)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    picture, shown = normal(1, 4, FRAMES, SIDE, SIDE), normal(1, 1, full_size_model.CHANNELS)
    text = normal(2, 77, full_size_model.CHANNELS)
    image = torch.cat([torch.zeros_like(shown), shown])
    return normal(1, 4, FRAMES, SIDE, SIDE), Conditions(text, image, torch.cat([picture] * 2), torch.full((2,), 8))


@pytest.fixture(scope="module")
def stock_and_ours(asked: tuple[torch.Tensor, Conditions]) -> tuple[torch.Tensor, Any]:
    """The library's answer, and then the same network with our layers; two networks of this size are too many."""
    sample, conditions = asked
    with torch.device("meta"):
        network = full_size_model.unet()
    network = built(network)
    network.set_attn_processor(AttnProcessor2_0())
    answer = expected(network, sample, TIMESTEP, conditions)
    lighten(network)
    network.set_attn_processor({name: Attend() for name in network.attn_processors})
    return answer, network


@pytest.fixture(scope="module")
def vae() -> Any:
    with torch.device("meta"):
        network = full_size_model.vae()
    return built(network)


def distance(found: torch.Tensor, wanted: torch.Tensor) -> float:
    assert float(wanted.std()) > 0.1
    return float((found - wanted).norm() / wanted.norm())


def shown(vae: Any, branches: torch.Tensor, sample: torch.Tensor, *, by_strips: bool) -> torch.Tensor:
    """The first frame after one guided step, uint8 (3, height, width)."""
    unguided, guided = branches.chunk(2)
    sampler = create_sampler("unipc", full_size_model.SCHEDULER, 2)
    latents = sampler.step(unguided + GUIDANCE * (guided - unguided), sampler.timesteps[0], sample).prev_sample
    scaled = latents[:, :, 0] / latents.std()
    decoded = decode(vae, scaled) if by_strips else vae.decode(scaled, return_dict=False)[0]
    spread = decoded / (4 * decoded.std())  # random weights know nothing of -1…1
    return ((spread[0] + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


def step(network: Any, plan: Plan, sample: torch.Tensor, conditions: Conditions) -> torch.Tensor:
    """What the network answers under a plan."""
    slice_layers(network, plan.is_sliced)
    streamed = Streamed(network, streamable_layers(network), torch.device("cpu")) if plan.is_streamed else None
    constants = hold_constants(network, conditions)
    answer = predict(network, sample, torch.tensor(TIMESTEP), constants, is_two_pass=plan.is_two_pass)
    if streamed is not None:
        streamed.end()
    return answer


@pytest.fixture
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small enough that so small a clip has many."""
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", 50_000)
    monkeypatch.setattr(strips, "VALUES_AT_ONCE", 300_000)


@pytest.mark.usefixtures("_small_pieces")
def test_no_plan_changes_a_pixel_beyond_rounding(
    stock_and_ours: tuple[torch.Tensor, Any], vae: Any, asked: tuple[torch.Tensor, Conditions]
) -> None:
    sample, conditions = asked
    wanted, network = stock_and_ours
    frame = shown(vae, wanted, sample, by_strips=False).int()
    assert float(frame.float().std()) > 30
    found = {plan.name: step(network, plan, sample, conditions) for plan in LADDER}
    kernels.pack(network)  # a processor's own order, from which there is no way back
    found["packed"] = step(network, LADDER[0], sample, conditions)
    lighten_vae(vae)
    for name, answer in found.items():
        apart = (shown(vae, answer, sample, by_strips=True).int() - frame).abs().max()
        print(f"{name}: {distance(answer, wanted):.1e}, {int(apart)} of 255")
        assert distance(answer, wanted) < CLOSE, name
        assert int(apart) <= 1, name
