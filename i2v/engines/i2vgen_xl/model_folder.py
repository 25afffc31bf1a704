"""The model's files: which must be there, whether they are whole, and the one hash that names them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from i2v.engines.i2vgen_xl.spec import NAME
from i2v.errors import WeightsMissing

INDEX = "model_index.json"
USUAL_PLACE = f"models/{NAME}"
PIPELINE = "I2VGenXLPipeline"

CLASSES = {
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "I2VGenXLUNet"],
    "vae": ["diffusers", "AutoencoderKL"],
}
"""Library and class of each part. An index that says otherwise is refused: it could name code of the folder's own."""

PLAIN_FILES = (
    "feature_extractor/preprocessor_config.json",
    "image_encoder/config.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "tokenizer/merges.txt",
    "tokenizer/tokenizer_config.json",
    "tokenizer/vocab.json",
    "unet/config.json",
    "vae/config.json",
)
WEIGHT_FILES = (
    "image_encoder/model.safetensors",
    "text_encoder/model.safetensors",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
)
HALF_PRECISION = "fp16"

_WEIGHT_SUFFIXES = {".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".pkl"}
_HASH_CHUNK_BYTES = 16 * 2**20
_HASHES: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True)
class ModelFolder:
    """A folder proven to hold the whole model. `variant` is `fp16` where only such weights are there, else None."""

    path: Path
    variant: str | None
    files: tuple[str, ...]

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
        raise WeightsMissing(engine=NAME, missing=INDEX, path=USUAL_PLACE)
    missing = [] if _index_is_right(path / INDEX) else [INDEX + _instead(path / INDEX)]
    missing += [name + _instead(path / name) for name in PLAIN_FILES if not (path / name).is_file()]
    present = []
    for name in WEIGHT_FILES:
        found = _weight_file(path, name)
        if found is None:
            missing.append(name + _instead(path / name))
        elif fault := _cut_short(path / found):
            missing.append(f"{found} ({fault})")
        else:
            present.append(found)
    if missing:
        raise WeightsMissing(engine=NAME, missing=", ".join(missing), path=str(path))
    variant = HALF_PRECISION if any(f".{HALF_PRECISION}." in name for name in present) else None
    return ModelFolder(path, variant, tuple(sorted([*PLAIN_FILES, *present])))


def _index_is_right(index: Path) -> bool:
    try:
        said = json.loads(index.read_text("utf-8"))
        # Newer libraries save the image processor as CLIPImageProcessorPil or …Fast: one prefix covers them.
        parts_are_right = all(
            said[part][0] == library and said[part][1].startswith(name) for part, (library, name) in CLASSES.items()
        )
        return parts_are_right and said["_class_name"] == PIPELINE
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False


def _weight_file(folder: Path, name: str) -> str | None:
    """The file in full precision, else the half-precision one: which is taken never depends on the device."""
    half = name.replace(".safetensors", f".{HALF_PRECISION}.safetensors")
    return next((candidate for candidate in (name, half) if (folder / candidate).is_file()), None)


def _cut_short(path: Path) -> str:
    """How many of its bytes a safetensors file has, or nothing when it has them all.

    Its first 8 bytes (little endian) give the length of a JSON header in which each tensor names its last byte.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            return f"{size}/{8 + length} bytes"
        try:
            header = json.loads(file.read(length))
            tensors = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return "no safetensors header"
    whole = 8 + length + max(tensors, default=0)
    return "" if whole == size else f"{size}/{whole} bytes"


def _instead(path: Path) -> str:
    """Weight files in the place of a missing file, in brackets, or nothing."""
    others = sorted(file.name for file in path.parent.glob("*") if file.suffix in _WEIGHT_SUFFIXES)
    return f" (≠ {', '.join(others)})" if others else ""


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
