"""What the memory model says beside what is measured on this machine's processor.

    python -m benchmarks.memory_model [--divisors 16 8] [--only counted steps frames clips]

First the networks of I2VGen-XL at their published widths, without weights: the most bytes that the tensors of a step,
of decoding and of encoding held at once, by their shapes, which takes no memory and little time. Then random networks
narrower than those by a divisor: the same as PyTorch's own allocator counts it. Then whole clips of the camera, each in
a process of its own, as the system counts it. A streamed network's weights are those in its slots and beside them.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch
from diffusers import AutoencoderKL, I2VGenXLUNet
from torch.profiler import ProfilerActivity, profile

from benchmarks.full_size_model import unet, vae
from benchmarks.tensor_count import TensorCount, without_attention
from i2v.engines.base import Site
from i2v.engines.i2vgen_xl import slices, strips
from i2v.engines.i2vgen_xl.attention import Attend
from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.layers import lighten
from i2v.engines.i2vgen_xl.memory import (
    RESIDENT,
    SLICED,
    STREAMED,
    STREAMED_UNET,
    TWO_PASSES,
    VALUES_AT_ONCE,
    Plan,
    Shape,
    decoding_bytes,
    denoising_bytes,
)
from i2v.engines.i2vgen_xl.slices import slice_layers
from i2v.engines.i2vgen_xl.streamed import Streamed, streamable_layers
from i2v.engines.i2vgen_xl.strips import decode, lighten_vae
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from i2v.engines.registry import engine_spec

ROOT = Path(__file__).parent.parent
UNET_WIDTHS, HEAD_WIDTH, CONTEXT_WIDTH = (320, 640, 1280, 1280), 64, 1024
VAE_WIDTHS = (128, 256, 512, 512)
STEPS = (
    (256, 256, 4),
    (256, 256, 8),
    (256, 256, 16),
    (384, 192, 6),
    (384, 384, 8),
    (512, 512, 4),
    (512, 512, 8),
    (512, 512, 16),
    (704, 384, 8),
    (768, 768, 6),
)
PUBLISHED_STEPS = (
    (256, 256, 8),
    (320, 320, 16),
    (384, 384, 8),
    (512, 512, 8),
    (512, 512, 16),
    (704, 384, 16),
    (768, 768, 24),
    (1280, 704, 16),
    (1024, 1024, 16),
    (1024, 1024, 32),
)
FRAMES = ((256, 256), (512, 320), (512, 512))
PUBLISHED_FRAMES = ((256, 256), (512, 512), (768, 768), (1280, 704), (1024, 1024))
CLIPS = ((512, 512, 16), (768, 768, 24), (1280, 704, 16), (1280, 1280, 32))
PLANS = (RESIDENT, TWO_PASSES, SLICED, STREAMED)
"""Those whose steps differ."""


def main() -> None:
    """Prints one line for each thing measured."""
    parser = argparse.ArgumentParser(description="The memory model beside what is measured on the processor.")
    parser.add_argument("--divisors", nargs="+", type=int, default=[16], help="how much narrower the networks are")
    kinds = ["counted", "steps", "frames", "clips"]
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds, help="what to measure")
    asked = parser.parse_args()
    print(f"{'what':<52}{'model MiB':>12}{'measured MiB':>14}{'measured ÷ model':>18}")
    lines: dict[str, Callable[[], Iterator[tuple[str, float, float]]]] = {
        "counted": lambda: itertools.chain(counted_steps(), counted_frames()),
        "steps": lambda: itertools.chain.from_iterable(map(steps, asked.divisors)),
        "frames": lambda: itertools.chain.from_iterable(map(frames, asked.divisors)),
        "clips": clips,
    }
    for kind in asked.only:
        for line in lines[kind]():
            show(*line)


def show(what: str, model: float, measured: float) -> None:
    print(f"{what:<52}{model / 2**20:>12.1f}{measured / 2**20:>14.1f}{measured / model:>18.2f}", flush=True)


def counted_steps(
    shapes: Sequence[tuple[int, int, int]] = PUBLISHED_STEPS, plans: Sequence[Plan] = PLANS
) -> Iterator[tuple[str, float, float]]:
    """One step in float16 at the published widths, by the shapes of its tensors: what, by the model, counted."""
    with torch.device("meta"):
        network = unet().half().eval()
    lighten(network)
    network.set_attn_processor({name: Attend() for name in network.attn_processors})
    for shape, plan in itertools.product(shapes, plans):
        width, height, num_frames = shape
        wanted = Shape(width, height, num_frames, is_guided=True, value_bytes=2)
        slice_layers(network, plan.is_sliced)
        with torch.device("meta"), torch.inference_mode(), without_attention():
            sample = torch.empty(1, 4, num_frames, height // 8, width // 8, dtype=torch.half)
            constants = hold_constants(network, conditions(sample, CONTEXT_WIDTH))
            with TensorCount() as count:
                predict(network, sample, torch.tensor(500), constants, is_two_pass=plan.is_two_pass)
        model, measured = denoising_bytes(plan, wanted), count.peak
        if plan.is_streamed:
            layers = [sum(value.nbytes for value in layer.parameters()) for layer in streamable_layers(network)]
            total = sum(value.nbytes for value in network.parameters())
            model, measured = model + round(STREAMED_UNET * total), measured + total - sum(layers) + 2 * max(layers)
        yield f"UNet, counted, {width}×{height}×{num_frames} {plan.name}", model, measured


def counted_frames(sizes: Sequence[tuple[int, int]] = PUBLISHED_FRAMES) -> Iterator[tuple[str, float, float]]:
    """Decoding a frame and encoding the picture at the published widths, likewise."""
    with torch.device("meta"):
        network = vae().eval()
    lighten_vae(network)
    for width, height in sizes:
        with torch.device("meta"), torch.inference_mode(), without_attention():
            latents, picture = torch.empty(1, 4, height // 8, width // 8), torch.empty(1, 3, height, width)
            with TensorCount() as decoding:
                decode(network, latents)
            with TensorCount() as encoding:
                network.encode(picture)
        model = decoding_bytes(Shape(width, height, 1, is_guided=True, value_bytes=4))
        yield f"VAE, counted, {width}×{height} decoding", model, decoding.peak
        yield f"VAE, counted, {width}×{height} encoding", model, encoding.peak


def steps(
    divisor: int, shapes: Sequence[tuple[int, int, int]] = STEPS, dtypes: Sequence[torch.dtype] = (torch.float32,)
) -> Iterator[tuple[str, float, float]]:
    """One pass through a UNet whose every width is the published one's by `divisor`: what, by the model, measured."""
    network = I2VGenXLUNet(
        sample_size=32,
        block_out_channels=tuple(width // divisor for width in UNET_WIDTHS),
        attention_head_dim=HEAD_WIDTH // divisor,
        cross_attention_dim=CONTEXT_WIDTH // divisor,
        norm_num_groups=4,
    ).eval()
    lighten(network)
    network.set_attn_processor({name: Attend() for name in network.attn_processors})
    for dtype, (width, height, num_frames), plan in itertools.product(dtypes, shapes, PLANS):
        if network.dtype != dtype:
            network = network.to(dtype)
        slice_layers(network, plan.is_sliced)
        sample = torch.randn(1, 4, num_frames, height // 8, width // 8, dtype=dtype)
        with torch.inference_mode():
            constants = hold_constants(network, conditions(sample, CONTEXT_WIDTH // divisor))
        step = partial(predict, network, sample, torch.tensor(500), constants, is_two_pass=plan.is_two_pass)
        shape = Shape(width, height, num_frames, is_guided=True, value_bytes=dtype.itemsize)
        with patch.object(slices, "VALUES_AT_ONCE", VALUES_AT_ONCE // divisor):
            if plan.is_streamed:
                weights, measured = _streamed_step(network, step)
            else:
                weights, measured = 0, allocated_peak(step)
        name = str(dtype).removeprefix("torch.")
        what = f"UNet ÷ {divisor}, {name} {width}×{height}×{num_frames} {plan.name}"
        yield what, denoising_bytes(plan, shape, 1 / divisor) + weights, measured


def _streamed_step(network: I2VGenXLUNet, step: Callable[[], object]) -> tuple[int, int]:
    """Bytes of weights on the device by the model, and measured bytes of weights and activations."""
    layers = streamable_layers(network)
    total = sum(value.nbytes for value in network.parameters())
    beside = total - sum(value.nbytes for layer in layers for value in layer.parameters())
    streamed = Streamed(network, layers, torch.device("cpu"))
    measured = allocated_peak(step) + beside + streamed.slot_bytes
    streamed.end()
    return round(STREAMED_UNET * total), measured


def conditions(sample: torch.Tensor, context: int) -> Conditions:
    """Of both branches, for latents of (1, 4, frames, height, width)."""
    return Conditions(
        text=torch.randn(2, 77, context, dtype=sample.dtype),
        image=torch.randn(2, 1, context, dtype=sample.dtype),
        image_latents=torch.cat([sample, sample]),
        fps=torch.full((2,), 8, device=sample.device),
    )


def frames(divisor: int, sizes: Sequence[tuple[int, int]] = FRAMES) -> Iterator[tuple[str, float, float]]:
    """Decoding one frame by a VAE whose every width is the published one's by `divisor`."""
    network = AutoencoderKL(
        block_out_channels=tuple(width // divisor for width in VAE_WIDTHS),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=4,
    ).eval()
    lighten_vae(network)
    for width, height in sizes:
        latents = torch.randn(1, 4, height // 8, width // 8)
        with patch.object(strips, "VALUES_AT_ONCE", strips.VALUES_AT_ONCE // divisor):
            measured = allocated_peak(partial(decode, network, latents))
        shape = Shape(width, height, 1, is_guided=True, value_bytes=4)
        yield f"VAE ÷ {divisor}, float32 {width}×{height}", decoding_bytes(shape, 1 / divisor), measured


def allocated_peak(work: Callable[[], object]) -> int:
    """Most bytes that the CPU allocator had handed out during the work, beyond those before it."""
    with torch.inference_mode(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watch:
        work()
    assert watch.profiler is not None
    told = [event for event in watch.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(told, key=lambda event: int(event.start_ns())):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def clips() -> Iterator[tuple[str, float, float]]:
    """Whole clips of the camera, each in a fresh process."""
    spec = engine_spec("camera")
    assert spec.memory is not None
    for width, height, num_frames in CLIPS:
        options = spec.options.model_validate({"width": width, "height": height, "num_frames": num_frames})
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "benchmarks.one_clip",
            str(width),
            str(height),
            str(num_frames),
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        model = spec.memory(options, Site("cpu", 4))[0].peak_bytes
        yield f"camera {width}×{height}×{num_frames}, whole process", model, float(told.splitlines()[-1])


if __name__ == "__main__":
    main()
