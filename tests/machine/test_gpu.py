"""What the driver's tool says, through a stand-in that speaks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from i2v.machine import gpu as gpu_module
from i2v.machine.gpu import Gpu, GpuMonitor, GpuProcess, card_in_use
from tests.stand_in_card import OTHER, UUID, StandInCard

MIB = 2**20


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInCard:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return StandInCard(tmp_path / "bin")


def test_cards_are_read_as_the_driver_tells_them(card: StandInCard) -> None:
    card.say(
        f"{UUID}, NVIDIA GeForce RTX 4090, 2048, 24564, 41, 7\n{OTHER}, Tesla, K80, 0, 11441, 38, 0\n",
        f"{UUID}, 4711, /opt/env/bin/python, 1500\n{OTHER}, 12, C:\\Program Files\\Blender, 4\\blender.exe, 250\n",
    )
    assert GpuMonitor().gpus() == [
        Gpu(UUID, "NVIDIA GeForce RTX 4090", 2048 * MIB, 24564 * MIB, 41, 7, (GpuProcess(4711, "python", 1500 * MIB),)),
        Gpu(OTHER, "Tesla, K80", 0, 11441 * MIB, 38, 0, (GpuProcess(12, "blender.exe", 250 * MIB),)),
    ]


@pytest.mark.parametrize(
    ("cards", "processes", "expected"),
    [
        # A laptop whose fanless card tells neither temperature nor load.
        (f"{UUID}, T500, 12, 4096, [N/A], [N/A]", "", Gpu(UUID, "T500", 12 * MIB, 4096 * MIB, None, None)),
        # Memory shared with the processor is not told as the card's.
        (f"{UUID}, NVIDIA GB10, [N/A], [N/A], 36, 0", "", Gpu(UUID, "NVIDIA GB10", None, None, 36, 0)),
        # WSL and Windows: programs without their memory.
        (
            f"{UUID}, NVIDIA GeForce RTX 3060, 900, 12288, 50, 3",
            f"{UUID}, 31, [Not Found], [N/A]\n{UUID}, [N/A], [N/A], [N/A]",
            Gpu(
                UUID,
                "NVIDIA GeForce RTX 3060",
                900 * MIB,
                12288 * MIB,
                50,
                3,
                (GpuProcess(31, "[Not Found]", None),),
            ),
        ),
    ],
    ids=["silent sensors", "shared memory", "wsl"],
)
def test_what_the_driver_does_not_say_is_unknown(card: StandInCard, cards: str, processes: str, expected: Gpu) -> None:
    card.say(cards + "\n", processes + "\n")
    assert GpuMonitor().gpus() == [expected]


def test_the_card_in_use_is_the_first_that_is_visible(card: StandInCard, monkeypatch: pytest.MonkeyPatch) -> None:
    card.say(f"{UUID}, One, 1, 2, 3, 4\n{OTHER}, Two, 1, 2, 3, 4\n")
    gpus = GpuMonitor().gpus()

    def in_use(visible: str | None) -> str | None:
        if visible is None:
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        else:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        found = card_in_use(gpus)
        return found.name if found else None

    assert [in_use(None), in_use("1"), in_use("1,0"), in_use(OTHER[:12])] == ["One", "Two", "Two", "Two"]
    assert [in_use(""), in_use("-1"), in_use("7"), in_use("GPU-x")] == [None] * 4
    assert card_in_use([]) is None


def test_a_machine_without_the_tool_has_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(gpu_module, "_WSL_TOOL", "/nowhere/nvidia-smi")
    assert GpuMonitor().gpus() == []


def test_a_mute_driver_counts_as_no_card(card: StandInCard) -> None:
    (card.folder / "nvidia-smi").write_text(
        "#!/bin/sh\necho 'NVIDIA-SMI has failed, because it could not talk'\nexit 9\n"
    )
    assert GpuMonitor().gpus() == []


def test_the_driver_is_not_asked_for_every_look(card: StandInCard) -> None:
    monitor = GpuMonitor()
    card.show(used_mb=100, total_mb=1000)
    first = monitor.gpus()
    card.show(used_mb=900, total_mb=1000)
    assert monitor.gpus() == first
