"""The check of a GPU, rehearsed on the CPU with the tiny model: what it finds, and that it would find more."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from benchmarks import checks, gpu_check, killed_clip, stock
from benchmarks.checks import CHECKS, Row
from benchmarks.gpu_check import Record, run_checks
from benchmarks.rig import Clip, ClipShape, Clock, Ours, OutOfTime, Rig
from i2v.domain.events import Event, Step
from i2v.engines.i2vgen_xl import conditioning, denoise
from i2v.engines.i2vgen_xl.memory import LADDER
from i2v.machine.gpu import GpuMonitor

# A check of a check: it need not run with every change.
pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "tests" / "golden" / "model"
SQUARE = ClipShape(64, 64, 4)


@dataclass(frozen=True)
class Report:
    """What one run of the command left."""

    exit_code: int
    printed: str
    found: dict[str, Any]
    markdown: str

    def rows(self, section: str) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.found["sections"][section]["rows"]}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The command as people give it, on the tiny model."""
    out = tmp_path_factory.mktemp("gpu_check")
    options = ["--device", "cpu", "--model", str(MODEL), "--shapes", "64x64x4", "--steps", "3", "--runs", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu_check", *options, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=170,
    )
    found = json.loads((out / "gpu_check.json").read_text("utf-8"))
    return Report(done.returncode, done.stdout, found, (out / "gpu_check.md").read_text("utf-8"))


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Two steps of the tiny model, on one thread, and with as little to collect each time a model is let go."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.freeze()
    yield Rig(MODEL, torch.device("cpu"), torch.float32, 2, 1, (SQUARE,), SQUARE, Clock(100))
    gc.unfreeze()
    torch.set_num_threads(threads)


def faults(rows: Iterator[Row]) -> dict[str, str]:
    return {row.name: row.fault for row in rows if row.fault}


# --- the whole run --------------------------------------------------------------------------------------------------


def test_every_check_is_made_and_none_fails(report: Report) -> None:
    assert report.exit_code == 0, report.printed
    assert report.found["failed"] == []
    assert list(report.found["sections"]) == list(CHECKS)
    assert all(section["rows"] and not section["out_of_time"] for section in report.found["sections"].values())


def test_ours_ends_where_stock_ends(report: Report) -> None:
    apart = report.rows("speed")["ours to stock 64×64×4"]
    assert apart["relative difference"] <= 1e-5
    assert apart["most"] <= 1


def test_both_are_timed_by_clip_and_by_step_and_hold_no_nan(report: Report) -> None:
    rows = report.rows("speed")
    for name in ("ours", "stock"):
        row = rows[f"{name} 64×64×4"]
        assert (row["clips"], row["finite"]) == (2, True)
        assert 0 < row["step s min"] <= row["step s median"] <= row["step s max"] < row["clip s min"]
        assert row["process peak GiB"] > 0.1
        assert rows[f"{name}, from files to first step"]["seconds"] > 0


def test_a_cancel_in_the_middle_is_heard(report: Report) -> None:
    heard = [row["latency s"] for row in report.rows("cancel").values() if row["latency s"] is not None]
    assert heard
    assert max(heard) < checks.CANCEL_SECONDS


def test_a_clip_goes_on_bit_for_bit_from_a_step_and_from_a_kill_in_decoding(report: Report) -> None:
    rows = report.rows("resume")
    assert len(rows) == 3
    assert all(row["bit-identical"] for row in rows.values())


def test_the_half_precisions_are_measured_against_float32(report: Report) -> None:
    rows = report.rows("precision")
    assert 0 < rows["ours bfloat16"]["from float32"] < 0.2
    assert 0 < rows["stock bfloat16"]["from float32"] < 0.2


def test_attention_that_does_not_load_is_said_and_is_no_fault(report: Report) -> None:
    rows = report.rows("attention")
    assert rows["sdpa 64×64×4"]["step s median"] > 0
    assert rows["xformers 64×64×4"]["not available"] == "device cpu"
    assert rows["auto"]["takes"] == "sdpa"


def test_each_plan_is_forced_in_turn_beside_what_was_planned(report: Report) -> None:
    rows = report.rows("plans")
    assert [name.split()[0] for name in rows] == [plan.name for plan in LADDER]
    planned = [row["planned GiB"] for row in rows.values()]
    assert planned == sorted(planned, reverse=True)
    assert all(row["from the first plan"] < 1e-4 for row in rows.values())


