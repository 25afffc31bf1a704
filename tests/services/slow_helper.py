"""A helper that begins to read late, then says how much it was given; `forever` never ends."""

from __future__ import annotations

import sys
import time

if __name__ == "__main__":
    time.sleep(3600 if sys.argv[1:] == ["forever"] else 0.5)
    print(len(sys.stdin.buffer.read()))
