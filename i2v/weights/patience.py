"""How long trouble with the hub is borne, and how a person ends it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from i2v.errors import HubTrouble, I2VError

Result = TypeVar("Result")


class DownloadCancelled(Exception):
    """The user ended the download; not a fault. What was fetched stays."""


@dataclass(frozen=True)
class Patience:
    """All in seconds.

    Attributes:
        before_data: with a hub that has sent nothing yet: whoever just pressed the button is told within ten.
        after_data: with one that has sent something: a network that goes away comes back.
        silence: how long a connection may send nothing before another is made.
        first_pause: before the first new attempt; doubles up to `longest_pause` until data comes.
    """

    before_data: float = 8.0
    after_data: float = 300.0
    silence: float = 8.0
    first_pause: float = 0.25
    longest_pause: float = 15.0


class Retries:
    """The attempts of one download. Its own thread works with it; any thread may `cancel`."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._cancelled = threading.Event()
        self._has_data = False
        self._pause = patience.first_pause
        self._last_good = time.monotonic()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def go_on(self) -> None:
        """Called between pieces of work.

        Raises:
            DownloadCancelled: nobody waits for it any more.
        """
        if self.is_cancelled:
            raise DownloadCancelled

    def way_made(self, *, by_hub: bool = True) -> None:
        """Something was achieved, by new data from the hub or by work here: patience begins anew."""
        self._has_data = self._has_data or by_hub
        self._pause = self.patience.first_pause
        self._last_good = time.monotonic()

    def bear(self, trouble: HubTrouble) -> None:
        """Waits before the next attempt, as long as the hub wishes.

        Raises:
            HubTrouble: `trouble` itself, when it has lasted too long or the wait would.
            DownloadCancelled: nobody waits for it any more.
        """
        wished = trouble.values.get("seconds", 0) if trouble.code == "hub_busy" else 0
        pause = max(self._pause, float(str(wished)))
        limit = self.patience.after_data if self._has_data else self.patience.before_data
        if time.monotonic() - self._last_good + pause > limit:
            raise trouble
        self._pause = min(self._pause * 2, self.patience.longest_pause)
        if self._cancelled.wait(pause):
            raise DownloadCancelled


def within(seconds: float, work: Callable[[], Result], late: Callable[[], I2VError]) -> Result:
    """The result of `work`, or the error `late` gives after `seconds`.

    Looking up a name and connecting to each of its addresses can take minutes, and no timeout covers the whole of it;
    so this runs in a thread that is left to itself when it takes too long.
    """
    ended: queue.SimpleQueue[Callable[[], Result]] = queue.SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except BaseException as fault:
            # Bound to a name that outlives the block; the caller raises it in its own thread.
            raised = fault
            ended.put(lambda: _raise(raised))
        else:
            ended.put(lambda: result)

    threading.Thread(target=run, name="weights-listing", daemon=True).start()
    try:
        outcome = ended.get(timeout=seconds)
    except queue.Empty:
        raise late() from None
    return outcome()


def _raise(fault: BaseException) -> NoReturn:
    raise fault
