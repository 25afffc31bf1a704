"""The worker process: commands come in on standard input, events go out on standard output.

Standard output belongs to the protocol alone, so its file is set aside at once and everything that prints goes to
standard error, which the server keeps in its log.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from queue import Queue
from typing import BinaryIO

from i2v.domain.events import (
    Assignment,
    Cancel,
    Cancelled,
    Event,
    Failed,
    Finished,
    Message,
    Ready,
    message_from_bytes,
)
from i2v.errors import JobCancelled, plain_values
from i2v.worker.run_job import EngineShelf, failure_of, run_job


class Channel:
    """Both directions of the pipe, and the wish to cancel that arrives while a job runs."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self._stdin, self._stdout = stdin, stdout
        self._writing = threading.Lock()
        self._cancelled: set[str] = set()
        self.assignments: Queue[Assignment] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, event: Event) -> None:
        payload = event.to_bytes()
        with self._writing:
            self._stdout.write(struct.pack(">I", len(payload)) + payload)
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
        while message := self._read():
            match message:
                case Assignment():
                    self.assignments.put(message)
                case Cancel(job_id):
                    self._cancelled.add(job_id)
        os._exit(0)

    def _read(self) -> Message | None:
        head = self._stdin.read(4)
        if len(head) < 4:
            return None
        payload = self._stdin.read(struct.unpack(">I", head)[0])
        return message_from_bytes(payload)


def carry_out(assignment: Assignment, channel: Channel, shelf: EngineShelf) -> None:
    """One job; whatever happens to it is told as its last event."""
    try:
        run_job(assignment, lambda event: channel.report_for(assignment.job_id, event), shelf)
        channel.tell(Finished())
    except JobCancelled:
        channel.tell(Cancelled())
    except Exception as cause:
        error, is_fatal = failure_of(cause, assignment.engine)
        channel.tell(Failed(error.code, plain_values(error), is_fatal))
        if is_fatal:
            sys.stderr.flush()
            os._exit(70)


def main() -> None:
    """Serves until the server is gone."""
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    channel = Channel(sys.stdin.buffer, stdout)
    shelf = EngineShelf()
    channel.tell(Ready(os.getpid()))
    while True:
        carry_out(channel.assignments.get(), channel, shelf)


if __name__ == "__main__":
    main()
