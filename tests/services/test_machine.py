"""What of a card's memory the next clip can have, as far as the driver lets us know."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from i2v.services import machine as machine_module
from i2v.services.machine import Machine, Space, WorkerAtHand
from tests.stand_in_card import UUID, StandInCard

MIB = 2**20
IDLE = WorkerAtHand(4711, may_hold_model=False)
LOADED = WorkerAtHand(4711, may_hold_model=True)
OURS = f"{UUID}, 4711, python, 6000\n{UUID}, 99, blender, 1000\n"


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInCard:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return StandInCard(tmp_path)


def test_what_our_own_worker_holds_is_free_for_the_next_clip(card: StandInCard) -> None:
    card.show(used_mb=7500, total_mb=8000, processes=OURS)
    machine = Machine("cuda", lambda: LOADED)
    assert machine.space("gpu") == Space(6500 * MIB, 6500 * MIB, 8000 * MIB)
    status = machine.status()
    assert (status["memory_ours"], status["memory_others"]) == (6000 * MIB, 1500 * MIB)
    assert [process["is_ours"] for process in status["processes"]] == [True, False]
    assert (status["temperature_c"], status["load_percent"], status["device"]) == (41, 7, "cuda")


def test_where_the_driver_knows_no_processes_it_is_unknown_whose_the_memory_is(card: StandInCard) -> None:
    card.show(used_mb=7500, total_mb=8000)
    assert Machine("cuda", lambda: LOADED).space("gpu") == Space(500 * MIB, 8000 * MIB, 8000 * MIB)
    assert Machine("cuda", lambda: LOADED).status()["memory_others"] is None
    assert Machine("cuda", lambda: IDLE).space("gpu") == Space(500 * MIB, 500 * MIB, 8000 * MIB)


def test_a_card_that_does_not_tell_its_memory_leaves_it_unknown(card: StandInCard) -> None:
    card.say(f"{UUID}, NVIDIA GB10, [N/A], [N/A], 36, 0\n")
    machine = Machine("cuda", lambda: IDLE)
    assert machine.space("gpu") is None
    assert machine.status()["name"] == "NVIDIA GB10"


def test_auto_takes_a_card_only_where_pytorch_knows_cards(card: StandInCard, monkeypatch: pytest.MonkeyPatch) -> None:
    for build, device in (("2.13.0", "cuda"), ("2.13.0+cu126", "cuda"), ("2.13.0+cpu", "cpu")):
        monkeypatch.setattr(machine_module, "installed_version", lambda name, build=build: build)
        assert Machine("auto", lambda: IDLE).device() == device
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Machine("auto", lambda: IDLE).device() == "cpu"


def test_main_memory_is_told_by_us_and_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    status = Machine("cpu", lambda: WorkerAtHand(None, may_hold_model=False)).status()
    assert (status["available"], status["memory_total"], status["gpus"]) == (False, None, [])
    assert status["ram_ours"] + status["ram_others"] == status["ram_used"] < status["ram_total"]
    assert status["ram_ours"] > 10 * MIB
    assert status["cpu_name"]


def test_a_workers_main_memory_is_free_for_the_next_clip() -> None:
    own = psutil.Process().pid
    without = Machine("cpu", lambda: WorkerAtHand(None, may_hold_model=False)).space("ram")
    with_ours = Machine("cpu", lambda: WorkerAtHand(own, may_hold_model=True)).space("ram")
    assert without is not None
    assert with_ours is not None
    assert with_ours.free > without.free + 20 * MIB
