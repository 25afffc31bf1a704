"""One thread for OpenCV: small frames are no faster on two, and slower wherever other work runs beside them."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)
