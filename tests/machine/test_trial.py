"""Packages tried in a process of their own, which may not come back."""

from __future__ import annotations

from pathlib import Path

from i2v.machine.trial import try_packages


def fake(folder: Path, torch: str) -> Path:
    """A folder whose `torch` does as told."""
    (folder / "torch.py").write_text(torch)
    return folder


def test_a_pytorch_that_computes_is_told_with_its_device(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("")
    (tmp_path / "bad.py").write_text("raise OSError('libcudart.so.12 is not there')")
    told = try_packages(["good", "bad"], tmp_path)
    assert (told["device"], told["sum"], "fault" in told) == ("cpu", 64.0, False)
    assert told["engines"] == {"good": None, "bad": "OSError: libcudart.so.12 is not there"}


def test_one_that_does_not_load_crashes_or_hangs_is_told_as_such(tmp_path: Path) -> None:
    for torch, reason in (
        ("raise ImportError('DLL load failed')", "ImportError: DLL load failed"),
        ("import os; os.abort()", "exit code -6"),
        ("import sys; print('no space left', file=sys.stderr); sys.exit(3)", "exit code 3 no space left"),
        ("import time; time.sleep(60)", "no answer within 2 s"),
    ):
        told = try_packages([], fake(tmp_path, torch), seconds=2.0)
        assert told["fault"].startswith(reason), told
