"""Ours beside diffusers' own I2VGen-XL in one run: same weights, same noise, same shape; on a CPU or with CUDA.

    python main.py bench --against stock [--width 256] [--height 256] [--frames 8] [--steps 3] [--runs 1]
        [--compiled] [--json]

The model has its published size and random weights, written to `models/` the first time (5 GB): its pictures are noise,
its speed and memory those of the real one. Each side has a process of its own, so that its memory and its way from
files to the first step are its own. The first step of a clip, which the encoders belong to, is not timed.
`--compiled` adds both with their repeated layers compiled, in the precision of ours; it needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.compiled import compile_layers, plain_weights
from benchmarks.full_size_model import build
from benchmarks.rig import Clip, ClipShape, Clock, Ours, Rig
from benchmarks.stock import Stock
from i2v.engines.i2vgen_xl.parts import choose_device, choose_dtype
from i2v.engines.i2vgen_xl.spec import SPEC, I2VGenXLOptions, count_flops
from i2v.machine.browser import is_wsl
from i2v.machine.processor import processor_name

CLIP_STEPS = 50
"""Of the clip that `seconds_per_clip` is about: the model's documented number."""

_MODEL = Path(__file__).parent.parent / "models" / "i2vgen-xl-random"
_ASKED_FOR = ("width", "height", "num_frames", "num_inference_steps")
_MATRIX = {"cpu": 2048, "cuda": 8192}
"""Side of the matrices whose product is timed."""
_CONVOLUTION = {"cpu": 640, "cuda": 2560}
"""Channels of the convolution that is timed beside it."""
_TRIES = 10
_HOURS = 3600.0


@dataclass(frozen=True)
class Side:
    """One way to make the clip, and what it is asked for.

    Attributes:
        name: as it is printed.
        maker: `ours` or `stock`.
        dtype: by torch's name.
        options: of the engine beyond shape and steps.
        clip_steps: of the clip that counts.
        is_compiled: whether the UNet's repeated layers are.
    """

    name: str
    maker: str
    dtype: str
    options: Mapping[str, Any] = field(default_factory=dict)
    clip_steps: int = CLIP_STEPS
    is_compiled: bool = False


@dataclass
class Result:
    """What one side took.

    Attributes:
        dtype: by torch's name.
        made_on: plan and attention.
        step_seconds: of every step but each clip's first.
        clip_seconds: of whole clips of the side's `clip_steps`, weights being there; extrapolated where fewer were
            taken.
        load_to_first_step: seconds from nothing in memory to the end of the first step, files in the system's cache.
        peak_gb: most memory, in GiB: allocated on the card, else of the whole process.
        matrix_flops: operations per second of large matrix products in this precision.
        latents: (1, 4, frames, height/8, width/8) of the first clip.
    """

    dtype: str
    made_on: Mapping[str, Any]
    step_seconds: list[float]
    clip_seconds: list[float]
    load_to_first_step: float
    peak_gb: float
    matrix_flops: float
    latents: npt.NDArray[np.float32]


def sides(device: torch.device, *, with_compiled: bool) -> list[Side]:
    """Stock as it ships first. Where 16 bits pay on this CPU, stock in them too: what is left then is ours alone."""
    name = str(choose_dtype(device)).removeprefix("torch.")
    shipped = "float32" if device.type == "cpu" else "float16"
    fast = SPEC.presets["fast"]
    fast_options = {key: fast[key] for key in fast if key not in _ASKED_FOR}
    listed = [Side("stock", "stock", shipped)]
    if name != shipped:
        listed.append(Side(f"stock {name}", "stock", name))
    listed += [Side("ours", "ours", name), Side("ours fast", "ours", name, fast_options, fast["num_inference_steps"])]
    if device.type == "cpu":
        listed.append(Side("ours exact", "ours", "float32", {"exact": True}))
    if with_compiled:
        listed += [Side(f"{maker} compiled", maker, name, is_compiled=True) for maker in ("stock", "ours")]
    return listed


