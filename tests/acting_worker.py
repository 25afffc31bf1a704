"""A real worker process whose engine acts out what the sentence says: `crash at 3`, `hang at 2`, `fail`, `garbage` …

Everything but the engine is the real thing: pipe, protocol, encoding.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from i2v.domain.events import Checkpoint, Loading, Step
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Frame, Picture, Report, Workplace
from i2v.errors import ClipFaulty
from i2v.worker import __main__ as worker
from i2v.worker import run_job


class ActingEngine:
    """Yields grey frames; at the step its sentence names it does what its sentence says."""

    def load(self, workplace: Workplace, report: Report) -> None:
        return

    def generate(
        self, request: GenerationRequest, picture: Picture, report: Report, checkpoint: bytes
    ) -> Iterator[Frame]:
        act, _, place = request.options.prompt.partition(" at ")
        begin = int(checkpoint or b"0")
        if act == "load":
            report(Loading("loading"))
            time.sleep(0.6)
        total = request.options.num_frames
        for index in range(begin + 1, total + 1):
            if place and index == int(place):
                self.act(act, first_time=not checkpoint)
            report(Step(index, total, b"RIFFpreview"))
            report(Checkpoint(str(index).encode()))
            if act == "slowly":
                time.sleep(0.05)
        for index in range(total):
            yield np.full((request.options.height, request.options.width, 3), 40 + index, np.uint8)

    def act(self, act: str, *, first_time: bool) -> None:
        if act == "crash" or (act == "crash once" and first_time):
            os.kill(os.getpid(), signal.SIGKILL)
        elif act == "hang":
            time.sleep(60)
        elif act == "fail":
            raise ClipFaulty(fault="black")
        elif act == "stumble":
            raise ValueError("nobody foresaw this")
        elif act == "break the GPU":
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        elif act == "babble":
            os.write(int(os.environ["PROTOCOL_FD"]), b"\xff" * 64)
            time.sleep(60)

    def facts(self) -> Mapping[str, Any]:
        return {"acted_by": os.getpid()}

    def peak_device_gb(self) -> float | None:
        return None

    def unload(self) -> None:
        return


if __name__ == "__main__":
    if sys.argv[1:] == ["never starts"]:
        sys.exit(3)
    # What `main` sets aside for the protocol is the next free descriptor.
    os.environ["PROTOCOL_FD"] = str(os.dup(1))
    os.close(int(os.environ["PROTOCOL_FD"]))
    run_job.create_engine = lambda name: ActingEngine()  # type: ignore[attr-defined]
    assert Path.cwd().joinpath("main.py").exists()
    worker.main()
