"""Measures a finished clip: in the worker that has made it, or in a process of its own for a clip of anybody's.

`python -m i2v.worker.measure <limits as JSON>`: an MP4 on standard input, its measures as JSON on standard output.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

from i2v.errors import ClipDamaged
from i2v.media.decoder import limit_process
from i2v.media.limits import Limits

log = logging.getLogger(__name__)


def measure_mp4(clip: bytes) -> dict[str, Any]:
    """What `ClipMeasures.to_json` tells of a clip.

    Raises:
        Exception: it is none that plays, or has less than two frames; decoders raise what they like.
    """
    from i2v.diagnosis.clip.measuring import measure_clip
    from i2v.media.video import read_film

    with read_film(clip) as (frames, fps):
        return measure_clip(frames, fps).to_json()


def measure_quietly(clip: bytes) -> dict[str, Any]:
    """As `measure_mp4`, but empty where it fails: what nobody could measure is a clip all the same."""
    try:
        return measure_mp4(clip)
    except Exception:
        log.exception("the clip could not be measured")
        return {}


def main() -> None:
    """Whoever sent the file: it can cost this process, and no more than its limits."""
    stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # decoders print
    limit_process(Limits.from_json(sys.argv[1]))
    import cv2

    cv2.setNumThreads(1)
    try:
        json.dump(measure_mp4(sys.stdin.buffer.read()), stdout)
    except Exception as cause:  # told in one line: whoever asked hands it on
        sys.exit(str(cause.values["found"] if isinstance(cause, ClipDamaged) else cause or type(cause).__name__))
    stdout.flush()


if __name__ == "__main__":
    main()
