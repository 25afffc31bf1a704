"""The model's files: whether they are all there and whole, and the one hash that names them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from i2v.domain.model_folder import INDEX, take_inventory
from i2v.engines.i2vgen_xl.source import LAYOUT, SOURCE
from i2v.engines.i2vgen_xl.spec import NAME
from i2v.errors import WeightsMissing

_HASH_CHUNK_BYTES = 16 * 2**20
_HASHES: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True)
class ModelFolder:
    """A folder proven to hold the whole model. `variant` is `fp16` where some weights are in half precision only."""

    path: Path
    variant: str | None
    files: tuple[str, ...]

    def is_variant(self, part: str) -> bool:
        """Whether a part's weights are taken from its half-precision file."""
        return any(name.startswith(f"{part}/") and f".{self.variant}." in name for name in self.files)

    def count_values(self, part: str) -> int:
        """How many numbers a part's weights are, by the header of its file."""
        (name,) = (name for name in self.files if name.startswith(f"{part}/") and name.endswith(".safetensors"))
        with safe_open(self.path / name, framework="pt") as file:
            return sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118 - no mapping

    def sha256(self, tick: Callable[[], None]) -> str:
        """One hash over the names and bytes of all files. Reads 5 GB once per process; `tick` is called meanwhile."""
        whole = hashlib.sha256()
        for name in self.files:
            whole.update(f"{name}\0{_file_sha256(self.path / name, tick)}\n".encode())
        return whole.hexdigest()


def open_model_folder(path: Path | None) -> ModelFolder:
    """Looks a model folder over without loading it.

    Raises:
        WeightsMissing: files are missing, cut short, or there only in a form that is not loaded (a pickle, or the
            whole model as one file); `missing` names each, and in brackets what lies in its place.
    """
    if path is None:
        raise WeightsMissing(engine=NAME, missing=INDEX, path=f"models/{SOURCE.folder}")
    inventory = take_inventory(path, LAYOUT)
    if not inventory.is_complete:
        raise WeightsMissing(engine=NAME, missing=", ".join(inventory.missing), path=str(path))
    return ModelFolder(path, inventory.variant, inventory.files)


def _file_sha256(path: Path, tick: Callable[[], None]) -> str:
    state = path.stat()
    key = (str(path.resolve()), state.st_size, state.st_mtime_ns)
    if key not in _HASHES:
        content = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_HASH_CHUNK_BYTES):
                content.update(chunk)
                tick()
        _HASHES[key] = content.hexdigest()
    return _HASHES[key]
