"""The model of published size: its networks without their 5 GB, and its folder with small networks in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, I2VGenXLUNet
from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

from benchmarks import full_size_model
from benchmarks.full_size_model import NETWORKS, PARAMETERS, TINY_MODEL, build
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import load_parts


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_has_the_published_number_of_parameters(name: str) -> None:
    with torch.device("meta"):
        network = NETWORKS[name]()
    assert sum(value.numel() for value in network.parameters()) == PARAMETERS[name]


def test_the_vae_is_scaled_and_asks_for_float32_as_the_published_one_does() -> None:
    with torch.device("meta"):
        config = NETWORKS["vae"]().config
    assert (config.scaling_factor, config.force_upcast) == (0.18125, True)


def tiny(name: str) -> Any:
    """The network of the tests' own model, without its weights."""
    settings = json.loads((TINY_MODEL / name / "config.json").read_text("utf-8"))
    if name == "unet":
        return I2VGenXLUNet.from_config(settings)
    if name == "vae":
        return AutoencoderKL.from_config(settings)
    if name == "text_encoder":
        return CLIPTextModel(CLIPTextConfig(**settings))
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**settings))


def test_what_is_built_loads_as_a_model_of_four_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {}
    for name in NETWORKS:
        with torch.device("meta"):
            counts[name] = sum(value.numel() for value in tiny(name).parameters())
    monkeypatch.setattr(full_size_model, "NETWORKS", {name: lambda name=name: tiny(name) for name in NETWORKS})
    monkeypatch.setattr(full_size_model, "PARAMETERS", counts)
    build(tmp_path)
    folder = open_model_folder(tmp_path)
    assert [name for name in folder.files if name.endswith(".safetensors")] == [
        "image_encoder/model.safetensors",
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ]
    parts = load_parts(folder, torch.device("cpu"), torch.float32)
    for name in ("text_encoder", "image_encoder"):
        with parts.working(name):
            pass
    assert {key: parts.scheduler_config[key] for key in full_size_model.SCHEDULER} == full_size_model.SCHEDULER


def test_another_number_of_parameters_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_size_model, "NETWORKS", {name: lambda name=name: tiny(name) for name in NETWORKS})
    with pytest.raises(SystemExit, match="the published one"):
        build(tmp_path)
