"""What the benchmark beside the library holds its figures to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import against_stock
from benchmarks.against_stock import _COLUMNS, Result, Side, _line, matrix_flops, tell
from benchmarks.rig import ClipShape


@pytest.mark.parametrize("slow", ["product", "convolution"])
def test_the_peak_is_that_of_the_faster_of_product_and_convolution(monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    # One of the two takes no time at all to speak of, by having next to nothing to do.
    monkeypatch.setattr(against_stock, "_MATRIX", {"cpu": 2048 if slow == "convolution" else 2})
    monkeypatch.setattr(against_stock, "_CONVOLUTION", {"cpu": 640 if slow == "product" else 1})
    assert (
        matrix_flops(torch.device("cpu"), torch.float32) > 1e10
    )  # what overhead leaves of next to nothing is far below


def test_steps_and_clips_are_printed_with_their_spread() -> None:
    side = Side("ours", "ours", "float32")
    latents = np.zeros((1, 4, 2, 8, 8), np.float32)
    result = Result("float32", {"plan": "resident"}, [2.0, 1.0, 4.0], [70.0, 80.0, 60.0], 5.0, 3.0, 1e12, latents)
    told = tell(side, result, ClipShape(64, 64, 2), 50, is_full_size=False)
    figures = _line("ours", told).split()
    assert figures == ["ours", "float32", "2", "1", "4", "70", "60", "80", "5.0", "3.00", "–", "–"]
    assert len(figures) == 2 + len(_COLUMNS)
