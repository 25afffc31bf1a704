"""Both directions of the pipe between a worker and its server.

Light to import: it listens before anything heavy loads.
"""

from __future__ import annotations

import os
import threading
from queue import Queue
from typing import BinaryIO

from i2v.domain.events import Assignment, Cancel, Event, read_message
from i2v.errors import JobCancelled


class Channel:
    """Both directions of the pipe, and the wish to cancel that arrives while a job runs."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self._stdin, self._stdout = stdin, stdout
        self._writing = threading.Lock()
        self._cancelled: set[str] = set()
        self.assignments: Queue[Assignment] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, event: Event) -> None:
        frame = event.to_frame()
        with self._writing:
            self._stdout.write(frame)
            self._stdout.flush()

    def report_for(self, job_id: str, event: Event) -> None:
        """What engines call: sends the event, or stops the job.

        Raises:
            JobCancelled: the server asked for it.
        """
        if job_id in self._cancelled:
            raise JobCancelled
        self.tell(event)

    def _listen(self) -> None:
        """Reads commands until the server is gone; then there is nobody left to work for."""
        while message := read_message(self._stdin):
            match message:
                case Assignment():
                    self.assignments.put(message)
                case Cancel(job_id):
                    self._cancelled.add(job_id)
        os._exit(0)
