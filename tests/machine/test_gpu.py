"""What the driver's tool says, through a stand-in that speaks like it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from i2v.machine.gpu import Gpu, GpuMonitor

ANSWERS = "NVIDIA GeForce RTX 4090, 2048, 24564, 41, 7\nTesla, K80, 0, 11441, [N/A], [N/A]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_cards_are_read_as_the_driver_tells_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\nprintf '{ANSWERS}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monitor = GpuMonitor()
    assert monitor.gpus() == [
        Gpu("NVIDIA GeForce RTX 4090", 2048 * 2**20, 24564 * 2**20, 41, 7),
        Gpu("Tesla, K80", 0, 11441 * 2**20, None, None),
    ]
    status = monitor.status()
    assert (status["available"], status["memory_used"], status["memory_total"]) == (True, 2**31, 24564 * 2**20)


def test_a_machine_without_a_card_tells_of_processor_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    status = GpuMonitor().status()
    assert (status["available"], status["memory_total"], status["gpus"]) == (False, None, [])
    assert isinstance(status["ram_total"], int)
    assert isinstance(status["ram_used"], int)
    assert 0 < status["ram_used"] < status["ram_total"]


def test_a_mute_driver_counts_as_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert GpuMonitor().gpus() == []
