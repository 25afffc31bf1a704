"""How far a download is, for whoever looks on from another thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from i2v.errors import HubSilent, I2VError

LISTING, CHECKING, FETCHING = "listing", "checking", "fetching"
_WINDOW_SECONDS = 10.0
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Progress:
    """A download at one moment.

    Attributes:
        stage: `listing` (asking the hub), `checking` (hashing what is here) or `fetching`.
        bytes_done: of the whole model, whenever they came.
        bytes_total: of the whole model; 0 until the hub has said it.
        bytes_per_second: over the last ten seconds; None where nothing came.
        seconds_left: None while the rate is unknown.
        file: the file in work.
        trouble: what keeps it from getting on at the moment; it goes on by itself if that passes.
    """

    stage: str = LISTING
    bytes_done: int = 0
    bytes_total: int = 0
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    file: str = ""
    trouble: I2VError | None = None


class Meter:
    """Counts bytes in one thread, tells the progress in any."""

    def __init__(self, silence_seconds: float) -> None:
        self._url = ""
        self._silence_seconds = silence_seconds
        self._lock = threading.Lock()
        self._stage, self._file = LISTING, ""
        self._done = self._total = self._received = 0
        self._trouble: I2VError | None = None
        self._last_sign = time.monotonic()
        self._samples: deque[tuple[float, int]] = deque()

    def name_hub(self, url: str) -> None:
        """Where the bytes come from; said when they do not."""
        with self._lock:
            self._url = url

    def expect(self, total: int) -> None:
        """The size of the whole model is known."""
        with self._lock:
            self._total = total

    def enter(self, stage: str, file: str = "") -> None:
        """Another stage or file begins."""
        with self._lock:
            self._stage, self._file = stage, file
            self._last_sign = time.monotonic()

    def count(self, size: int) -> None:
        """So many bytes are here without having been fetched now; negative when they had to be thrown away."""
        with self._lock:
            self._done += size

    def receive(self, size: int) -> None:
        """So many bytes came from the hub."""
        now = time.monotonic()
        with self._lock:
            self._done += size
            self._received += size
            self._trouble = None
            self._last_sign = now
            if not self._samples or now - self._samples[-1][0] >= _SAMPLE_SECONDS:
                self._samples.append((now, self._received))
            while now - self._samples[0][0] > _WINDOW_SECONDS:
                self._samples.popleft()

    def hold_up(self, trouble: I2VError) -> None:
        """Something is in the way; told until bytes come again."""
        with self._lock:
            self._trouble = trouble

    @property
    def trouble(self) -> I2VError | None:
        """What was last in the way and still is."""
        with self._lock:
            return self._trouble

    def progress(self) -> Progress:
        now = time.monotonic()
        with self._lock:
            rate = self._rate(now)
            left = (self._total - self._done) / rate if rate and self._total else None
            trouble, silence = self._trouble, now - self._last_sign
            if trouble is None and self._stage != CHECKING and silence > self._silence_seconds:
                trouble = HubSilent(url=self._url, seconds=round(silence))
            return Progress(self._stage, self._done, self._total, rate, left, self._file, trouble)

    def _rate(self, now: float) -> float | None:
        recent = [sample for sample in self._samples if now - sample[0] <= _WINDOW_SECONDS]
        if len(recent) < 2:
            return None
        return (self._received - recent[0][1]) / max(now - recent[0][0], _SAMPLE_SECONDS)
