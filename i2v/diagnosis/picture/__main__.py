"""Measures one picture in a process of its own: `python -m i2v.diagnosis.picture <width> <height of the clip>`.

A PNG on stdin, measures as JSON on stdout. So neither OpenCV nor the pixels of a large picture stay in the server, and
its other answers do not wait for them.
"""

from __future__ import annotations

import contextlib
import json
import sys

import cv2
import numpy as np

from i2v.diagnosis.picture.measuring import measure_picture

_MEMORY_BYTES = 2_000_000_000
"""Address space, where the system can bound it: 50 Mpx take 0.5 GB."""


def main() -> None:
    """Reads a picture, writes what it measures; ends with an exception where it is none."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such bound, macOS does not set it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    cv2.setNumThreads(1)
    pixels = cv2.imdecode(np.frombuffer(sys.stdin.buffer.read(), np.uint8), cv2.IMREAD_COLOR_RGB)
    measures = measure_picture(np.asarray(pixels, dtype=np.uint8), (int(sys.argv[1]), int(sys.argv[2])))
    json.dump(measures.to_json(), sys.stdout)


if __name__ == "__main__":
    main()
