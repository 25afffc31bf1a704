"""Every way a download can go wrong, many times: nothing bad ever lies under a file's own name."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.domain.model_folder import take_inventory
from i2v.domain.weight_source import WeightSource
from i2v.errors import I2VError, WeightsFault
from i2v.weights.manifest import read_manifest
from tests.weights.conftest import QUICK, Fetch
from tests.weights.stand_in_hub import StandInHub, random_model, stand_in_hub

PASSING = ("flip", "truncate", "reset", "stall", "hang up", "503", "429", "page", "shorter", "unmeasured", "no range")
LASTING = ("flip", "page", "shorter", "hang up", "silent", "401", "403", "404", "500", "503", "later")
HASTY = replace(QUICK, before_data=0.6, after_data=0.6, silence=0.5)
NEEDED = {
    "model_index.json",
    "tokenizer/special_tokens_map.json",
    "tokenizer/vocab.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
}


def files_in(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def bad_files(folder: Path, hub: StandInHub) -> list[str]:
    """Files under their own names that are not what the hub has."""
    ours = ("manifest.json", "manifest.json.part")
    return [
        name
        for name, content in files_in(folder).items()
        if name not in ours and not name.endswith(".part") and content != hub.files[name]
    ]


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power fails in these tests, and thousands of fsyncs take their time."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture
def models(source: WeightSource) -> Iterator[list[StandInHub]]:
    """Ten hubs, each with a model of its own."""
    hubs = [StandInHub(source, random_model(source, seed)) for seed in range(10)]
    yield hubs
    for hub in hubs:
        hub.close()


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_no_trace(
    fault: str, models: list[StandInHub], fetch: Fetch, folder: Path, tmp_path: Path
) -> None:
    random.seed(fault)
    for number, hub in enumerate(models):
        hub.faults = [fault] * (1 if fault == "stall" else random.randint(1, 2))
        if fault in ("truncate", "reset", "stall"):
            hub.faults += random.sample(["truncate", "reset", "flip"], k=3)
        fetch(hub, replace(QUICK, silence=0.25) if fault == "stall" else QUICK)
        assert hub.faults == []
        assert set(files_in(folder)) == NEEDED | {"manifest.json"}
        assert bad_files(folder, hub) == []
        assert take_inventory(folder, hub.source.layout).is_complete
        folder.rename(tmp_path / f"done{number}")


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_ends_in_an_error_and_no_bad_file(
    fault: str, hub: StandInHub, fetch: Fetch, folder: Path
) -> None:
    hub.fault, hub.hurt = fault, "unet/diffusion_pytorch_model.fp16.safetensors"
    with pytest.raises(WeightsFault):
        fetch(hub, HASTY)
    assert bad_files(folder, hub) == []
    assert not take_inventory(folder, hub.source.layout).is_complete
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.files.keys() == NEEDED - {hub.hurt}
    hub.fault = ""
    fetch(hub)
    assert set(files_in(folder)) == NEEDED | {"manifest.json"}
    assert bad_files(folder, hub) == []


def test_a_file_that_always_comes_damaged_is_thrown_away_whole(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    hub.fault, hub.hurt = "flip", "unet/config.json"
    with pytest.raises(I2VError) as refused:
        fetch(hub)
    assert (refused.value.code, refused.value.values["file"]) == ("weights_damaged", "unet/config.json")
    assert list(folder.rglob("*.part")) == []


def test_only_the_damaged_file_is_fetched_again(hub: StandInHub, fetch: Fetch) -> None:
    hub.faults, hub.hurt = ["flip"], "unet/diffusion_pytorch_model.fp16.safetensors"
    fetch(hub)
    assert {name: hub.asked_for(name) for name in NEEDED} == {name: 2 if name == hub.hurt else 1 for name in NEEDED}


def test_a_hub_that_sends_more_than_it_said_is_not_believed(source: WeightSource, fetch: Fetch, folder: Path) -> None:
    files = random_model(source, seed=2)
    with stand_in_hub(source, files) as hub:
        listing = hub.listing()
        for entry in listing:
            if entry["path"] == "unet/config.json":
                entry["size"] -= 1
        hub.listing = lambda: listing  # type: ignore[method-assign]
        with pytest.raises(WeightsFault) as refused:
            fetch(hub, HASTY)
    assert refused.value.code == "hub_answer_odd"
    assert not (folder / "unet/config.json").exists()
