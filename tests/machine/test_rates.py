"""How fast the processor seems: a look in a busy moment must not count for good."""

from __future__ import annotations

import pytest

from i2v.machine import rates


def test_the_best_look_counts_and_looks_are_a_minute_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, measured = [0.0], iter([7e9, 90e9, 40e9])
    monkeypatch.setattr("i2v.machine.rates.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(rates, "_measure", lambda: next(measured))
    rate = rates.Rate()
    for now, seen in ((0.0, 7e9), (59.0, 7e9), (60.0, 90e9), (119.0, 90e9), (120.0, 90e9)):
        clock[0] = now
        assert rate.best() == seen


def test_after_ten_looks_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("i2v.machine.rates.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(rates, "_measure", lambda: 1.0)
    rate = rates.Rate()
    for minute in range(30):
        clock[0] = 60.0 * minute
        rate.best()
    assert rate.looks == 10


def test_a_real_look_finds_what_a_processor_can() -> None:
    assert 1e8 < rates.matmul_flops() < 1e14
