"""Proving downloaded files again, and taking them away."""

from __future__ import annotations

from pathlib import Path

import pytest

from i2v.errors import I2VError
from i2v.weights.download import claim
from i2v.weights.upkeep import remove_weights, verify_weights
from tests.weights.conftest import Fetch
from tests.weights.stand_in_hub import StandInHub, write_model
from tests.weights.test_faults import NEEDED, files_in

WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"


def test_files_as_they_were_fetched_are_good(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    read: list[int] = []
    verdict = verify_weights(hub.source, folder, read.append)
    assert (verdict.is_good, verdict.good) == (True, len(NEEDED))
    assert sum(read) == sum(len(hub.files[name]) for name in NEEDED)


def test_one_changed_bit_and_a_lost_file_are_named(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    (folder / "unet/config.json").unlink()
    verdict = verify_weights(hub.source, folder, lambda size: None)
    assert (verdict.changed, verdict.missing) == ((WEIGHTS,), ("unet/config.json",))
    assert not verdict.is_good


@pytest.mark.parametrize("manifest", [None, "{}", "[]", "\0", '{"repo": 1, "revision": 2, "files": {"a": 3}}'])
def test_files_nobody_proved_are_not_called_good_or_bad(hub: StandInHub, folder: Path, manifest: str | None) -> None:
    write_model(hub.files, folder)
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    before = files_in(folder)
    for ask in (
        lambda: verify_weights(hub.source, folder, lambda size: None),
        lambda: remove_weights(hub.source, folder),
    ):
        with pytest.raises(I2VError) as refused:
            ask()
        assert refused.value.code == "weights_unproven"
    assert files_in(folder) == before


def test_a_manifest_cannot_reach_out_of_its_folder(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    precious = folder.parent / "precious.json"
    precious.write_text("{}")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("unet/config.json", "../precious.json"))
    with pytest.raises(I2VError):
        remove_weights(hub.source, folder)
    assert precious.exists()


def test_removing_takes_all_that_was_fetched_and_the_folder(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    write_model({"unet/half.safetensors.part": b"123"}, folder)
    size = sum(len(content) for content in files_in(folder).values())
    removal = remove_weights(hub.source, folder)
    assert (removal.freed_bytes, removal.kept) == (size, ())
    assert not folder.exists()
    fetch(hub)
    assert files_in(folder).keys() > NEEDED


def test_removing_leaves_what_the_user_put_there(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    own = {WEIGHTS: hub.files[WEIGHTS], "notes.txt": b"mine"}
    write_model(own, folder)
    fetch(hub)
    removal = remove_weights(hub.source, folder)
    assert removal.kept == ("notes.txt", WEIGHTS)
    assert files_in(folder) == own


def test_a_model_in_work_is_not_removed(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    with claim(folder), pytest.raises(I2VError) as refused:
        remove_weights(hub.source, folder)
    assert refused.value.code == "weights_busy"
    assert files_in(folder).keys() > NEEDED
