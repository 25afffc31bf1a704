from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from i2v.engines.base import Workplace
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import load_parts
from i2v.errors import WeightsMissing
from tests.engines.i2vgen_xl.running import MODEL

UNET = "unet/diffusion_pytorch_model.safetensors"


def missing_from(path: Path | None) -> str:
    with pytest.raises(WeightsMissing) as refused:
        open_model_folder(path)
    return str(refused.value.values["missing"])


def test_a_whole_folder_is_taken() -> None:
    folder = open_model_folder(MODEL)
    assert folder.variant is None
    assert UNET in folder.files


def test_no_folder_at_all_says_where_the_model_usually_is() -> None:
    with pytest.raises(WeightsMissing) as refused:
        I2VGenXLEngine().load(Workplace("cpu", None), lambda event: None)
    assert refused.value.values["path"] == "models/i2vgen-xl"


def test_an_empty_folder_misses_everything(tmp_path: Path) -> None:
    missing = missing_from(tmp_path)
    assert missing.startswith("model_index.json, ")
    assert UNET in missing


def test_a_missing_part_is_named(model_copy: Path) -> None:
    (model_copy / UNET).unlink()
    (model_copy / "tokenizer/merges.txt").unlink()
    assert missing_from(model_copy) == f"tokenizer/merges.txt, {UNET}"


def test_a_single_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "everything.safetensors").write_bytes(b"x")
    assert missing_from(tmp_path).startswith("model_index.json (≠ everything.safetensors), ")


def test_a_pickle_is_never_taken_for_weights(model_copy: Path) -> None:
    (model_copy / UNET).rename(model_copy / "unet/diffusion_pytorch_model.bin")
    assert missing_from(model_copy) == f"{UNET} (≠ diffusion_pytorch_model.bin)"


def test_weights_cut_short_are_told_with_their_size(model_copy: Path) -> None:
    whole = (model_copy / UNET).read_bytes()
    (model_copy / UNET).write_bytes(whole[:-100])
    assert missing_from(model_copy) == f"{UNET} ({len(whole) - 100}/{len(whole)} bytes)"


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]", b"<html>404</html>" * 9])
def test_something_else_under_the_weights_name_is_refused(model_copy: Path, content: bytes) -> None:
    (model_copy / UNET).write_bytes(content)
    assert missing_from(model_copy).startswith(f"{UNET} (")


@pytest.mark.parametrize(
    "change",
    [
        {"_class_name": "SomethingElse"},
        {"_class_name": ["pipeline", "I2VGenXLPipeline"]},
        {"unet": ["my_unet", "I2VGenXLUNet"]},
        {"unet": "I2VGenXLUNet"},
        {"vae": None},
    ],
)
def test_an_index_that_names_other_code_is_refused(model_copy: Path, change: dict[str, object]) -> None:
    index = model_copy / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text("utf-8")) | change), "utf-8")
    assert missing_from(model_copy) == "model_index.json"


def test_half_precision_files_do_where_there_are_no_others(model_copy: Path) -> None:
    for part, name in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        (model_copy / part / f"{name}.safetensors").rename(model_copy / part / f"{name}.fp16.safetensors")
    folder = open_model_folder(model_copy)
    assert folder.variant == "fp16"
    assert "unet/diffusion_pytorch_model.fp16.safetensors" in folder.files


def test_where_some_parts_are_in_half_precision_only_the_hash_is_of_the_files_that_are_loaded(model_copy: Path) -> None:
    """diffusers takes the half-precision file of each part that has one, if it takes that of any."""
    unet, vae = model_copy / UNET, model_copy / "vae/diffusion_pytorch_model.safetensors"
    unet.rename(unet.with_name("diffusion_pytorch_model.fp16.safetensors"))
    zeros = {name: torch.zeros_like(value) for name, value in load_file(vae).items()}
    save_file(zeros, vae.with_name("diffusion_pytorch_model.fp16.safetensors"), metadata={"format": "pt"})
    folder = open_model_folder(model_copy)
    loaded = load_parts(folder, torch.device("cpu"), torch.float32)
    assert not any(value.any() for value in loaded.vae.parameters())
    assert [name for name in folder.files if name.endswith(".safetensors")] == [
        "image_encoder/model.safetensors",
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.fp16.safetensors",
    ]


def test_one_changed_byte_changes_the_hash(model_copy: Path) -> None:
    before = open_model_folder(model_copy).sha256(lambda: None)
    assert before == open_model_folder(MODEL).sha256(lambda: None)
    weights = bytearray((model_copy / UNET).read_bytes())
    weights[-1] ^= 1
    (model_copy / UNET).write_bytes(weights)
    assert open_model_folder(model_copy).sha256(lambda: None) != before


def test_files_that_did_not_change_are_read_once(model_copy: Path) -> None:
    reads: list[None] = []
    folder = open_model_folder(model_copy)
    folder.sha256(lambda: reads.append(None))
    first = len(reads)
    folder.sha256(lambda: reads.append(None))
    assert (first, len(reads) - first) == (len(folder.files), 0)
    os.utime(model_copy / UNET, ns=(1, 1))
    folder.sha256(lambda: reads.append(None))
    assert len(reads) - first == 1
