"""What the page may do with a model's files, on a real folder and a hub of our own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.engines.i2vgen_xl.source import SOURCE
from i2v.errors import EngineWithoutWeights, WeightsUnproven
from i2v.services import models as models_module
from i2v.services.models import Models
from i2v.settings import load_settings
from tests.weights.stand_in_hub import StandInHub, forget_other_hubs, random_model, stand_in_hub, write_model

ENGINE = "i2vgen-xl"


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with stand_in_hub(SOURCE, random_model(SOURCE, seed=1, weight_bytes=2000)) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / SOURCE.folder


@pytest.fixture
def models(hub: StandInHub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    forget_other_hubs(monkeypatch, tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setattr(models_module, "LOOK_SECONDS", 0.0)
    return Models(load_settings({}, {"I2V_MODELS_DIR": str(folder.parent)}))


def fetched(models: Models, *, thorough: bool = False) -> dict[str, Any]:
    models.download(ENGINE, thorough=thorough)
    deadline = time.monotonic() + 20
    while (view := models.view(ENGINE, "en"))["download"]["status"] == "running":
        assert time.monotonic() < deadline, view
        time.sleep(0.01)
    return view


def test_what_was_downloaded_says_where_it_is_and_can_be_removed(models: Models, folder: Path) -> None:
    view = fetched(models)
    assert (view["is_ready"], view["path"], view["is_ours"]) == (True, str(folder), True)
    models.remove(ENGINE)
    view = models.view(ENGINE, "en")
    assert (view["is_ready"], view["path"], view["is_ours"]) == (False, None, False)
    assert not folder.exists()


def test_a_thorough_download_mends_what_rotted(models: Models, hub: StandInHub, folder: Path) -> None:
    fetched(models)
    rotten = folder / "vae/diffusion_pytorch_model.fp16.safetensors"
    content = rotten.read_bytes()
    rotten.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    fetched(models)
    assert rotten.read_bytes() != content  # what was proven once is not read again
    fetched(models, thorough=True)
    assert rotten.read_bytes() == content


def test_a_model_that_the_user_put_there_is_nobody_elses_to_remove(
    models: Models, hub: StandInHub, folder: Path
) -> None:
    write_model(hub.files, folder)
    assert models.view(ENGINE, "en")["is_ours"] is False
    with pytest.raises(WeightsUnproven):
        models.remove(ENGINE)
    assert models.view(ENGINE, "en")["is_ready"] is True


def test_an_engine_without_files_has_none_to_remove(models: Models) -> None:
    with pytest.raises(EngineWithoutWeights):
        models.remove("camera")
