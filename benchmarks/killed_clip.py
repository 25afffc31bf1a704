"""A clip of ours that is killed while it is being decoded, in a process of its own."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from unittest.mock import patch

from benchmarks.rig import Clip, Ours, OutOfTime, Rig
from i2v.domain.events import Event, Tick
from i2v.engines.i2vgen_xl import ticking


def checkpoint_of_a_killed_run(rig: Rig, steps: int) -> bytes:
    """The last checkpoint that a process told before it was killed between two layers of the decoder.

    Raises:
        OutOfTime: it did not come that far in time.
        RuntimeError: it ended by itself.
    """
    context = multiprocessing.get_context("spawn")  # a fork cannot use CUDA again
    here, there = context.Pipe()
    process = context.Process(target=_decode_until_killed, args=(rig, steps, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(max(0.0, rig.clock.left())):
            raise OutOfTime
        return here.recv_bytes()
    except EOFError:
        process.join()
        raise RuntimeError(f"the run to be killed ended by itself, exit code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()


def _decode_until_killed(rig: Rig, steps: int, parent: Connection) -> None:
    clip, ours = Clip(), Ours(rig, rig.dtype)

    def watch(event: Event) -> None:
        if clip.stage == "decoding" and isinstance(event, Tick):
            parent.send_bytes(clip.checkpoints[-1])
            parent.recv()  # nothing ever comes: here it is killed

    with patch.object(ticking, "_SECONDS_BETWEEN_TICKS", 0.0):
        ours.load()
        ours.make(rig.small, steps, clip, watch=watch)
