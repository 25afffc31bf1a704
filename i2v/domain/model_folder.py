"""A model folder as diffusers lays it out: which files it must hold, and whether they are whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

INDEX = "model_index.json"
HALF_PRECISION = "fp16"

_WEIGHT_SUFFIXES = {".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".pkl"}
_LONGEST_HEADER_BYTES = 100_000_000
"""What the safetensors library itself refuses to read more of."""


@dataclass(frozen=True)
class ModelLayout:
    """What a model consists of.

    Attributes:
        pipeline: the class that its index must name.
        parts: library and class of each part, by folder. An index that says otherwise is refused: it could name code
            of the folder's own.
        plain_files: configurations and vocabularies that must be there.
        weight_files: weights that must be there, under this name or its half-precision one.
    """

    pipeline: str
    parts: Mapping[str, tuple[str, str]]
    plain_files: tuple[str, ...]
    weight_files: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """What a look at a folder found.

    Attributes:
        files: what of the model is there and whole, without the index, sorted.
        missing: the names of what is not; in brackets what lies in its place (`≠`) or how much of it is there.
        variant: `fp16` where some weights are there in half precision only, else None.
    """

    files: tuple[str, ...]
    missing: tuple[str, ...]
    variant: str | None

    @property
    def is_complete(self) -> bool:
        return not self.missing


def take_inventory(folder: Path, layout: ModelLayout) -> Inventory:
    """Looks a folder over without loading anything: file names, the index, and the headers of the weights.

    Raises:
        OSError: the folder cannot be read.
    """
    missing = [] if _index_is_right(folder / INDEX, layout) else [INDEX + _instead(folder / INDEX)]
    missing += [name + _instead(folder / name) for name in layout.plain_files if not (folder / name).is_file()]
    # Full precision wins where all of it is there, half precision elsewhere, as diffusers then loads them: which is
    # taken never depends on the device.
    is_full = all((folder / name).is_file() for name in layout.weight_files)
    present = []
    for name in layout.weight_files:
        choices = (name,) if is_full else (half_precision(name), name)
        found = next((choice for choice in choices if (folder / choice).is_file()), None)
        if found is None:
            missing.append(name + _instead(folder / name))
        elif fault := _weights_fault(folder / found):
            missing.append(f"{found} ({fault})")
        else:
            present.append(found)
    variant = HALF_PRECISION if any(f".{HALF_PRECISION}." in name for name in present) else None
    plain = [name for name in layout.plain_files if (folder / name).is_file()]
    return Inventory(tuple(sorted([*plain, *present])), tuple(missing), variant)


def half_precision(name: str) -> str:
    """`unet/model.safetensors` → `unet/model.fp16.safetensors`."""
    return name.replace(".safetensors", f".{HALF_PRECISION}.safetensors")


def _index_is_right(index: Path, layout: ModelLayout) -> bool:
    try:
        said = json.loads(index.read_text("utf-8"))
        # Newer libraries save the image processor as CLIPImageProcessorPil or …Fast: one prefix covers them.
        parts_are_right = all(
            said[part][0] == library and said[part][1].startswith(name)
            for part, (library, name) in layout.parts.items()
        )
        return parts_are_right and said["_class_name"] == layout.pipeline
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False


def _weights_fault(path: Path) -> str:
    """How many of its bytes a safetensors file has, or nothing when it has them all.

    Its first 8 bytes (little endian) give the length of a JSON header in which each tensor names its last byte.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            return f"{size}/{8 + length} bytes"
        try:
            if length > _LONGEST_HEADER_BYTES:
                raise ValueError(length)
            header = json.loads(file.read(length))
            tensors = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return "no safetensors header"
    whole = 8 + length + max(tensors, default=0)
    return "" if whole == size else f"{size}/{whole} bytes"


def _instead(path: Path) -> str:
    """Weight files in the place of a missing file, in brackets, or nothing."""
    files = (file for file in path.parent.glob("*") if file.suffix in _WEIGHT_SUFFIXES and file.is_file())
    others = sorted(file.name for file in files)
    return f" (≠ {', '.join(others)})" if others else ""
