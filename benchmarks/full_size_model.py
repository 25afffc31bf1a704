"""Builds I2VGen-XL at its published size with random weights.

    python -m benchmarks.full_size_model FOLDER

The folder takes 5 GB (16-bit safetensors) and loads like the real model. Its pictures are noise; its speed and memory
are those of the real one, which `main.py bench` and `benchmarks.gpu_check` measure. Widths, depths and parameter counts
are the published ones.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, I2VGenXLUNet
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

from i2v.engines.i2vgen_xl.source import LAYOUT

TINY_MODEL = Path(__file__).parent.parent / "tests" / "golden" / "model"
PARAMETERS = {
    "unet": 1_420_469_224,
    "text_encoder": 352_984_064,
    "image_encoder": 632_076_800,
    "vae": 83_653_863,
}
CHANNELS = 1024

SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_start": 0.0001,
    "beta_end": 0.02,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "set_alpha_to_one": True,
    "clip_sample": False,
    "thresholding": False,
    "steps_offset": 1,
    "timestep_spacing": "leading",
}


def unet() -> Any:
    return I2VGenXLUNet(sample_size=32, cross_attention_dim=CHANNELS, attention_head_dim=64)


def vae() -> Any:
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=768,
        scaling_factor=0.18125,
        force_upcast=True,
    )


def text_encoder() -> Any:
    return CLIPTextModel(
        CLIPTextConfig(
            hidden_size=CHANNELS,
            intermediate_size=4096,
            num_hidden_layers=24,
            num_attention_heads=16,
            hidden_act="gelu",
            projection_dim=CHANNELS,
        )
    )


def image_encoder() -> Any:
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=1280,
            intermediate_size=5120,
            num_hidden_layers=32,
            num_attention_heads=16,
            patch_size=14,
            image_size=224,
            hidden_act="gelu",
            projection_dim=CHANNELS,
        )
    )


NETWORKS: Mapping[str, Callable[[], Any]] = {
    "unet": unet,
    "vae": vae,
    "text_encoder": text_encoder,
    "image_encoder": image_encoder,
}


def build(folder: Path) -> None:
    """Writes the whole model, one network at a time: never more than its largest, 2.6 GiB, in memory."""
    for name, create in NETWORKS.items():
        with torch.device("meta"):
            network = create()
        found = sum(value.numel() for value in network.parameters())
        if found != PARAMETERS[name]:
            raise SystemExit(f"{name} has {found:,} parameters, the published one {PARAMETERS[name]:,}")
        network.save_config(folder / name) if name in ("unet", "vae") else network.config.save_pretrained(folder / name)
        (file,) = (file for file in LAYOUT.weight_files if file.startswith(f"{name}/"))
        save_file(random_weights(network), folder / file, metadata={"format": "pt"})
        print(f"{file}: {found:,} parameters")
    DDIMScheduler(**SCHEDULER).save_config(folder / "scheduler")
    shutil.copytree(TINY_MODEL / "tokenizer", folder / "tokenizer")
    extractor = json.loads((TINY_MODEL / "feature_extractor/preprocessor_config.json").read_text("utf-8"))
    extractor |= {"crop_size": {"height": 224, "width": 224}, "size": {"shortest_edge": 224}}
    (folder / "feature_extractor").mkdir()
    (folder / "feature_extractor/preprocessor_config.json").write_text(json.dumps(extractor), "utf-8")
    index = {"_class_name": LAYOUT.pipeline, **{part: list(names) for part, names in LAYOUT.parts.items()}}
    (folder / "model_index.json").write_text(json.dumps(index, indent=1), "utf-8")  # last: now the model is whole


def random_weights(network: Any) -> dict[str, torch.Tensor]:
    """Half-precision weights that keep the size of what flows through them: 1/√inputs, norms at one, biases at zero."""
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, value in network.state_dict().items():
        if value.ndim >= 2:
            spread = 1 / math.sqrt(value[0].numel())
            drawn = torch.randn(value.shape, generator=generator, dtype=torch.float32)
            weights[name] = (drawn * spread).to(torch.float16)
        elif not value.is_floating_point():
            weights[name] = torch.arange(value.numel()).view(value.shape)
        else:
            weights[name] = torch.full(value.shape, float(name.endswith("weight")), dtype=torch.float16)
    return weights


def main() -> None:
    """Builds the model where it is not there yet."""
    parser = argparse.ArgumentParser(description="Builds I2VGen-XL at its published size with random weights.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if not (folder / "model_index.json").exists():
        build(folder)


if __name__ == "__main__":
    main()
