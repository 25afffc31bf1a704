"""What the memory model says beside what is measured on this machine's processor.

    python -m benchmarks.memory_model [--divisors 16 8]

First the networks of I2VGen-XL, random and narrower than the published ones by a divisor: peak activations of a step
and of decoding a frame, as PyTorch's own allocator counts them. Then whole clips of the camera from a picture of 12
Mpx, each in a process of its own, as the system counts it.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from diffusers import AutoencoderKL, I2VGenXLUNet
from torch.profiler import ProfilerActivity, profile

from i2v.engines.base import Site
from i2v.engines.i2vgen_xl.attention import Attend
from i2v.engines.i2vgen_xl.conditioning import Conditions
from i2v.engines.i2vgen_xl.layers import lighten
from i2v.engines.i2vgen_xl.memory import RESIDENT, TWO_PASSES, Shape, decoding_bytes, denoising_bytes
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from i2v.engines.registry import engine_spec

ROOT = Path(__file__).parent.parent
UNET_WIDTHS, HEAD_WIDTH, CONTEXT_WIDTH = (320, 640, 1280, 1280), 64, 1024
VAE_WIDTHS = (128, 256, 512, 512)
STEPS = ((256, 256, 4), (256, 256, 8), (384, 192, 6), (512, 512, 4), (512, 512, 8))
FRAMES = ((256, 256), (512, 320))
CLIPS = ((512, 512, 16), (768, 768, 24), (1280, 704, 16), (1280, 1280, 32))


def main() -> None:
    """Prints one line for each thing measured."""
    parser = argparse.ArgumentParser(description="The memory model beside what is measured on the processor.")
    parser.add_argument("--divisors", nargs="+", type=int, default=[16], help="how much narrower the networks are")
    asked = parser.parse_args()
    print(f"{'what':<44}{'model MiB':>12}{'measured MiB':>14}{'measured ÷ model':>18}")
    for divisor in asked.divisors:
        for line in itertools.chain(steps(divisor), frames(divisor)):
            show(*line)
    for line in clips():
        show(*line)


def show(what: str, model: float, measured: float) -> None:
    print(f"{what:<44}{model / 2**20:>12.1f}{measured / 2**20:>14.1f}{measured / model:>18.2f}", flush=True)


def steps(divisor: int, shapes: Sequence[tuple[int, int, int]] = STEPS) -> Iterator[tuple[str, float, float]]:
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
    for dtype in (torch.float32, torch.bfloat16):
        network = network.to(dtype)
        for width, height, num_frames in shapes:
            sample = torch.randn(1, 4, num_frames, height // 8, width // 8, dtype=dtype)
            with torch.inference_mode():
                constants = hold_constants(network, conditions(sample, CONTEXT_WIDTH // divisor))
            for plan in (RESIDENT, TWO_PASSES):
                step = partial(predict, network, sample, torch.tensor(500), constants, is_two_pass=plan.is_two_pass)
                measured = allocated_peak(step)
                shape = Shape(width, height, num_frames, is_guided=True, value_bytes=dtype.itemsize)
                name = str(dtype).removeprefix("torch.")
                what = f"UNet ÷ {divisor}, {name} {width}×{height}×{num_frames} {plan.name}"
                yield what, denoising_bytes(plan, shape, 1 / divisor), measured


def conditions(sample: torch.Tensor, context: int) -> Conditions:
    """Of both branches, for latents of (1, 4, frames, height, width)."""
    return Conditions(
        text=torch.randn(2, 77, context, dtype=sample.dtype),
        image=torch.randn(2, 1, context, dtype=sample.dtype),
        image_latents=torch.cat([sample, sample]),
        fps=torch.full((2,), 8),
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
    for width, height in sizes:
        latents = torch.randn(1, 4, height // 8, width // 8)
        measured = allocated_peak(partial(network.decode, latents, return_dict=False))
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
