"""Estimates learn from finished jobs and say nothing where they know nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from i2v.domain.job import Job
from i2v.engines.base import Site
from i2v.engines.camera.spec import SPEC
from i2v.engines.registry import engine_spec
from i2v.services.forecast import Span, expected_memory, expected_need, learned_pace, scaled, told_apart
from i2v.services.machine import Machine
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.settings import Settings
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable


def test_what_is_needed_and_what_is_free_never_read_the_same_unless_they_are() -> None:
    assert told_apart(6.24, 4.18) == (6.2, 4.2)
    assert told_apart(0.843, 0.782) == (0.84, 0.78)
    assert told_apart(0.8431, 0.8428) == (0.843, 0.843)
    assert told_apart(0.843, 0.841, digits=2) == (0.843, 0.841)
    assert told_apart(2.0, 2.0) == (2.0, 2.0)


def done(seconds: float | None, **options: int) -> Job:
    chosen = {"prompt": "", "width": 512, "height": 512, "num_frames": 16, "fps": 8, "seed": 1, **options}
    return Job("a", "done", "camera", "auto", chosen, "0" * 64, 1, 0.0, work_seconds=seconds, peak_memory_gb=seconds)


def wanted(**options: int) -> Any:
    return SPEC.options.model_validate(options)


def expected_seconds(options: Any, jobs: list[Job]) -> Span | None:
    return scaled(learned_pace(jobs), SPEC.work(options))


def test_nothing_is_known_before_the_first_job() -> None:
    assert expected_seconds(wanted(), []) is None
    assert expected_memory(wanted(), []) is None
    assert expected_seconds(wanted(), [done(None)]) is None


def test_time_grows_with_the_work_and_one_job_is_taken_with_care() -> None:
    same = expected_seconds(wanted(), [done(1.0)])
    double = expected_seconds(wanted(num_frames=32), [done(1.0)])
    assert same is not None
    assert double is not None
    assert same.low < 1.0 < same.high
    assert (double.low, double.high) == pytest.approx((same.low * 2, same.high * 2))


def test_many_jobs_give_their_middle_and_one_strange_one_does_not_move_it() -> None:
    span = expected_seconds(wanted(), [done(1.0 + number / 100) for number in range(19)] + [done(60.0)])
    assert span is not None
    assert 1.0 <= span.low <= span.high < 1.2


@pytest.mark.parametrize(("device", "seconds"), [("cpu", 1000.0), ("cuda", 2.0)])
def test_clips_made_on_another_device_teach_nothing(tmp_path: Path, device: str, seconds: float) -> None:
    """One made on the processor, one on a card; the camera's know no device and hold everywhere."""
    database = Database(tmp_path / "jobs.sqlite")
    table, house = JobTable(database), Settings(models_dir=tmp_path)
    for name, taken in (("cpu", 1000.0), ("NVIDIA GeForce RTX 4090", 2.0), ("", 1.0)):
        engine, made_with = ("i2vgen-xl", {"device": name}) if name else ("camera", {})
        table.add(replace(done(None), id=name, engine=engine, status="queued"))
        table.claim(0.0)
        table.finish_done(name, f"{name}.mp4", {"recipe": {"made_with": made_with}, "work_seconds": taken})
    outlook = Outlook(table, Models(house), Machine(device, lambda: pytest.fail("nobody needs the worker")))
    assert [job.work_seconds for job in outlook.finished("i2vgen-xl")] == [seconds]
    assert len(outlook.finished("camera")) == 1


def test_memory_is_told_only_of_the_same_shape() -> None:
    assert expected_memory(wanted(), [done(1.0, width=256)]) is None
    span = expected_memory(wanted(), [done(1.0), done(3.0), done(9.0, width=256)])
    assert span is not None
    assert (span.low, span.high) == (1.0, 3.0)


def made(plan: str, device: str, peak_gb: float, **options: Any) -> Job:
    recipe = {"made_with": {"plan": plan, "device": device}}
    return Job("a", "done", "i2vgen-xl", "auto", options, "0", 1, 0.0, peak_memory_gb=peak_gb, recipe=recipe)


def test_a_need_is_learned_from_clips_of_the_same_need_plan_and_memory() -> None:
    spec, card = engine_spec("i2vgen-xl"), Site("cuda", 2)
    assert spec.memory is not None
    clip = {"width": 512, "height": 512, "num_frames": 16}
    options = spec.options.model_validate(clip)
    resident, offloaded, *_ = spec.memory(options, card)
    done = [
        made("resident", "NVIDIA GeForce RTX 4090", 7.0, **clip),
        made("resident", "NVIDIA GeForce RTX 4090", 7.25, **clip, fps=12),
        made("resident", "NVIDIA GeForce RTX 4090", 9.0, **clip | {"num_frames": 24}),
        made("resident", "cpu", 11.0, **clip),
        made("two_passes", "NVIDIA GeForce RTX 4090", 4.0, **clip),
    ]
    # On a card 0.75 GiB are the driver's and no job's.
    assert expected_need(spec, resident, [card], done) == Span(7.75, 8.0)
    assert expected_need(spec, offloaded, [card], done) is None
    processor = Site("cpu", 2)
    alone, *_ = spec.memory(options, processor)
    assert expected_need(spec, alone, [processor], done) == Span(11.0, 11.0)
