"""The files of I2VGen-XL and where they come from."""

from __future__ import annotations

from i2v.domain.model_folder import ModelLayout
from i2v.domain.weight_source import WeightSource

LAYOUT = ModelLayout(
    pipeline="I2VGenXLPipeline",
    parts={
        "feature_extractor": ("transformers", "CLIPImageProcessor"),
        "image_encoder": ("transformers", "CLIPVisionModelWithProjection"),
        "scheduler": ("diffusers", "DDIMScheduler"),
        "text_encoder": ("transformers", "CLIPTextModel"),
        "tokenizer": ("transformers", "CLIPTokenizer"),
        "unet": ("diffusers", "I2VGenXLUNet"),
        "vae": ("diffusers", "AutoencoderKL"),
    },
    plain_files=(
        "feature_extractor/preprocessor_config.json",
        "image_encoder/config.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
        "tokenizer/vocab.json",
        "unet/config.json",
        "vae/config.json",
    ),
    weight_files=(
        "image_encoder/model.safetensors",
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ),
)

SOURCE = WeightSource(
    repo="ali-vilab/i2vgen-xl",
    # The head of `main` as published caches of several projects name it; half-precision weights are in it.
    revision="39e1979ea27be737b0278c06755e321f2b4360d5",
    folder="i2vgen-xl",
    size_bytes=4_980_000_000,
    layout=LAYOUT,
    licences={
        "en": (
            "The hub's page gives the licence as MIT.",
            "The authors' README (VGen) says: for research and non-commercial use only.",
        ),
        "zh-CN": (
            "模型页面标注的许可证为 MIT。",
            "作者的 README（VGen）说明：仅限研究和非商业用途。",
        ),
    },
)
