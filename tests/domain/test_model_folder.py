"""A look at a model folder names everything it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from i2v.domain.model_folder import ModelLayout, take_inventory
from tests.weights.stand_in_hub import safetensors, write_model

UNET = "unet/diffusion_pytorch_model.safetensors"
HALF = "unet/diffusion_pytorch_model.fp16.safetensors"
LAYOUT = ModelLayout(
    pipeline="TinyPipeline",
    parts={"unet": ("diffusers", "TinyUNet")},
    plain_files=("unet/config.json",),
    weight_files=(UNET,),
)
MODEL = {
    "model_index.json": json.dumps({"_class_name": "TinyPipeline", "unet": ["diffusers", "TinyUNetFast"]}).encode(),
    "unet/config.json": b"{}",
    UNET: safetensors(b"12345678"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model(MODEL, tmp_path)
    return tmp_path


def test_a_whole_folder_lacks_nothing(folder: Path) -> None:
    inventory = take_inventory(folder, LAYOUT)
    assert inventory.is_complete
    assert (inventory.files, inventory.variant) == (("unet/config.json", UNET), None)


def test_half_precision_does_and_full_precision_wins(folder: Path) -> None:
    (folder / HALF).write_bytes(MODEL[UNET])
    assert take_inventory(folder, LAYOUT).variant is None
    (folder / UNET).unlink()
    inventory = take_inventory(folder, LAYOUT)
    assert inventory.is_complete
    assert (inventory.files, inventory.variant) == (("unet/config.json", HALF), "fp16")


def test_a_folder_with_one_file_is_no_model(tmp_path: Path) -> None:
    write_model({"everything.safetensors": MODEL[UNET]}, tmp_path)
    assert take_inventory(tmp_path, LAYOUT).missing == (
        "model_index.json (≠ everything.safetensors)",
        "unet/config.json",
        UNET,
    )


def test_a_pickle_in_the_place_of_weights_is_named(folder: Path) -> None:
    (folder / UNET).rename(folder / "unet/diffusion_pytorch_model.bin")
    assert take_inventory(folder, LAYOUT).missing == (f"{UNET} (≠ diffusion_pytorch_model.bin)",)


@pytest.mark.parametrize("content", [b"", b"123", MODEL[UNET][:-1], MODEL[UNET] + b"9"])
def test_weights_of_the_wrong_length_are_told_with_it(folder: Path, content: bytes) -> None:
    (folder / UNET).write_bytes(content)
    (told,) = take_inventory(folder, LAYOUT).missing
    assert told.startswith(f"{UNET} ({len(content)}/")


@pytest.mark.parametrize("content", [b"\x02\0\0\0\0\0\0\0[]", b"\x04\0\0\0\0\0\0\0\xff\xff\xff\xff", b"<html>" * 99])
def test_something_else_under_the_weights_name_is_named(folder: Path, content: bytes) -> None:
    (folder / UNET).write_bytes(content)
    (told,) = take_inventory(folder, LAYOUT).missing
    assert told.startswith(f"{UNET} (")


def test_a_header_too_long_to_be_one_is_never_read(folder: Path) -> None:
    with (folder / UNET).open("wb") as file:
        file.write((200_000_000).to_bytes(8, "little"))
        file.truncate(300_000_000)  # sparse: takes no room on the disk
    assert take_inventory(folder, LAYOUT).missing == (f"{UNET} (no safetensors header)",)


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"_class_name": "OtherPipeline", "unet": ["diffusers", "TinyUNet"]}',
        b'{"_class_name": "TinyPipeline", "unet": ["my_code", "TinyUNet"]}',
        b'{"_class_name": "TinyPipeline", "unet": [null, null]}',
        b'{"_class_name": "TinyPipeline", "unet": []}',
    ],
)
def test_an_index_that_names_other_code_is_refused(folder: Path, index: bytes) -> None:
    (folder / "model_index.json").write_bytes(index)
    assert take_inventory(folder, LAYOUT).missing == ("model_index.json",)
