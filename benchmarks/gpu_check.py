"""Measures I2VGen-XL on this machine's GPU beside the library's own pipeline, and checks what a GPU may break.

    python -m benchmarks.gpu_check [--out FOLDER] [--budget-seconds 450]

Builds the model at its published size with random weights where it is not there yet (5 GB). Prints as it goes; writes
`gpu_check.json` and `gpu_check.md` after each check, so that a run that is killed leaves what it had. Exit code 1
if a check failed.

On a machine without a card the same command rehearses on the processor, with the tests' tiny model and in a minute: all
checks are made, and the report says that none of its figures is a GPU's. Where the driver has a card that PyTorch
cannot use, it ends with 2 and says so.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import shlex
import shutil
import sys
import time
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
import torch

from benchmarks.checks import CHECKS, Row
from benchmarks.full_size_model import build
from benchmarks.rig import ClipShape, Clock, OutOfTime, Rig
from i2v.machine.gpu import GpuMonitor
from i2v.machine.memory import GIB

_ROOT = Path(__file__).parent.parent
_TINY_MODEL = _ROOT / "tests" / "golden" / "model"
_LIBRARIES = ("torch", "diffusers", "transformers", "xformers")
_SMALL = ClipShape(256, 256, 8)
_REHEARSAL = "no CUDA device here: rehearsed on the processor, and none of these figures is a GPU's"


class Record:
    """All that was found, as it is printed and as it is written."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = about
        self._sections: dict[str, dict[str, Any]] = {}

    def begin(self, name: str) -> None:
        print(f"\n{name}", flush=True)
        self._sections[name] = {"rows": [], "fault": "", "out_of_time": False, "seconds": 0.0}

    def add(self, name: str, row: Row) -> None:
        figures = ", ".join(f"{column} {_shown(value)}" for column, value in row.values.items())
        print(f"  {'FAILED ' if row.fault else ''}{row.name}: {figures}", flush=True)
        if row.fault:
            print(f"         {row.fault}", flush=True)
        self._sections[name]["rows"].append({"name": row.name, **row.values, "fault": row.fault})

    def fail(self, name: str, reason: str) -> None:
        print(f"  FAILED {reason}", flush=True)
        self._sections[name]["fault"] = reason

    def stop(self, name: str) -> None:
        print("  stopped: its share of the time is used up", flush=True)
        self._sections[name]["out_of_time"] = True

    def end(self, name: str, seconds: float) -> None:
        """Writes both files anew."""
        self._sections[name]["seconds"] = seconds
        content = {**self._about, "failed": self.failed(), "sections": self._sections}
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "gpu_check.json").write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
        (self._folder / "gpu_check.md").write_text(self._markdown(), "utf-8")

    def failed(self) -> list[str]:
        """Names of the sections with a fault."""
        return [
            name
            for name, section in self._sections.items()
            if section["fault"] or any(row["fault"] for row in section["rows"])
        ]

    def _markdown(self) -> str:
        lines = [f"- {name}: {_shown(value)}" for name, value in self._about.items()]
        for name, section in self._sections.items():
            lines += ["", f"### {name}"]
            tables: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            for row in section["rows"]:
                tables.setdefault(tuple(column for column in row if row[column] != ""), []).append(row)
            for columns, rows in tables.items():
                lines += ["", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
                lines += [f"| {' | '.join(_shown(row[column]) for column in columns)} |" for row in rows]
            lines += ["", f"**failed**: {section['fault']}"] if section["fault"] else []
            lines += ["", "stopped: its share of the time was used up"] if section["out_of_time"] else []
        return "\n".join(lines) + "\n"


def run_checks(rig: Rig, names: list[str], record: Record) -> None:
    """Runs one check after the other; what one does not use of its time is there for the next."""
    while names:
        name, *names = names
        share, check = CHECKS[name]
        began = time.monotonic()
        record.begin(name)
        try:
            with rig.clock.at_most(share / (share + sum(CHECKS[later][0] for later in names))):
                rig.clock.check()
                for row in check(rig):
                    record.add(name, row)
        except OutOfTime:
            record.stop(name)
        except Exception as cause:  # whatever it is, the other checks are to be made
            traceback.print_exc()
            record.fail(name, f"{type(cause).__name__}: {cause}".splitlines()[0])
        rig.clear()
        record.end(name, time.monotonic() - began)


def describe(rig: Rig, command: str) -> dict[str, Any]:
    """The machine and the settings: without them a figure says nothing."""
    about: dict[str, Any] = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "command": command}
    if rig.is_cuda:
        card = torch.cuda.get_device_properties(rig.device)
        about |= {"device": card.name, "device memory GiB": round(card.total_memory / GIB, 1)}
        about |= {"CUDA": torch.version.cuda, "in use on the card": _memory_in_use()}
    else:
        about |= {"device": f"CPU, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"}
        about |= {"load when it began": round(psutil.getloadavg()[0], 1)}
    about |= {"system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"}
    about |= {library: _version(library) for library in _LIBRARIES}
    about |= {"model": f"{rig.folder.name}, {'published size' if rig.is_full_size else 'a small one'}"}
    return about | {"dtype": str(rig.dtype).removeprefix("torch.")}


