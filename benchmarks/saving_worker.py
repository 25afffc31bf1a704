"""The worker as it is, but with a checkpoint after each step: clips of the tests' model are over before ten seconds."""

from __future__ import annotations

from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.worker.__main__ import main

if __name__ == "__main__":
    I2VGenXLEngine.seconds_between_checkpoints = 0.0
    main()
