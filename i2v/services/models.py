"""Which models are on this computer, and which engine `auto` therefore stands for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from i2v.domain.weight_source import WeightSource
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec, engine_specs
from i2v.errors import EngineWithoutWeights, WeightsAbsent, WeightsMissing
from i2v.settings import Settings
from i2v.text import describe
from i2v.weights.downloads import Downloads, DownloadState
from i2v.weights.manifest import read_manifest
from i2v.weights.places import MODELS, Places, Search, search_weights
from i2v.weights.upkeep import remove_weights

LOOK_SECONDS = 1.0
"""For so long what a search found holds."""


@dataclass(frozen=True)
class _Look:
    """What a search found, and when; a page that polls must not read the disk each time."""

    search: Search
    at: float


class Models:
    """Looks for weights in every place they may be, and fetches them in the background."""

    def __init__(self, settings: Settings) -> None:
        self._places = Places(settings.models_dir, settings.model_dir)
        self._downloads = Downloads(
            {name: spec.weights for name, spec in engine_specs().items() if spec.weights}, settings.models_dir
        )
        self._looks: dict[str, _Look] = {}

    def folder(self, spec: EngineSpec) -> Path | None:
        """Where the engine's model is; None for an engine that needs none.

        Raises:
            WeightsAbsent: it is nowhere.
            WeightsMissing: it is not whole.
        """
        if spec.weights is None:
            return None
        search = search_weights(spec.weights, self._places)
        if search.found:
            return search.found.path
        if search.unfit:
            missing, path = ", ".join(search.unfit[0].missing), str(search.unfit[0].path)
            raise WeightsMissing(engine=spec.name, missing=missing, path=path)
        path = str(self._places.models_dir / spec.weights.folder)
        raise WeightsAbsent(engine=spec.name, size_gb=round(spec.weights.size_bytes / 1e9, 1), path=path)

    def size_share(self, spec: EngineSpec) -> float:
        """Size of the model found here as a share of the published one; 1 where that cannot be said."""
        found = self._search(spec.name, spec.weights).found if spec.weights else None
        if spec.weights is None or found is None:
            return 1.0
        return sum(path.stat().st_size for path in found.path.rglob("*.safetensors")) / spec.weights.size_bytes

    def auto_engine(self) -> str:
        """The engine that `auto` stands for now: a model where one is whole, else the first that needs none."""
        specs = engine_specs().values()
        ready = [spec.name for spec in specs if spec.weights and self._search(spec.name, spec.weights).found]
        return ready[0] if ready else next(spec.name for spec in specs if not spec.needs_weights)

    def download(self, engine: str, *, thorough: bool = False) -> None:
        """Begins fetching an engine's weights, or joins what is under way.

        Args:
            engine: whose.
            thorough: hash again what was proven before, and fetch what is not as it was.

        Raises:
            EngineUnknown, EngineWithoutWeights: there is nothing to fetch.
        """
        self._source(engine)
        self._downloads.start(engine, thorough=thorough)

    def remove(self, engine: str) -> None:
        """Deletes what was downloaded, and nothing else.

        Raises:
            EngineUnknown, EngineWithoutWeights: there is nothing to delete.
            WeightsUnproven: this app did not fetch what is there.
            WeightsBusy: a download is at work.
            FolderUnusable: a file cannot be deleted.
        """
        source = self._source(engine)
        try:
            remove_weights(source, self._places.models_dir / source.folder)
        finally:
            self._looks.pop(engine, None)

    def cancel(self, engine: str) -> None:
        """Stops a download; what was fetched stays for the next time."""
        self._source(engine)
        self._downloads.cancel(engine)

    def views(self, language: str) -> list[dict[str, Any]]:
        """Every model as page and REST show it."""
        return [self._view(spec, language) for spec in engine_specs().values() if spec.weights]

    def view(self, engine: str, language: str) -> dict[str, Any]:
        """One model.

        Raises:
            EngineUnknown, EngineWithoutWeights: there is none.
        """
        self._source(engine)
        return self._view(engine_spec(engine), language)

    def _view(self, spec: EngineSpec, language: str) -> dict[str, Any]:
        source = self._source(spec.name)
        search = self._search(spec.name, source)
        return {
            "engine": spec.name,
            "label": spec.label[language],
            "is_ready": search.found is not None,
            "place": search.found.place if search.found else None,
            "path": str(search.found.path) if search.found else None,
            "is_ours": _is_ours(search),
            "missing": list(search.unfit[0].missing) if search.unfit and not search.found else [],
            "size_bytes": source.size_bytes,
            "page": source.page,
            "licences": list(source.licences[language]),
            "download": _download_view(self._downloads.state(spec.name), language),
        }

    def _search(self, engine: str, source: WeightSource) -> Search:
        look = self._looks.get(engine)
        if look is None or time.monotonic() - look.at > LOOK_SECONDS:
            look = self._looks[engine] = _Look(search_weights(source, self._places), time.monotonic())
        return look.search

    def _source(self, engine: str) -> WeightSource:
        source = engine_spec(engine).weights
        if source is None:
            raise EngineWithoutWeights(engine=engine, known=", ".join(name for name in engine_specs()))
        return source


def _is_ours(search: Search) -> bool:
    """Whether this app fetched what was found, so that it can prove and delete it."""
    found = search.found
    return found is not None and found.place == MODELS and read_manifest(found.path) is not None


def _download_view(state: DownloadState, language: str) -> dict[str, Any]:
    progress = state.progress
    return {
        "status": state.status,
        "bytes_done": progress.bytes_done,
        "bytes_total": progress.bytes_total,
        "bytes_per_second": progress.bytes_per_second,
        "seconds_left": progress.seconds_left,
        "file": progress.file,
        "trouble": describe(progress.trouble, language).to_json() if progress.trouble else None,
        "error": describe(state.error, language).to_json() if state.error else None,
    }
