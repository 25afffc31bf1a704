"""Where weights are looked for, and what is said of folders that are none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from i2v.domain.weight_source import WeightSource
from i2v.errors import I2VError
from i2v.text import describe
from i2v.weights.places import Places, cache_folders, find_weights, search_weights
from tests.weights.stand_in_hub import write_model

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
REPOSITORY = "models--owner--tiny"


@pytest.fixture
def model(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of a model in full precision."""
    return {name: content for name, content in files.items() if name.endswith(".json") or name == WEIGHTS}


def places(tmp_path: Path, model_dir: Path | None = None, **environment: str) -> Places:
    return Places(tmp_path / "models", model_dir, {"HOME": str(tmp_path), **environment}, tmp_path)


def test_nowhere_is_no_error(source: WeightSource, tmp_path: Path) -> None:
    search = search_weights(source, places(tmp_path))
    assert (search.found, search.unfit) == (None, ())
    assert find_weights(source, places(tmp_path)) is None


def test_places_are_tried_in_their_order(source: WeightSource, model: dict[str, bytes], tmp_path: Path) -> None:
    named = tmp_path / "elsewhere"
    wanted = [
        (tmp_path / "home/.cache/huggingface/hub" / REPOSITORY / "snapshots/abc", "hub_cache"),
        (tmp_path / "huggingface/models/tiny", "huggingface"),
        (tmp_path / "models/tiny", "models"),
    ]
    for path, place in wanted:
        write_model(model, path)
        found = find_weights(source, places(tmp_path, HOME=str(tmp_path / "home")))
        assert found is not None
        assert (found.path, found.place) == (path, place)
    write_model(model, named)
    found = find_weights(source, places(tmp_path, named))
    assert found is not None
    assert (found.path, found.place) == (named, "named")


def test_a_named_folder_that_is_no_model_is_an_error_even_if_another_place_has_one(
    source: WeightSource, model: dict[str, bytes], tmp_path: Path
) -> None:
    write_model(model, tmp_path / "models/tiny")
    write_model(model, tmp_path / "named")
    (tmp_path / "named" / WEIGHTS).unlink()
    with pytest.raises(I2VError) as refused:
        find_weights(source, places(tmp_path, tmp_path / "named"))
    told = describe(refused.value).what
    assert WEIGHTS in told
    assert str(tmp_path / "named") in told


def test_a_named_folder_that_does_not_exist_is_an_error(source: WeightSource, tmp_path: Path) -> None:
    with pytest.raises(I2VError) as refused:
        find_weights(source, places(tmp_path, tmp_path / "nowhere"))
    assert (refused.value.code, refused.value.values["path"]) == ("weights_missing", str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HF_HUB_CACHE": "{home}/a"}, "a"),
        ({"HUGGINGFACE_HUB_CACHE": "{home}/b"}, "b"),
        ({"HF_HOME": "{home}/c"}, "c/hub"),
        ({"TRANSFORMERS_CACHE": "{home}/d"}, "d"),
        ({"XDG_CACHE_HOME": "{home}/e"}, "e/huggingface/hub"),
        ({}, ".cache/huggingface/hub"),
    ],
)
def test_every_variable_for_the_hubs_cache_counts(
    source: WeightSource, model: dict[str, bytes], tmp_path: Path, variables: Mapping[str, str], folder: str
) -> None:
    snapshot = tmp_path / folder / REPOSITORY / "snapshots" / source.revision
    write_model(model, snapshot)
    environment = {name: value.format(home=tmp_path) for name, value in variables.items()}
    found = find_weights(source, places(tmp_path, None, **environment))
    assert found is not None
    assert found.path == snapshot


def test_a_cache_named_with_a_tilde_is_the_users_home(tmp_path: Path) -> None:
    assert Path.home() / "hub" in cache_folders({"HF_HUB_CACHE": "~/hub", "HOME": str(tmp_path)})


def test_in_the_cache_our_revision_comes_first_then_main_then_the_newest(
    source: WeightSource, model: dict[str, bytes], tmp_path: Path
) -> None:
    repository = tmp_path / ".cache/huggingface/hub" / REPOSITORY
    for age, revision in enumerate(("newest", "older", "main-one", source.revision)):
        write_model(model, repository / "snapshots" / revision)
        os.utime(repository / "snapshots" / revision, (10_000 - age, 10_000 - age))
    write_model({"refs/main": b"main-one\n"}, repository)
    for expected in (source.revision, "main-one", "newest", "older"):
        found = find_weights(source, places(tmp_path))
        assert found is not None
        assert found.path.name == expected
        (found.path / WEIGHTS).unlink()


def test_a_link_into_the_cache_that_leads_nowhere_is_a_missing_file(
    source: WeightSource, model: dict[str, bytes], tmp_path: Path
) -> None:
    snapshot = tmp_path / ".cache/huggingface/hub" / REPOSITORY / "snapshots/abc"
    write_model(model, snapshot)
    (snapshot / WEIGHTS).unlink()
    (snapshot / WEIGHTS).symlink_to(tmp_path / "blob")
    search = search_weights(source, places(tmp_path))
    assert search.found is None
    assert search.unfit[0].missing == (WEIGHTS,)
    (tmp_path / "blob").write_bytes(model[WEIGHTS])
    assert search_weights(source, places(tmp_path)).found is not None


def test_a_folder_passed_over_is_told_with_what_it_lacks(
    source: WeightSource, model: dict[str, bytes], tmp_path: Path
) -> None:
    write_model({"everything.safetensors": b"x"}, tmp_path / "models/tiny")
    write_model(model, tmp_path / "huggingface/models/tiny")
    search = search_weights(source, places(tmp_path))
    assert search.found is not None
    assert search.found.place == "huggingface"
    assert [unfit.path for unfit in search.unfit] == [tmp_path / "models/tiny"]
    assert search.unfit[0].missing[0] == "model_index.json (≠ everything.safetensors)"