def measure(side: Side, folder: Path, device_name: str, shape: ClipShape, steps: int, runs: int) -> Result:
    """Makes the side's clips in this process, which is to be a fresh one."""
    device, dtype = torch.device(device_name), getattr(torch, side.dtype)
    rig = Rig(folder, device, dtype, steps, runs, (shape,), shape, Clock(_HOURS))
    flops = matrix_flops(device, dtype)
    model: Ours | Stock = Ours(rig, dtype) if side.maker == "ours" else Stock(rig, dtype)
    taken = min(side.clip_steps, max(steps, 2))
    clips: list[Clip] = []
    began = time.perf_counter()
    model.load()
    if side.is_compiled:
        prepare_compiled(model, shape)
    loaded = time.perf_counter() - began
    for _ in range(runs):
        made = model.make(shape, taken, **side.options) if isinstance(model, Ours) else model.make(shape, taken)
        if not made.is_finite:
            raise SystemExit(f"{side.name}: NaN or infinity")
        clips.append(made)
    first = clips[0]
    assert first.to_first_step is not None
    assert first.latents is not None
    left = side.clip_steps - taken
    return Result(
        dtype=side.dtype,
        made_on={key: value for key, value in model.made_on().items() if key != "dtype"},
        step_seconds=[seconds for clip in clips for seconds in clip.step_seconds],
        clip_seconds=[
            (clip.seconds or 0) - clip.loading_seconds + left * statistics.mean(clip.step_seconds) for clip in clips
        ],
        load_to_first_step=loaded + first.to_first_step,
        peak_gb=max(next(iter(clip.peak.values())) for clip in clips),
        matrix_flops=flops,
        latents=first.latents.numpy(),
    )


def prepare_compiled(model: Ours | Stock, shape: ClipShape) -> None:
    """Has the UNet's layers compiled. Of ours the networks are read by a first clip, so that it makes one."""
    if isinstance(model, Stock):
        compile_layers(model.unet)
        return
    with plain_weights():
        model.make(shape, 1, only_first_frame=True)
    compile_layers(model.parts.unet)


def matrix_flops(device: torch.device, dtype: torch.dtype) -> float:
    """The most operations per second reached here by a product of large matrices or a large convolution.

    Which of the two is faster depends on the library that each goes through: on a CPU without AVX-512 a product has
    reached little more than half of what a convolution does.
    """
    side, size = _MATRIX[device.type], _CONVOLUTION[device.type]
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    values = torch.randn(1, size, 64, 64, device=device).to(dtype, memory_format=torch.channels_last)
    weights = torch.randn(size, size, 3, 3, device=device).to(dtype, memory_format=torch.channels_last)
    works: tuple[tuple[Callable[[], object], int], ...] = (
        (lambda: left @ right, 2 * side**3),
        (lambda: torch.nn.functional.conv2d(values, weights, padding=1), 2 * 9 * size**2 * 64**2),
    )
    return max(flops / min(_seconds(work, device) for _ in range(_TRIES)) for work, flops in works)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def tell(side: Side, result: Result, shape: ClipShape, steps: int, *, is_full_size: bool) -> dict[str, Any]:
    """A side's figures, under the names of the JSON object."""
    told: dict[str, Any] = {
        "dtype": result.dtype,
        **result.made_on,
        "seconds_per_step": statistics.median(result.step_seconds),
        "step_spread": [min(result.step_seconds), max(result.step_seconds)],
        "seconds_per_clip": statistics.median(result.clip_seconds),
        "clip_spread": [min(result.clip_seconds), max(result.clip_seconds)],
        "clip_steps": side.clip_steps,
        "is_clip_extrapolated": max(steps, 2) < side.clip_steps,
        "load_to_first_step_seconds": result.load_to_first_step,
        "peak_gb": result.peak_gb,
    }
    if is_full_size:  # operations are counted on the published widths
        options = I2VGenXLOptions(
            width=shape.width, height=shape.height, num_frames=shape.num_frames, num_inference_steps=1
        )
        achieved = count_flops(options) / statistics.mean(result.step_seconds)
        told |= {"flops": achieved, "share_of_matrix_peak": achieved / result.matrix_flops}
    return told


