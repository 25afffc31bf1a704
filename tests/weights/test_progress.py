"""What the meter says of a download, by a clock of the test's own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from i2v.errors import HubBusy
from i2v.weights import progress
from i2v.weights.progress import CHECKING, FETCHING, Meter


class Clock:
    seconds = 100.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    return clock


@pytest.fixture
def meter(clock: Clock) -> Meter:
    meter = Meter(silence_seconds=8.0)
    meter.name_hub("https://hub.example")
    meter.expect(10_000)
    meter.enter(FETCHING, "unet")
    return meter


def test_rate_and_time_left_are_of_what_came_lately(meter: Meter, clock: Clock) -> None:
    meter.count(4000)
    assert meter.progress().bytes_per_second is None
    meter.receive(1000)
    for _ in range(20):
        clock.seconds += 1
        meter.receive(100)
    told = meter.progress()
    assert told.bytes_done == 7000
    assert told.bytes_per_second == pytest.approx(100)
    assert told.seconds_left == pytest.approx(30)


def test_bytes_found_on_the_disk_are_no_rate(meter: Meter, clock: Clock) -> None:
    meter.count(9000)
    clock.seconds += 1
    assert (meter.progress().bytes_done, meter.progress().bytes_per_second) == (9000, None)


def test_silence_is_trouble_before_any_connection_fails(meter: Meter, clock: Clock) -> None:
    meter.receive(1)
    clock.seconds += 7.9
    assert meter.progress().trouble is None
    clock.seconds += 0.6
    trouble = meter.progress().trouble
    assert trouble is not None
    assert (trouble.code, trouble.values["seconds"]) == ("hub_silent", 8)
    meter.receive(1)
    assert meter.progress().trouble is None


def test_hashing_what_is_here_is_no_silence(meter: Meter, clock: Clock) -> None:
    meter.enter(CHECKING, "unet")
    clock.seconds += 60
    assert meter.progress().trouble is None


def test_trouble_is_told_until_bytes_come(meter: Meter) -> None:
    meter.hold_up(HubBusy(url="", status=503, seconds=0))
    assert meter.progress().trouble is meter.trouble is not None
    meter.receive(1)
    assert meter.progress().trouble is None
