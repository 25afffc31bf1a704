"""What is done beside the work: taking stock of the clips' folder, emptying the trash, sweeping unused pictures."""

from __future__ import annotations

import logging
import threading

from i2v.services.pictures import PictureStore
from i2v.services.stocktaking import Stocktaking
from i2v.services.trash import Trash
from i2v.storage.jobs import JobTable

log = logging.getLogger(__name__)

ROUND_SECONDS = 30.0


class Housekeeper:
    """A thread of its own, begun when the page answers, so that ten thousand unknown clips keep nobody waiting."""

    def __init__(self, stock: Stocktaking, trash: Trash, pictures: PictureStore, jobs: JobTable) -> None:
        self._stock = stock
        self._trash = trash
        self._pictures = pictures
        self._jobs = jobs
        self._stopping = threading.Event()
        self._knows_stock = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begins; once more does nothing."""
        if not self._thread.ident:
            self._thread.start()

    def wait_for_stock(self) -> None:
        """Until every clip in the folder has been looked at."""
        self._knows_stock.wait()

    def stop(self) -> None:
        """Ends it between two clips; the next start goes on there."""
        self._stopping.set()
        if self._thread.ident:
            self._thread.join()

    def _work(self) -> None:
        try:
            self._stock.take(self._stopping)
            if not self._stopping.is_set():
                # Not before: a picture whose clips have no rows yet looks as if nobody needed it.
                self._pictures.sweep(self._jobs.refers_to)
        except Exception as cause:
            log.error("the clips' folder was not looked through to its end: %s", cause, exc_info=cause)
        finally:
            self._knows_stock.set()
        while not self._stopping.is_set():
            try:
                self._trash.sweep()
            except Exception as cause:
                log.error("the trash is not emptied yet: %s", cause, exc_info=cause)
            self._stopping.wait(ROUND_SECONDS)
