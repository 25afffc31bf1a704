from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from i2v.domain.model_folder import ModelLayout
from i2v.domain.weight_source import WeightSource
from i2v.weights.download import download_weights
from i2v.weights.hub import open_hub
from i2v.weights.patience import Patience, Retries
from i2v.weights.progress import Meter
from tests.weights.stand_in_hub import StandInHub, forget_other_hubs, random_model, stand_in_hub

QUICK = Patience(before_data=5.0, after_data=5.0, silence=5.0, first_pause=0.005, longest_pause=0.05)

Fetch = Callable[..., None]


@pytest.fixture(autouse=True)
def _no_hub_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_other_hubs(monkeypatch, tmp_path / "home")


@pytest.fixture
def source() -> WeightSource:
    """A model of two parts."""
    layout = ModelLayout(
        pipeline="TinyPipeline",
        parts={"tokenizer": ("transformers", "CLIPTokenizer"), "unet": ("diffusers", "I2VGenXLUNet")},
        plain_files=("tokenizer/vocab.json", "unet/config.json"),
        weight_files=("unet/diffusion_pytorch_model.safetensors",),
    )
    return WeightSource(
        repo="owner/tiny",
        revision="0123456789abcdef0123456789abcdef01234567",
        folder="tiny",
        size_bytes=40_000,
        layout=layout,
        licences={"en": ("Free.",), "zh-CN": ("自由。",)},
    )


@pytest.fixture
def files(source: WeightSource) -> dict[str, bytes]:
    return random_model(source, seed=1)


@pytest.fixture
def hub(source: WeightSource, files: dict[str, bytes]) -> Iterator[StandInHub]:
    with stand_in_hub(source, files) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "tiny"


@pytest.fixture
def fetch(folder: Path) -> Fetch:
    """Downloads from a stand-in hub into `folder`, quickly out of patience."""

    def fetch_from(hub: StandInHub, patience: Patience = QUICK, **how: bool) -> None:
        with open_hub(hub.source, patience.silence, {"HF_ENDPOINT": hub.url}) as opened:
            meter, retries = Meter(patience.silence), Retries(patience)
            download_weights(hub.source, folder, opened, meter, retries, **how)

    return fetch_from
