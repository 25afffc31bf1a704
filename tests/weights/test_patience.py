"""How long trouble is borne."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.errors import HubBusy, HubSilent, HubUnreachable
from i2v.weights.patience import DownloadCancelled, Patience, Retries, within
from tests.weights.conftest import QUICK, Fetch
from tests.weights.stand_in_hub import StandInHub
from tests.weights.test_faults import bad_files

TROUBLE = HubUnreachable(url="https://hub.example", reason="gone")
PATIENCE = Patience(before_data=0.0, after_data=60.0, first_pause=0.001)


def test_a_hub_that_has_sent_something_is_waited_for_longer() -> None:
    retries = Retries(PATIENCE)
    with pytest.raises(HubUnreachable):
        retries.bear(TROUBLE)
    retries.way_made()
    retries.bear(TROUBLE)


def test_work_of_our_own_is_nothing_the_hub_has_sent() -> None:
    retries = Retries(PATIENCE)
    retries.way_made(by_hub=False)
    with pytest.raises(HubUnreachable):
        retries.bear(TROUBLE)


def test_pauses_double_until_data_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda event, seconds: pauses.append(seconds))
    retries = Retries(replace(PATIENCE, before_data=60.0, first_pause=1.0, longest_pause=4.0))
    for _ in range(4):
        retries.bear(TROUBLE)
    retries.way_made()
    retries.bear(TROUBLE)
    assert pauses == [1.0, 2.0, 4.0, 4.0, 1.0]


def test_the_hub_is_left_alone_as_long_as_it_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda event, seconds: pauses.append(seconds))
    retries = Retries(replace(PATIENCE, before_data=60.0))
    retries.bear(HubBusy(url="", status=429, seconds=30))
    with pytest.raises(HubBusy):
        retries.bear(HubBusy(url="", status=429, seconds=61))
    assert pauses == [30.0]


def test_cancelling_ends_a_pause() -> None:
    retries = Retries(Patience(first_pause=5.0, before_data=60.0))
    threading.Timer(0.02, retries.cancel).start()
    with pytest.raises(DownloadCancelled):
        retries.bear(TROUBLE)


def test_a_connection_that_breaks_again_and_again_gets_there_as_long_as_bytes_come(
    hub: StandInHub, fetch: Fetch, folder: Path
) -> None:
    hub.faults, hub.hurt = ["half"] * 10, "unet/diffusion_pytorch_model.fp16.safetensors"
    fetch(hub, replace(QUICK, after_data=0.8, silence=0.7, first_pause=0.1, longest_pause=0.1))
    assert hub.faults == []
    assert bad_files(folder, hub) == []


def test_work_that_takes_too_long_is_left_to_itself() -> None:
    never = threading.Event()
    with pytest.raises(HubSilent):
        within(0.05, lambda: never.wait(30), lambda: HubSilent(url="", seconds=0))
    never.set()
    assert within(30, lambda: 7, lambda: TROUBLE) == 7
    with pytest.raises(ZeroDivisionError):
        within(30, lambda: 1 // 0, lambda: TROUBLE)