def relative(latents: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    """‖a − b‖ / ‖b‖."""
    return float(np.linalg.norm(latents - others) / np.linalg.norm(others))


def compare(asked: argparse.Namespace) -> dict[str, Any]:
    """Measures all sides, one process after the other, and prints a line for each."""
    if not (asked.model / "model_index.json").exists():
        asked.model.mkdir(parents=True, exist_ok=True)
        build(asked.model)
    device = choose_device(asked.device)
    shape = ClipShape(asked.width, asked.height, asked.frames)
    rig = Rig(asked.model, device, torch.float32, asked.steps, asked.runs, (shape,), shape, Clock(_HOURS))
    found: dict[str, Any] = {
        "shape": {"width": asked.width, "height": asked.height, "num_frames": asked.frames},
        "system": system(device),
        "model": f"{asked.model.name}, {'published size' if rig.is_full_size else 'a small one'}",
    }
    print(f"{shape} on {found['system']}; {found['model']}", flush=True)
    print(_HEAD, flush=True)
    results: dict[str, Result] = {}
    for side in sides(device, with_compiled=asked.compiled):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as one:
            task = one.submit(measure, side, asked.model, device.type, shape, asked.steps, asked.runs)
            results[side.name] = task.result()
        told = tell(side, results[side.name], shape, asked.steps, is_full_size=rig.is_full_size)
        found[side.name.replace(" ", "_")] = told
        print(_line(side.name, told), flush=True)
    return found | _ratios(found, results)


def _ratios(found: Mapping[str, Any], results: Mapping[str, Result]) -> dict[str, Any]:
    stock, ours = found["stock"], found["ours"]
    ratios = {
        "ratio": stock["seconds_per_step"] / ours["seconds_per_step"],
        "ratio_fast_clip": stock["seconds_per_clip"] / found["ours_fast"]["seconds_per_clip"],
        "relative_difference": relative(results["ours"].latents, results["stock"].latents),
    }
    same = found.get(f"stock_{ours['dtype']}", stock)
    ratios["ratio_same_dtype"] = same["seconds_per_step"] / ours["seconds_per_step"]
    if "ours_exact" in found:
        ratios["ratio_exact"] = stock["seconds_per_step"] / found["ours_exact"]["seconds_per_step"]
        ratios["relative_difference_exact"] = relative(results["ours exact"].latents, results["stock"].latents)
    return ratios


def system(device: torch.device) -> str:
    """`Linux`, `WSL2`, `Windows` …, with the processor or the card that computes."""
    name = "WSL2" if is_wsl() else platform.system()
    if device.type == "cuda":
        return f"{name}, {torch.cuda.get_device_name(device)}"
    return f"{name}, {processor_name()}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"


_COLUMNS = ("s/step", "min", "max", "s/clip", "min", "max", "to step 1", "peak GiB", "GFLOP/s", "of peak")
_HEAD = f"{'':<16}{'dtype':<10}" + "".join(f"{column:>11}" for column in _COLUMNS)


def _line(name: str, told: Mapping[str, Any]) -> str:
    about = "~" if told["is_clip_extrapolated"] else ""
    cells = [
        f"{told['seconds_per_step']:.3g}",
        f"{told['step_spread'][0]:.3g}",
        f"{told['step_spread'][1]:.3g}",
        *(f"{about}{seconds:.4g}" for seconds in (told["seconds_per_clip"], *told["clip_spread"])),
        f"{told['load_to_first_step_seconds']:.1f}",
        f"{told['peak_gb']:.2f}",
        f"{told['flops'] / 1e9:.0f}" if "flops" in told else "–",
        f"{told['share_of_matrix_peak']:.0%}" if "flops" in told else "–",
    ]
    return f"{name:<16}{told['dtype']:<10}" + "".join(f"{cell:>11}" for cell in cells)


def ask(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser("main.py bench", description="Times ours beside diffusers' own pipeline.")
    parser.add_argument("--against", choices=["stock"], default="stock", help="diffusers' own I2VGenXLPipeline")
    parser.add_argument("--width", type=int, default=256, help="pixels (256)")
    parser.add_argument("--height", type=int, default=256, help="pixels (256)")
    parser.add_argument("--frames", type=int, default=8, help="of the clip (8)")
    parser.add_argument("--steps", type=int, default=3, help="taken of each clip, the first untimed (3)")
    parser.add_argument("--runs", type=int, default=1, help="clips of each side (1)")
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="auto")
    parser.add_argument("--model", type=Path, default=_MODEL, help="its folder; random weights if missing")
    parser.add_argument("--compiled", action="store_true", help="both with torch.compile too")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    asked = parser.parse_args(arguments)
    for name in ("width", "height"):
        if getattr(asked, name) < 64 or getattr(asked, name) % 64:
            parser.error(f"--{name} {getattr(asked, name)}: a multiple of 64 is needed, for example 256")
    for name in ("frames", "steps", "runs"):
        if getattr(asked, name) < 1:
            parser.error(f"--{name} {getattr(asked, name)}: at least 1 is needed")
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table, how many times faster ours is, and on request all as JSON."""
    asked = ask(arguments)
    found = compare(asked)
    print(
        f"\nper step {found['ratio']:.2f} times as fast as stock, {found['ratio_same_dtype']:.2f} in the same precision"
    )
    print(f"preset fast {found['ratio_fast_clip']:.2f} times as fast as {CLIP_STEPS} steps of stock")
    if "ratio_exact" in found:
        print(f"exact {found['ratio_exact']:.2f} times per step, {found['relative_difference_exact']:.1e} apart")
    if max(asked.steps, 2) < CLIP_STEPS:
        print(f"s/clip with ~ is extrapolated to the steps of the clip ({CLIP_STEPS}; preset fast its own)")
    if asked.json:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
