"""What the benchmark beside the library holds its figures to."""

from __future__ import annotations

import pytest
import torch

from benchmarks import against_stock
from benchmarks.against_stock import matrix_flops


@pytest.mark.parametrize("slow", ["product", "convolution"])
def test_the_peak_is_that_of_the_faster_of_product_and_convolution(monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    # One of the two takes no time at all to speak of, by having next to nothing to do.
    monkeypatch.setattr(against_stock, "_MATRIX", {"cpu": 2048 if slow == "convolution" else 2})
    monkeypatch.setattr(against_stock, "_CONVOLUTION", {"cpu": 640 if slow == "product" else 1})
    assert (
        matrix_flops(torch.device("cpu"), torch.float32) > 1e10
    )  # what overhead leaves of next to nothing is far below
