"""Rows made again from the clips themselves, on real MP4s."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from i2v.media.embed import read_recipe
from i2v.services import stocktaking
from i2v.services.stocktaking import Stocktaking
from i2v.storage.history import Wanted
from tests.services.desk_of_clips import Folder, recipe_of, write_clip


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    opened = Folder(tmp_path, lambda: 0.0)
    yield opened
    opened.close()


def take_stock(folder: Folder) -> None:
    Stocktaking(folder.outputs, folder.history).take(threading.Event())


def listed(folder: Folder) -> dict[str | None, str]:
    return {job.video: job.id for job in folder.history.find(Wanted(), 100)}


def test_a_lost_database_is_made_again_from_the_clips(tmp_path: Path) -> None:
    before = Folder(tmp_path, lambda: 0.0)
    made = [before.make(f"video_20261120_10000{number}.mp4", prompt=f"pan #{number} 推近") for number in range(4)]
    before.close()
    (before.state / "jobs.sqlite").unlink()
    after = Folder(tmp_path, lambda: 0.0)
    take_stock(after)
    found = after.history.find(Wanted(), 100)
    assert [(job.id, job.video) for job in found] == [(job.id, job.video) for job in reversed(made)]
    for job, original in zip(found, reversed(made), strict=True):
        assert (job.status, job.engine, job.options, job.recipe) == (
            "done",
            "camera",
            original.options,
            original.recipe,
        )
        assert job.picture_sha256 == original.picture_sha256
        assert job.created_at == datetime.strptime(str(job.video)[6:21], "%Y%m%d_%H%M%S").timestamp()
        assert (job.starred, job.seconds) == (False, None)
    assert [job.id for job in after.history.find(Wanted(words=("#2", "推近")), 9)] == [made[2].id]
    take_stock(after)
    assert after.history.find(Wanted(), 100) == found
    after.close()


def test_a_clip_from_another_machine_is_taken_in_under_any_name(folder: Folder) -> None:
    job_id = uuid.uuid4().hex
    write_clip(folder.outputs / "夕阳 sunset.mp4", recipe_of(job_id).to_json())
    os.utime(folder.outputs / "夕阳 sunset.mp4", (5000.0, 5000.0))
    take_stock(folder)
    job = folder.jobs.get(job_id)
    assert (job.video, job.created_at, job.finished_at) == ("夕阳 sunset.mp4", 5000.0, 5000.0)


def test_a_clip_from_a_clock_that_was_ahead_is_of_now(folder: Folder) -> None:
    """Else it would stand before everything that is made until then."""
    write_clip(folder.outputs / "video_21991231_235959.mp4", recipe_of(uuid.uuid4().hex).to_json())
    take_stock(folder)
    (job,) = folder.history.find(Wanted(), 9)
    assert abs(job.created_at - time.time()) < 60


def test_a_copy_of_a_clip_is_no_second_job(folder: Folder) -> None:
    job = folder.make("video_20261120_100000.mp4")
    clip = (folder.outputs / "video_20261120_100000.mp4").read_bytes()
    (folder.outputs / "copy.mp4").write_bytes(clip)
    take_stock(folder)
    assert listed(folder) == {"video_20261120_100000.mp4": job.id}


def test_two_copies_of_an_unknown_clip_are_one_job(folder: Folder) -> None:
    job_id = uuid.uuid4().hex
    for name in ("video_20261120_100000.mp4", "copy.mp4"):
        write_clip(folder.outputs / name, recipe_of(job_id).to_json())
    take_stock(folder)
    take_stock(folder)
    assert len(listed(folder)) == 1


def test_a_clip_renamed_by_hand_is_found_again(folder: Folder) -> None:
    job = folder.make("video_20261120_100000.mp4")
    (folder.outputs / "video_20261120_100000.mp4").rename(folder.outputs / "holiday.mp4")
    take_stock(folder)
    assert listed(folder) == {"holiday.mp4": job.id}


def test_without_a_recipe_only_what_the_file_tells_is_told(folder: Folder) -> None:
    write_clip(folder.outputs / "video_20269999_999999.mp4", "a comment of another program")
    os.utime(folder.outputs / "video_20269999_999999.mp4", (5000.0, 5000.0))
    take_stock(folder)
    (job,) = folder.history.find(Wanted(), 9)
    assert (job.engine, job.picture_sha256, dict(job.recipe), job.created_at) == ("", "", {}, 5000.0)
    assert job.options == {"width": 64, "height": 48, "num_frames": 4, "fps": 8}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("holiday.mp4", None),  # a film of the user's own
        ("video_20261120_100000.mp4", b"not a film at all"),
        ("video_20261120_100001.mp4", b""),
        ("video_20261120_100002.mp4.1234.part", b""),
    ],
)
def test_what_is_no_clip_of_ours_stays_out(folder: Folder, name: str, content: bytes | None) -> None:
    if content is None:
        write_clip(folder.outputs / name)
    else:
        (folder.outputs / name).write_bytes(content)
    (folder.outputs / "video_20261120_100009.mp4").mkdir()
    take_stock(folder)
    assert listed(folder) == {}
    assert (folder.outputs / name).exists()


HOSTILE = [
    {"job_id": "../../../etc/passwd"},
    {"job_id": "A" * 32},
    {"picture_sha256": "../" * 20},
    {"options": {"seed": float("nan")}},
    {"options": {"seed": float("inf")}},
    {"options": {"prompt": "\ud800"}},
    {"options": [1, 2]},
    {"made_with": "text"},
    {"i2v_recipe": "x"},
]


@pytest.mark.parametrize("change", HOSTILE, ids=str)
def test_a_recipe_that_is_none_of_ours_names_no_file_and_breaks_nothing(
    folder: Folder, change: dict[str, object]
) -> None:
    write_clip(
        folder.outputs / "video_20261120_100000.mp4", json.dumps({**recipe_of(uuid.uuid4().hex).to_dict(), **change})
    )
    write_clip(folder.outputs / "strange.mp4", json.dumps({**recipe_of(uuid.uuid4().hex).to_dict(), **change}))
    take_stock(folder)
    (job,) = folder.history.find(Wanted(), 9)
    assert (job.video, job.engine, job.picture_sha256) == ("video_20261120_100000.mp4", "", "")


def test_endless_nesting_in_a_comment_is_survived(folder: Folder) -> None:
    write_clip(folder.outputs / "video_20261120_100000.mp4", '{"job_id":' + "[" * 100_000)
    take_stock(folder)
    assert len(listed(folder)) == 1


def test_a_job_at_work_keeps_its_clip_to_itself(folder: Folder) -> None:
    """Published, but not yet written down: the dispatcher does that."""
    job = folder.make("video_20261120_100000.mp4")
    with folder.database.transaction() as db:
        db.execute("UPDATE jobs SET status = 'running', video = NULL")
    take_stock(folder)
    assert listed(folder) == {None: job.id}


def test_a_deleted_clip_is_not_taken_in_again(folder: Folder) -> None:
    job = folder.make("video_20261120_100000.mp4")
    clip = (folder.outputs / "video_20261120_100000.mp4").read_bytes()
    folder.trash.delete(job.id)
    (folder.outputs / "copy.mp4").write_bytes(clip)
    take_stock(folder)
    assert listed(folder) == {}


def test_killed_between_two_lots_it_goes_on_there(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocktaking, "AT_ONCE", 3)
    for number in range(10):
        path = folder.outputs / f"video_20261120_10000{number}.mp4"
        write_clip(path, recipe_of(uuid.uuid4().hex).to_json(), num_frames=2)
    looked: list[Path] = []

    def look(path: Path) -> object:
        looked.append(path)
        if len(looked) == 5:
            raise KeyboardInterrupt
        return read_recipe(path)

    with monkeypatch.context() as patched:
        patched.setattr(stocktaking, "read_recipe", look)
        with pytest.raises(KeyboardInterrupt):
            take_stock(folder)
        assert sorted(map(str, listed(folder))) == [f"video_20261120_10000{number}.mp4" for number in (7, 8, 9)]
        take_stock(folder)
        assert len(looked) == 5 + 7
    assert len(listed(folder)) == 10


@pytest.mark.parametrize(("told", "kept"), [(0.6, 0.6), ("half", None), (True, 1.0), (7, None), (None, None)])
def test_a_refined_clip_is_known_for_one(folder: Folder, told: object, kept: float | None) -> None:
    recipe = recipe_of(uuid.uuid4().hex)
    start = {"latents_sha256": "0" * 64, "strength": told}
    write_clip(folder.outputs / "refined.mp4", replace(recipe, start=start).to_json())
    take_stock(folder)
    assert folder.jobs.get(recipe.job_id).strength == kept


@pytest.mark.parametrize(
    ("way", "parent", "phase"),
    [
        ({"phase": "final", "parent_id": "b" * 32}, "b" * 32, "final"),
        ({"phase": "refine", "parent_id": "../../etc"}, None, "refine"),
        ({"phase": "elsewhere"}, None, "refine"),
        ({}, None, "refine"),
    ],
)
def test_a_clip_tells_where_it_stood_on_its_way(
    folder: Folder, way: dict[str, str], parent: str | None, phase: str
) -> None:
    """One of an earlier version tells only that it began from another."""
    start = {"latents_sha256": "0" * 64, "strength": 0.6}
    recipe = replace(recipe_of(uuid.uuid4().hex), start=start, way=way)
    write_clip(folder.outputs / "refined.mp4", recipe.to_json())
    take_stock(folder)
    job = folder.jobs.get(recipe.job_id)
    assert (job.parent_id, job.phase) == (parent, phase)
    drafted = recipe_of(uuid.uuid4().hex)
    write_clip(folder.outputs / "draft.mp4", drafted.to_json())
    take_stock(folder)
    assert folder.jobs.get(drafted.job_id).phase == "draft"