def test_a_memory_that_fills_costs_a_plan_and_no_step(report: Report) -> None:
    (row,) = report.rows("full").values()
    assert row["plans"] == "resident → two_passes"
    assert row["from an undisturbed clip"] < 1e-4


def test_the_files_say_when_and_how_they_were_made(report: Report) -> None:
    assert "benchmarks.gpu_check --device cpu" in report.found["command"]
    assert report.found["torch"] == torch.__version__
    assert f"- date: {report.found['date']}" in report.markdown
    assert "| ours 64×64×4 |" in report.markdown


# --- what it would find ---------------------------------------------------------------------------------------------


def test_another_clip_than_stocks_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "SEED", 2)
    assert list(faults(checks.check_speed(rig))) == ["ours to stock 64×64×4"]


def test_nan_in_half_precision_fails_though_the_engine_mends_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    predict = denoise._predict

    def spoiled(parts: Any, *rest: Any) -> torch.Tensor:
        answer = predict(parts, *rest)
        return answer * float("nan") if parts.value_dtype == torch.bfloat16 else answer

    monkeypatch.setattr(denoise, "_predict", spoiled)
    (fault,) = faults(checks.check_precision(rig)).values()
    assert fault == "mended: Noticed(code='went_on_in_float32', values={'step': 0})"


def test_a_cancel_that_is_heard_late_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CANCEL_SECONDS", 0.0)
    assert faults(checks.check_cancel(rig))


def test_a_resumed_clip_that_differs_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "checkpoint_of_a_killed_run", lambda rig, steps: b"")
    found = faults(checks.check_resume(rig))
    assert found == {"from the final latents, killed in decoding": "2 steps were taken again"}
    encode = conditioning.encode_conditions
    calls = 0

    def drifting(*given: Any) -> conditioning.Conditions:
        nonlocal calls
        calls += 1
        conditions = encode(*given)
        return conditions if calls <= 2 else replace(conditions, text=conditions.text * 1.001)

    monkeypatch.setattr("i2v.engines.i2vgen_xl.engine.encode_conditions", drifting)
    found = faults(checks.check_resume(rig))
    assert found["from step 1 of 2"] == "differs, though an undisturbed run repeats bit for bit"


def test_memory_beyond_the_plan_or_kept_after_unload_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rig, "peak_gib", lambda self: {"reserved peak GiB": 9.0})
    monkeypatch.setattr(Rig, "held_gib", lambda self: {"allocated GiB": 1.0, "reserved GiB": 3.0})
    assert len(faults(checks.check_plans(rig))) == len(LADDER)
    assert faults(checks.check_memory(rig)) == {
        "after a job, model loaded": "2.00 GiB are cached, not given back",
        "after unload": "3.00 GiB are still reserved",
    }


def test_a_full_memory_that_costs_more_than_a_plan_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = [row.name for row in checks.check_full(rig)]
    monkeypatch.setitem(checks.DIFFERENCE, torch.float32, -1.0)
    assert "another clip" in faults(checks.check_full(rig))[name]
    monkeypatch.setattr(checks, "filled_when_told", lambda rig: contextlib.nullcontext(lambda: None))
    monkeypatch.setitem(checks.DIFFERENCE, torch.float32, 1.0)
    assert faults(checks.check_full(rig)) == {name: "the memory was not full"}


def test_a_run_that_ends_before_it_is_killed_is_told(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended by itself, exit code 1"):
        killed_clip.checkpoint_of_a_killed_run(replace(rig, folder=tmp_path), 2)


def test_auto_that_takes_the_slower_attention_fails() -> None:
    assert checks._row_of_auto("xformers", {"sdpa": 1.0, "xformers": 1.05}).fault == ""
    assert checks._row_of_auto("xformers", {"sdpa": 1.0, "xformers": 1.2}).fault == "xformers is the slower one"


# --- the run as such ------------------------------------------------------------------------------------------------


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool, list[str]], None]:
    """A machine where PyTorch has CUDA or not, and the driver has cards of these names."""

    def pretend(has_cuda: bool, names: list[str]) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
        monkeypatch.setattr(GpuMonitor, "gpus", lambda self: [SimpleNamespace(name=name) for name in names])

    return pretend


