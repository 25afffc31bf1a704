"""The queue in its user's hands, on a real data folder whose dispatcher rests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.domain.job import Job
from i2v.errors import (
    BadInput,
    IdempotencyConflict,
    JobBegun,
    JobLong,
    JobNotFailed,
    JobUnknown,
    OptionInvalid,
    OptionUnknown,
    QueueFull,
)
from i2v.services.house import House
from i2v.storage.jobs import JobTable
from tests.services.test_submit import MODEL, make_house, wish


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    made = make_house(tmp_path, max_queue=5)
    yield made
    made.close()


def table(house: House) -> JobTable:
    return JobTable(house.database)


def line(house: House) -> list[str]:
    return [job["id"] for job in house.queue.view("en")["jobs"]]


def some(house: House, picture: bytes, count: int = 3, **options: Any) -> list[Job]:
    return [house.submitter.submit(wish(house, picture, **options)) for _ in range(count)]


def test_the_view_tells_the_order_the_room_and_nothing_it_does_not_know(house: House, picture: bytes) -> None:
    first, second, third = some(house, picture)
    house.queue.run_next(third.id)
    table(house).claim(1.0)
    view = house.queue.view("en")
    told = [(job["id"], job["position"], job["is_editable"]) for job in view["jobs"]]
    assert told == [(third.id, 0, False), (first.id, 1, True), (second.id, 2, True)]
    assert (view["waiting"], view["limit"]) == (2, 5)
    assert {(job["expected_seconds"], job["starts_in_seconds"]) for job in view["jobs"]} == {(None, None)}


def test_lengths_and_starts_are_learned_from_finished_jobs(house: House, picture: bytes) -> None:
    done, *_ = some(house, picture, 4, num_frames=8)
    table(house).claim(1.0)
    table(house).finish_done(done.id, "a.mp4", {"work_seconds": 10.0, "finished_at": 2.0})
    table(house).claim(3.0)
    running, second, third = house.queue.view("en")["jobs"]
    assert running["expected_seconds"] == {"low": 6.7, "high": 15.0}
    assert running["starts_in_seconds"] is None
    assert second["starts_in_seconds"] == {"low": 0.0, "high": 15.0}
    assert third["starts_in_seconds"] == {"low": 6.7, "high": 30.0}


def test_an_edit_changes_what_it_names_and_nothing_else(house: House, picture: bytes) -> None:
    _, job, _ = some(house, picture, prompt="pan left", num_frames=8, seed=7)
    edited = house.queue.edit(job.id, {"prompt": "pan right", "fps": 12})
    assert edited.options == {**job.options, "prompt": "pan right", "fps": 12}
    assert (edited.engine_asked, edited.turn, edited.id) == ("auto", job.turn, job.id)
    drawn = house.queue.edit(job.id, {"seed": None})
    assert drawn.options["seed"] != 7
    assert line(house)[1] == job.id


def test_a_private_job_stays_private_through_edit_and_retry_until_an_edit_says_otherwise(
    house: House, picture: bytes
) -> None:
    (job,) = some(house, picture, 1, private=True)
    assert house.queue.edit(job.id, {"prompt": "pan right"}).private
    assert not house.queue.edit(job.id, {"private": False}).private
    assert house.queue.edit(job.id, {"private": True}).private
    house.queue.cancel_waiting()
    assert house.queue.retry(job.id).private
    with pytest.raises(OptionInvalid):
        house.submitter.submit(wish(house, picture, private="yes"))


def test_a_preset_replaces_what_it_speaks_of_and_gives_the_job_its_name(house: House, picture: bytes) -> None:
    (job,) = some(house, picture, 1, num_frames=9, prompt="tilt up")
    assert job.preset == ""
    edited = house.queue.edit(job.id, {"preset": "high"})
    assert (edited.preset, edited.options["num_frames"], edited.options["prompt"]) == ("high", 24, "tilt up")
    assert house.queue.edit(job.id, {"prompt": "tilt down"}).preset == "high"
    assert house.queue.edit(job.id, {"num_frames": 9}).preset == ""


def test_another_engine_keeps_what_it_knows(tmp_path: Path, picture: bytes) -> None:
    house = make_house(tmp_path, model_dir=str(MODEL))
    options = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 3, "seed": 5}
    (job,) = some(house, picture, 1, engine="i2vgen-xl", prompt="rain", **options)
    moved = house.queue.edit(job.id, {"engine": "camera"})
    assert (moved.engine, moved.engine_asked) == ("camera", "camera")
    assert {name: moved.options[name] for name in ("prompt", "width", "num_frames", "seed")} == {
        "prompt": "rain",
        "width": 64,
        "num_frames": 4,
        "seed": 5,
    }
    assert "num_inference_steps" not in moved.options
    house.close()


def test_an_edit_passes_the_same_checks_as_a_wish_and_a_refused_one_changes_nothing(
    house: House, picture: bytes
) -> None:
    (job,) = some(house, picture, 1)
    for change, refusal in (
        ({"prompt": "new", "num_frames": 99}, BadInput),
        ({"width": 7}, OptionInvalid),
        ({"num_inference_steps": 3}, OptionUnknown),
        ({"engine": "nobody"}, BadInput),
        ({"preset": ["fast"]}, BadInput),
        ({"picture_sha256": "0" * 64}, BadInput),
    ):
        with pytest.raises(refusal):
            house.queue.edit(job.id, change)
    assert table(house).get(job.id) == job


def test_an_edit_that_makes_a_clip_take_very_long_is_asked_about(
    tmp_path: Path, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.services.forecast.matmul_flops", lambda: 1e6)
    house = make_house(tmp_path, model_dir=str(MODEL))
    (job,) = some(house, picture, 1, engine="camera", prompt="rain")
    with pytest.raises(JobLong):
        house.queue.edit(job.id, {"engine": "i2vgen-xl"})
    assert table(house).get(job.id) == job
    assert house.queue.edit(job.id, {"engine": "i2vgen-xl", "confirmed": True}).engine == "i2vgen-xl"
    house.close()


def test_a_job_that_has_begun_is_not_edited(house: House, picture: bytes) -> None:
    first, second, _ = some(house, picture)
    table(house).claim(1.0)
    for job_id, kind in ((first.id, JobBegun), ("nobody", JobUnknown)):
        with pytest.raises(kind):
            house.queue.edit(job_id, {"prompt": "too late"})
    house.library.cancel(second.id)
    with pytest.raises(JobBegun, match="cancelled"):
        house.queue.edit(second.id, {"prompt": "too late"})


def test_edits_of_different_settings_at_once_all_hold(house: House, picture: bytes) -> None:
    (job,) = some(house, picture, 1)
    changes: list[dict[str, Any]] = [
        {"prompt": "a"},
        {"fps": 20},
        {"num_frames": 5},
        {"seed": 3},
        {"width": 256},
        {"height": 320},
    ]
    threads = [threading.Thread(target=house.queue.edit, args=(job.id, change)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {name: value for change in changes for name, value in change.items()}
    assert table(house).get(job.id).options.items() >= wanted.items()


def test_a_retry_is_the_same_wish_as_a_new_job_once_for_each_key(house: House, picture: bytes) -> None:
    (job,) = some(house, picture, 1, prompt="roll", num_frames=8)
    for refused in ("queued", "running"):
        with pytest.raises(JobNotFailed, match=refused):
            house.queue.retry(job.id)
        table(house).claim(1.0)
    table(house).finish_failed(job.id, "clip_faulty", {"fault": "black"}, 2.0)
    first, second = (house.queue.retry(job.id, "key") for _ in range(2))
    assert first.id == second.id != job.id
    again = (first.status, first.engine_asked, first.preset, first.options, first.picture_sha256, first.error_code)
    assert again == ("queued", "auto", job.preset, job.options, job.picture_sha256, None)
    assert house.queue.retry(job.id, "other").id != first.id
    other = house.submitter.submit(wish(house, picture, prompt="other"))
    house.library.cancel(other.id)
    with pytest.raises(IdempotencyConflict):
        house.queue.retry(other.id, "key")
    table(house).claim(3.0)
    table(house).finish_done(first.id, "a.mp4", {"finished_at": 2.0})
    with pytest.raises(JobNotFailed, match="done"):
        house.queue.retry(first.id)


def test_a_full_queue_takes_neither_a_wish_nor_a_retry_but_still_an_edit(house: House, picture: bytes) -> None:
    jobs = some(house, picture, 5)
    house.library.cancel(jobs[0].id)
    some(house, picture, 1)
    for deed in (lambda: some(house, picture, 1), lambda: house.queue.retry(jobs[0].id)):
        with pytest.raises(QueueFull) as full:
            deed()
        assert full.value.values == {"waiting": 5, "limit": 5}
    with pytest.raises(QueueFull):
        house.submitter.check_room(1)
    assert house.queue.edit(jobs[1].id, {"fps": 9}).options["fps"] == 9
    assert len(line(house)) == 5


def test_wishes_and_retries_from_many_threads_never_pass_the_limit(house: House, picture: bytes) -> None:
    (old,) = some(house, picture, 1)
    house.library.cancel(old.id)
    asked = wish(house, picture)
    refused: list[str] = []

    def press(number: int) -> None:
        try:
            if number % 2:
                house.submitter.submit(asked)
            else:
                house.queue.retry(old.id)
        except QueueFull as full:
            refused.append(full.code)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(line(house)), len(refused)) == (5, 11)
