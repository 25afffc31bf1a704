"""Where a model's files may be on this computer, and whether they are whole there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from i2v.domain.model_folder import INDEX, take_inventory
from i2v.domain.weight_source import WeightSource
from i2v.errors import WeightsMissing
from i2v.settings import PROJECT

NAMED, MODELS, PROJECT_HUB, HUB_CACHE = "named", "models", "huggingface", "hub_cache"


@dataclass(frozen=True)
class Places:
    """Where to look.

    Attributes:
        models_dir: the models folder of the settings.
        model_dir: a folder the user named; then no other place counts.
        environment: variables that say where the hub's cache is.
        project: the folder that may hold `huggingface/models/`.
    """

    models_dir: Path
    model_dir: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    project: Path = PROJECT


@dataclass(frozen=True)
class Found:
    """A folder that holds the whole model; `place` is `named`, `models`, `huggingface` or `hub_cache`."""

    path: Path
    place: str


@dataclass(frozen=True)
class Unfit:
    """A folder that is there but cannot be used, and the names of what it lacks."""

    path: Path
    place: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Search:
    """What a search came to: the first whole folder, and those passed over on the way to it."""

    found: Found | None
    unfit: tuple[Unfit, ...]


def search_weights(source: WeightSource, places: Places) -> Search:
    """Looks in every place in turn, without loading anything."""
    unfit: list[Unfit] = []
    for path, place in _candidates(source, places):
        try:
            missing = take_inventory(path, source.layout).missing
        except OSError as cause:
            missing = (f"{INDEX} ({cause.strerror})",)
        if not missing:
            return Search(Found(path, place), tuple(unfit))
        unfit.append(Unfit(path, place, missing))
    return Search(None, tuple(unfit))


def find_weights(source: WeightSource, places: Places) -> Found | None:
    """The folder to load the model from, or None.

    Raises:
        WeightsMissing: the user named a folder, and it does not hold the model. Any other would be a surprise.
    """
    search = search_weights(source, places)
    if search.found is None and places.model_dir is not None:
        raise WeightsMissing(
            engine=source.folder, missing=", ".join(search.unfit[0].missing), path=str(places.model_dir)
        )
    return search.found


def cache_folders(environment: Mapping[str, str]) -> list[Path]:
    """Where hub libraries of any age keep what they fetched, the most particular variable first."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    usual = Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface" / "hub"
    named = [environment.get(variable) for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")]
    named.append(f"{environment['HF_HOME']}/hub" if environment.get("HF_HOME") else None)
    named.append(environment.get("TRANSFORMERS_CACHE"))
    folders = [Path(name).expanduser() for name in named if name]
    return list(dict.fromkeys([*folders, usual]))


def _candidates(source: WeightSource, places: Places) -> Iterator[tuple[Path, str]]:
    if places.model_dir is not None:
        yield places.model_dir, NAMED
        return
    for path, place in (
        (places.models_dir / source.folder, MODELS),
        (places.project / "huggingface" / "models" / source.folder, PROJECT_HUB),
    ):
        if path.is_dir():
            yield path, place
    for cache in cache_folders(places.environment):
        for snapshot in _snapshots(cache / f"models--{source.repo.replace('/', '--')}", source.revision):
            yield snapshot, HUB_CACHE


def _snapshots(repository: Path, revision: str) -> list[Path]:
    """Revisions in the cache: ours, then the one that `main` stood for, then the newest."""
    main = ""
    with contextlib.suppress(OSError, ValueError):
        main = (repository / "refs" / "main").read_text("utf-8").strip()
    try:
        folders = [path for path in (repository / "snapshots").iterdir() if path.is_dir()]
        return sorted(folders, key=lambda path: (path.name != revision, path.name != main, -path.stat().st_mtime))
    except OSError:
        return []
