"""The worker process: commands come in on standard input, events go out on standard output.

Standard output belongs to the protocol alone, so its file is set aside at once and everything that prints goes to
standard error, which the server keeps in its log.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from i2v.domain.events import Assignment, Cancelled, Failed, Finished, Ready
from i2v.errors import JobCancelled, plain_values
from i2v.machine.packages import installed_version
from i2v.worker.channel import Channel

if TYPE_CHECKING:
    from i2v.worker.run_job import EngineShelf

ALLOCATOR = "pinned_max_cached_size_mb:1"
"""PyTorch is to give larger blocks of page-locked memory back and not to round them up to powers of two: a UNet that is
streamed would take 4.2 GiB for its 2.6."""

_ASKED_BY_USER = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")


def carry_out(assignment: Assignment, channel: Channel, shelf: EngineShelf) -> None:
    """One job; whatever happens to it is told as its last event."""
    from i2v.worker.run_job import failure_of, run_job

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


def knows_allocator() -> bool:
    """Whether the installed PyTorch has the setting: one that has not ends at the first use of a card."""
    release = re.match(r"(\d+)\.(\d+)\.", installed_version("torch") or "")
    return release is not None and (int(release[1]), int(release[2])) >= (2, 13)


def _set_environment() -> None:
    """What PyTorch and CUDA are to know before they are imported."""
    if knows_allocator() and not any(name in os.environ for name in _ASKED_BY_USER):
        os.environ["PYTORCH_ALLOC_CONF"] = ALLOCATOR
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        # Numbers of cards as the driver's tool has them, and with it the page; CUDA counts from the fastest by itself.
        os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")


def main() -> None:
    """Serves until the server is gone."""
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    # Listens from here on: a server that dies while the imports below go on must not leave this process behind.
    channel = Channel(sys.stdin.buffer, stdout)
    _set_environment()
    from i2v.worker.run_job import EngineShelf

    shelf = EngineShelf()
    channel.tell(Ready(os.getpid()))
    while True:
        carry_out(channel.assignments.get(), channel, shelf)


if __name__ == "__main__":
    main()
