"""Downloads in the background, one per engine, for all who look on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from i2v.domain.weight_source import WeightSource
from i2v.errors import EngineWithoutWeights, I2VError
from i2v.weights.download import download_weights
from i2v.weights.hub import open_hub
from i2v.weights.patience import DownloadCancelled, Patience, Retries
from i2v.weights.progress import Meter, Progress

log = logging.getLogger(__name__)

IDLE, RUNNING, CANCELLING, DONE, FAILED = "idle", "running", "cancelling", "done", "failed"


@dataclass(frozen=True)
class DownloadState:
    """A download at one moment.

    Attributes:
        status: `idle` (never begun, or cancelled), `running`, `cancelling`, `done` or `failed`.
        progress: how far it is; its `trouble` is there while it is running only.
        error: why it failed.
    """

    status: str = IDLE
    progress: Progress = field(default_factory=Progress)
    error: I2VError | None = None

    @property
    def is_over(self) -> bool:
        return self.status not in (RUNNING, CANCELLING)


class Downloads:
    """Starts, cancels and tells of downloads. Any thread may call; a process that ends takes them along, and the next
    start goes on where they stopped."""

    def __init__(
        self,
        sources: Mapping[str, WeightSource],
        models_dir: Path,
        environment: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Touches neither disk nor network.

        Args:
            sources: the models, by engine.
            models_dir: the folder that holds a folder per model.
            environment: variables that name hub and token; the process's own if None.
            patience: how long to bear trouble.
        """
        self._sources = sources
        self._models_dir = models_dir
        self._environment = environment
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}

    def start(self, engine: str, *, thorough: bool = False) -> DownloadState:
        """Begins a download, or joins the one under way.

        Args:
            engine: whose weights.
            thorough: hash files again that were proven before.

        Raises:
            EngineWithoutWeights: there is nothing to download for it.
        """
        source = self._source(engine)
        with self._lock:
            run = self._runs.get(engine)
            if run is None or run.state().is_over:
                run = _Run(source, self._models_dir / source.folder, self._environment, self._patience, thorough)
                self._runs[engine] = run
                run.start()
        return run.state()

    def cancel(self, engine: str) -> DownloadState:
        """Asks a download to end, which takes as long as the hub may be silent; what was fetched stays."""
        self._source(engine)
        with self._lock:
            run = self._runs.get(engine)
        if run is not None:
            run.cancel()
        return self.state(engine)

    def state(self, engine: str) -> DownloadState:
        """How far it is.

        Raises:
            EngineWithoutWeights: there is nothing to download for it.
        """
        self._source(engine)
        with self._lock:
            run = self._runs.get(engine)
        return run.state() if run is not None else DownloadState()

    def wait(self, engine: str, seconds: float | None = None) -> DownloadState:
        """The state once it is over, or after so many seconds."""
        with self._lock:
            run = self._runs.get(engine)
        if run is not None:
            run.join(seconds)
        return self.state(engine)

    def _source(self, engine: str) -> WeightSource:
        if engine not in self._sources:
            raise EngineWithoutWeights(engine=engine, known=", ".join(self._sources))
        return self._sources[engine]


class _Run:
    """One download in a thread of its own."""

    def __init__(
        self,
        source: WeightSource,
        folder: Path,
        environment: Mapping[str, str] | None,
        patience: Patience,
        thorough: bool,
    ) -> None:
        self._source = source
        self._folder = folder
        self._environment = environment
        self._thorough = thorough
        self._retries = Retries(patience)
        self._meter = Meter(patience.silence)
        self._outcome: DownloadState | None = None
        self._thread = threading.Thread(target=self._work, name=f"weights-{source.folder}", daemon=True)
        self.start, self.join, self.cancel = self._thread.start, self._thread.join, self._retries.cancel

    def state(self) -> DownloadState:
        if self._outcome is not None:
            return self._outcome
        return DownloadState(CANCELLING if self._retries.is_cancelled else RUNNING, self._meter.progress())

    def _work(self) -> None:
        status, error = FAILED, None
        try:
            with open_hub(self._source, self._retries.patience.silence, self._environment) as hub:
                self._meter.name_hub(hub.url)
                download_weights(self._source, self._folder, hub, self._meter, self._retries, thorough=self._thorough)
            status = DONE
        except DownloadCancelled:
            status = IDLE
        except I2VError as fault:
            error = fault
            log.warning("the download of %s failed: %s", self._source.repo, fault)
        except Exception:
            error = I2VError()
            log.exception("the download of %s broke", self._source.repo)
        self._outcome = DownloadState(status, replace(self._meter.progress(), trouble=None), error)
