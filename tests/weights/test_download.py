"""What is fetched and what is left as it is."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from i2v.errors import I2VError
from i2v.weights.download import RESERVE_BYTES, claim
from i2v.weights.manifest import read_manifest
from i2v.weights.part import Part
from tests.weights.conftest import Fetch
from tests.weights.stand_in_hub import StandInHub, write_model
from tests.weights.test_faults import NEEDED, bad_files, files_in

WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"
Usage = namedtuple("Usage", "total used free")


def test_nothing_but_what_the_model_needs_is_fetched(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    assert set(files_in(folder)) == NEEDED | {"manifest.json"}
    assert hub.sent.keys() == NEEDED


def test_full_precision_is_fetched_where_there_is_no_other(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    del hub.files[WEIGHTS]
    fetch(hub)
    assert (folder / "unet/diffusion_pytorch_model.safetensors").is_file()


def test_a_name_that_leads_out_of_the_folder_is_never_written(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    for name in ("../evil.json", "tokenizer/../../evil.json", "/evil.json", "tokenizer/.evil.json", "unet/a/b.json"):
        hub.files[name] = b"{}"
    fetch(hub)
    assert set(files_in(folder)) == NEEDED | {"manifest.json"}
    assert list(folder.parent.rglob("*evil*")) == []


def test_the_manifest_says_what_was_proven(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    told = json.loads((folder / "manifest.json").read_text())
    assert (told["repo"], told["revision"]) == (hub.source.repo, hub.source.revision)
    large = next(entry for entry in hub.listing() if entry["path"] == WEIGHTS)
    assert told["files"][WEIGHTS] == {"size": large["size"], "sha256": large["lfs"]["oid"], "fetched": True}
    assert told["files"].keys() == NEEDED


def test_a_second_download_fetches_nothing(hub: StandInHub, fetch: Fetch) -> None:
    fetch(hub)
    sent = dict(hub.sent)
    fetch(hub)
    assert dict(hub.sent) == sent


def test_a_lost_file_alone_is_fetched_again(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    hub.sent.clear()
    (folder / "unet/config.json").unlink()
    fetch(hub)
    assert hub.sent.keys() == {"unet/config.json"}


def test_a_thorough_download_finds_the_rotten_file_and_fetches_it_alone(
    hub: StandInHub, fetch: Fetch, folder: Path
) -> None:
    fetch(hub)
    hub.sent.clear()
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    fetch(hub)
    assert hub.sent == {}
    fetch(hub, thorough=True)
    assert hub.sent.keys() == {WEIGHTS}
    assert bad_files(folder, hub) == []
    assert set(files_in(folder)) == NEEDED | {"manifest.json"}


def test_another_revision_fetches_only_what_changed(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    fetch(hub)
    hub.sent.clear()
    hub.files["unet/config.json"] = b'{"sample_size": 32}'
    fetch(hub)
    assert hub.sent.keys() == {"unet/config.json"}
    assert bad_files(folder, hub) == []


def test_a_model_the_user_put_there_stays_as_it_is(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    own = {**hub.files, "tokenizer/vocab.json": b'{"my": "own"}'}
    write_model(own, folder)
    fetch(hub)
    assert hub.requests == []
    assert files_in(folder) == own


def test_right_files_of_the_user_are_taken_and_others_set_aside(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    write_model({WEIGHTS: hub.files[WEIGHTS], "unet/config.json": b'{"my": "own"}'}, folder)
    fetch(hub)
    assert hub.asked_for(WEIGHTS) == 0
    assert (folder / "unet/config.json.before").read_bytes() == b'{"my": "own"}'
    manifest = read_manifest(folder)
    assert manifest is not None
    assert (manifest.files[WEIGHTS].fetched, manifest.files["unet/config.json"].fetched) == (False, True)


def test_orphans_of_earlier_downloads_are_swept(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    write_model({"unet/old.safetensors.part": b"x", "manifest.json.part": b"{"}, folder)
    fetch(hub)
    assert list(folder.rglob("*.part")) == []


def test_an_index_that_names_other_code_is_not_called_a_model(hub: StandInHub, fetch: Fetch) -> None:
    index = json.loads(hub.files["model_index.json"])
    hub.files["model_index.json"] = json.dumps({**index, "unet": ["my_code", "UNet"]}).encode()
    with pytest.raises(I2VError) as refused:
        fetch(hub)
    assert (refused.value.code, refused.value.values["missing"]) == ("weights_missing", "model_index.json")


def test_a_disk_too_small_is_told_before_the_first_byte(
    hub: StandInHub, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(len(hub.files[name]) for name in NEEDED)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, RESERVE_BYTES + size - 1))
    with pytest.raises(I2VError) as refused:
        fetch(hub)
    assert (refused.value.code, refused.value.values["free_gb"]) == ("weights_disk_full", "0.2")
    assert hub.sent == {}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, RESERVE_BYTES + size))
    fetch(hub)


def test_a_disk_that_fills_up_on_the_way_keeps_what_is_proven(
    hub: StandInHub, fetch: Fetch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Part.append

    def append_to_a_full_disk(part: Part, data: bytes) -> None:
        if part.path.name.endswith(".safetensors.part"):
            raise OSError(errno.ENOSPC, "No space left on device")
        append(part, data)

    monkeypatch.setattr(Part, "append", append_to_a_full_disk)
    with pytest.raises(I2VError) as refused:
        fetch(hub)
    assert refused.value.code == "weights_disk_full"
    monkeypatch.undo()
    hub.sent.clear()
    fetch(hub)
    assert hub.sent.keys() == {WEIGHTS}
    assert bad_files(folder, hub) == []


def test_a_folder_that_takes_no_file_is_named(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.write_text("a file where the models folder should be")
    with pytest.raises(I2VError) as refused:
        fetch(hub)
    assert (refused.value.code, refused.value.values["path"]) == ("folder_unusable", str(folder))


def test_a_folder_another_process_works_on_is_left_alone(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    folder.mkdir(parents=True)
    with claim(folder), pytest.raises(I2VError) as refused:
        fetch(hub)
    assert refused.value.code == "weights_busy"
    assert hub.requests == []
    fetch(hub)


def test_a_file_is_on_the_disk_before_it_gets_its_name(
    hub: StandInHub, fetch: Fetch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def synced(file: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{file}").resolve().name))
        fsync(file)

    def named(path: Path, target: Any) -> Path:
        events.append(("name", Path(target).name))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", named)
    fetch(hub)
    last = WEIGHTS.split("/")[1]
    at = events.index(("name", last))
    manifest = ("name", "manifest.json")
    assert events[at - 1 : at + 2] == [("sync", f"{last}.part"), ("name", last), ("sync", "unet")]
    assert manifest in events[at:]
    assert events[-1] == ("sync", "tiny")
