"""`python main.py models …`, against a hub on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.cli import main
from i2v.engines.i2vgen_xl.source import SOURCE
from tests.weights.stand_in_hub import StandInHub, forget_other_hubs, random_model, stand_in_hub, write_model

UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
Models = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with stand_in_hub(SOURCE, random_model(SOURCE, seed=1, weight_bytes=2000)) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "i2vgen-xl"


@pytest.fixture(autouse=True)
def _surroundings(hub: StandInHub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_other_hubs(monkeypatch, tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("I2V_MODELS_DIR", str(folder.parent))
    monkeypatch.setenv("I2V_LOGS_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("I2V_LANGUAGE", "en")


@pytest.fixture
def models(capsys: pytest.CaptureFixture[str]) -> Models:
    """Runs one command with --json; exit code and the object on the last line of stdout."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main(["models", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def test_list_shows_size_both_licences_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    told = capsys.readouterr().out
    assert "5.0 GB" in told
    assert "MIT" in told
    assert "research and non-commercial" in told
    assert "models download i2vgen-xl" in told


def test_list_speaks_chinese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "zh-CN")
    assert main(["models", "list"]) == 0
    assert "非商业" in capsys.readouterr().out


def test_list_names_what_an_incomplete_folder_lacks(models: Models, folder: Path) -> None:
    write_model({"i2vgen_xl.safetensors": b"x"}, folder)
    code, told = models("list")
    (model,) = told["models"]
    assert (code, model["engine"], model["path"]) == (0, "i2vgen-xl", None)
    assert model["unfit"][0]["path"] == str(folder)
    assert model["unfit"][0]["missing"][0] == "model_index.json (≠ i2vgen_xl.safetensors)"


def test_from_download_to_remove(models: Models, hub: StandInHub, folder: Path) -> None:
    assert models("path", "i2vgen-xl")[0] == 2
    assert models("download", "i2vgen-xl") == (0, {"status": "done", "engine": "i2vgen-xl", "path": str(folder)})
    code, told = models("path", "i2vgen-xl")
    assert (code, told["path"], told["place"]) == (0, str(folder), "models")
    (model,) = models("list")[1]["models"]
    assert (model["path"], model["unfit"]) == (str(folder), [])
    code, told = models("verify", "i2vgen-xl")
    assert (code, told["good"], told["bad"]) == (0, 15, {})
    code, told = models("remove", "i2vgen-xl")
    assert (code, told["kept"]) == (0, [])
    assert not folder.exists()
    assert models("remove", "i2vgen-xl")[1]["error"]["code"] == "weights_absent"


def test_a_model_that_is_here_is_not_fetched_again(models: Models, hub: StandInHub, folder: Path) -> None:
    models("download", "i2vgen-xl")
    asked = len(hub.requests)
    assert models("download", "i2vgen-xl")[0] == 0
    assert len(hub.requests) == asked


def test_a_bad_file_is_named_and_repaired_alone(
    models: Models, hub: StandInHub, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models("download", "i2vgen-xl")
    content = bytearray((folder / UNET).read_bytes())
    content[-1] ^= 1
    (folder / UNET).write_bytes(content)
    (folder / "vae/config.json").unlink()
    code, told = models("verify", "i2vgen-xl")
    assert (code, told["status"], told["bad"]) == (1, "failed", {UNET: "changed", "vae/config.json": "missing"})
    assert main(["models", "verify", "i2vgen-xl"]) == 1
    assert f"Damaged: {UNET}" in capsys.readouterr().err
    hub.sent.clear()
    assert models("verify", "i2vgen-xl", "--repair")[0] == 0
    assert hub.sent.keys() == {UNET, "vae/config.json"}
    assert models("verify", "i2vgen-xl")[1]["bad"] == {}


def test_a_refused_download_says_why_in_words_and_in_json(
    models: Models, hub: StandInHub, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.listing_fault = "403"
    code, told = models("download", "i2vgen-xl")
    assert (code, told["status"], told["error"]["code"]) == (1, "failed", "hub_refused")
    assert main(["models", "download", "i2vgen-xl"]) == 1
    err = capsys.readouterr().err
    assert SOURCE.page in err
    assert "Traceback" not in err
    assert not folder.exists()


def test_an_engine_without_weights_is_bad_input(models: Models) -> None:
    code, told = models("download", "camera")
    assert (code, told["error"]["code"]) == (2, "engine_without_weights")
    code, told = models("download", "imaginary")
    assert (code, told["error"]["code"]) == (2, "engine_unknown")


def test_path_prints_the_folder_and_nothing_else(
    models: Models, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    models("download", "i2vgen-xl")
    assert main(["models", "path", "i2vgen-xl"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"
