"""What many tests share: a real server, and a picture."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.serving import Server

# A shell starts what runs behind its back deaf to Ctrl-C, and children inherit that: those of tests must hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A PNG of 320×240 with enough in it to see motion."""
    noise = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as they found it."""
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    running.stop()