def test_the_bare_command_measures_the_card_at_full_size_where_there_is_one(cards: Any) -> None:
    cards(True, ["RTX"])
    asked = gpu_check.ask([])
    assert (asked.device, asked.is_rehearsal, asked.steps) == ("cuda", False, 50)
    assert [str(shape) for shape in asked.shapes] == ["512×512×16", "1280×704×16"]
    assert gpu_check.why_no_card(asked) == ""


def test_the_bare_command_rehearses_where_there_is_none_and_marks_it(
    cards: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cards(False, [])
    monkeypatch.setattr(sys, "argv", ["gpu_check", "--out", str(tmp_path), "--checks", "memory"])
    assert gpu_check.main() == 0
    assert "none of these figures is a GPU's" in capsys.readouterr().out.splitlines()[-1]
    assert (tmp_path / "gpu_check.md").read_text("utf-8").startswith("- REHEARSAL: no CUDA device here")


def test_a_card_that_pytorch_cannot_use_is_told_and_not_rehearsed_around(
    cards: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cards(False, ["RTX 9090"])
    monkeypatch.setattr(sys, "argv", ["gpu_check"])
    assert gpu_check.main() == 2
    assert "RTX 9090" in capsys.readouterr().err
    assert gpu_check.why_no_card(gpu_check.ask(["--device", "cpu"])) == ""


def test_a_named_device_that_is_not_there_is_told(cards: Any) -> None:
    cards(False, [])
    assert "finds no CUDA device" in gpu_check.why_no_card(gpu_check.ask(["--device", "cuda"]))


def found_by(monkeypatch: pytest.MonkeyPatch, rig: Rig, folder: Path, **made: Callable[[Rig], Iterator[Row]]) -> Any:
    """What is written after these checks."""
    monkeypatch.setattr(gpu_check, "CHECKS", {name: (1.0, check) for name, check in made.items()})
    run_checks(rig, list(made), Record(folder, {}))
    return json.loads((folder / "gpu_check.json").read_text("utf-8"))


def good(rig: Rig) -> Iterator[Row]:
    yield Row("a figure", {"seconds": 1.0})


def bad(rig: Rig) -> Iterator[Row]:
    yield Row("a figure", {"seconds": 9.0}, "too slow")


def broken(rig: Rig) -> Iterator[Row]:
    yield Row("a figure", {"seconds": 1.0})
    raise ValueError("no such thing")


def late(rig: Rig) -> Iterator[Row]:
    yield Row("a figure", {"seconds": 1.0})
    raise OutOfTime


@pytest.mark.parametrize(("check", "fault"), [(bad, ""), (broken, "ValueError: no such thing")])
def test_a_check_that_fails_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, rig: Rig, tmp_path: Path, check: Callable[[Rig], Iterator[Row]], fault: str
) -> None:
    found = found_by(monkeypatch, rig, tmp_path, first=check, second=good)
    assert found["failed"] == ["first"]
    assert found["sections"]["first"]["fault"] == fault
    assert [len(section["rows"]) for section in found["sections"].values()] == [1, 1]


def test_a_check_without_time_leaves_what_it_had_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, rig: Rig, tmp_path: Path
) -> None:
    found = found_by(monkeypatch, rig, tmp_path, first=late, second=good)
    assert found["failed"] == []
    assert [section["out_of_time"] for section in found["sections"].values()] == [True, False]
    assert [len(section["rows"]) for section in found["sections"].values()] == [1, 1]
    none_left = found_by(monkeypatch, replace(rig, clock=Clock(0)), tmp_path, first=good)
    assert none_left["sections"]["first"]["out_of_time"]


def test_all_checks_together_have_less_than_eight_minutes() -> None:
    assert gpu_check.ask([]).budget_seconds < 8 * 60


def test_what_one_check_does_not_use_is_there_for_the_next() -> None:
    clock = Clock(100)
    with clock.at_most(0.25):
        assert 24 < clock.left() <= 25
    assert 99 < clock.left() <= 100


def test_a_clip_is_cut_short_in_time_and_keeps_what_it_has(rig: Rig) -> None:
    ours, clip = Ours(rig, rig.dtype), Clip()
    ours.load()

    def run_out(event: Event) -> None:
        if isinstance(event, Step) and event.index == 2:
            rig.clock.__init__(0)  # type: ignore[misc]

    with pytest.raises(OutOfTime):
        ours.make(SQUARE, 3, clip, watch=run_out)
    assert len(clip.step_seconds) == 1
    assert (clip.seconds, clip.frames) == (None, None)