def ask(arguments: list[str] | None = None) -> argparse.Namespace:
    """What to measure. Where no device is named and there is no CUDA, small things on the processor."""
    parser = argparse.ArgumentParser(description="Measures and checks I2VGen-XL on this machine's GPU.")
    parser.add_argument("--device", choices=["cuda", "cpu"], help="cuda; where there is none, a rehearsal on cpu")
    parser.add_argument("--dtype", choices=["float16", "bfloat16", "float32"], help="float16; float32 on a CPU")
    parser.add_argument("--model", type=Path, default=_ROOT / "models" / "i2vgen-xl-random", help="built if missing")
    shapes = [ClipShape(512, 512, 16), ClipShape(1280, 704, 16)]
    parser.add_argument("--shapes", nargs="+", type=ClipShape.parse, default=shapes, metavar="512x512x16")
    parser.add_argument("--small-shape", type=ClipShape.parse, help="for what is not about seconds")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3, help="clips per shape, where time allows")
    parser.add_argument("--checks", nargs="+", choices=list(CHECKS), default=list(CHECKS))
    parser.add_argument("--budget-seconds", type=float, default=450.0, help="for all, building the model included")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "outputs")), help="folder of the files")
    asked = parser.parse_args(arguments)
    asked.is_rehearsal = asked.device is None and not torch.cuda.is_available()
    if asked.is_rehearsal:
        parser.set_defaults(device="cpu", model=_TINY_MODEL, shapes=[ClipShape(64, 64, 8)], steps=5, is_rehearsal=True)
        return parser.parse_args(arguments)
    asked.device = asked.device or "cuda"
    return asked


def main() -> int:
    """Runs what was asked for; 1 if a check failed."""
    asked = ask()
    clock = Clock(asked.budget_seconds)
    gc.freeze()  # what the libraries made at import need not be looked through each time a model is let go
    if reason := why_no_card(asked):
        print(reason, file=sys.stderr)
        return 2
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
    if not (asked.model / "model_index.json").exists():
        build_whole(asked.model)
    dtype = asked.dtype or ("float16" if asked.device == "cuda" else "float32")
    shapes = tuple(sorted(asked.shapes, key=lambda shape: shape.size))
    rig = Rig(
        folder=asked.model,
        device=torch.device(asked.device),
        dtype=getattr(torch, dtype),
        steps=asked.steps,
        runs=asked.runs,
        shapes=shapes,
        small=asked.small_shape or min(_SMALL, shapes[0], key=lambda shape: shape.size),
        clock=clock,
    )
    about = describe(rig, shlex.join(["python", "-m", "benchmarks.gpu_check", *sys.argv[1:]]))
    if asked.is_rehearsal:
        about = {"REHEARSAL": _REHEARSAL, **about}
    print("\n".join(f"{name}: {value}" for name, value in about.items()), flush=True)
    record = Record(asked.out, about)
    run_checks(rig, asked.checks, record)
    failed = record.failed()
    print(f"\n{'failed: ' + ', '.join(failed) if failed else 'no check failed'}; written to {asked.out}")
    if asked.is_rehearsal:
        print(_REHEARSAL)
    return 1 if failed else 0


def why_no_card(asked: argparse.Namespace) -> str:
    """Why a card that is asked for or is there cannot be measured, or nothing."""
    if torch.cuda.is_available() or not (asked.is_rehearsal or asked.device == "cuda"):
        return ""
    cards = ", ".join(gpu.name for gpu in GpuMonitor().gpus())
    if cards:
        return f"The driver has {cards}, but PyTorch {torch.__version__} cannot use it: install a CUDA build of it."
    return (
        "" if asked.is_rehearsal else "PyTorch finds no CUDA device here; without --device this rehearses on the CPU."
    )


def build_whole(folder: Path) -> None:
    """Builds the full-size model; a run that was killed meanwhile leaves nothing that looks like one."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    print(f"building the model in {folder}, 5 GB", flush=True)
    build(part)
    part.rename(folder)


def _memory_in_use() -> str:
    """What is taken before a model is loaded: a busy card measures wrongly."""
    used = [gpu.memory_used for gpu in GpuMonitor().gpus() if gpu.memory_used is not None]
    return ", ".join(f"{each / GIB:.1f} GiB" for each in used) or "unknown"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return "–" if value is None else str(value).replace("|", "/")


if __name__ == "__main__":
    sys.exit(main())
