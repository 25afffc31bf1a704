"""Deleting and bringing back, on real files; killed at every step between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from i2v.errors import JobUnknown, OutputUnwritable
from i2v.media.lasting import Disk
from i2v.services import trash as trash_module
from i2v.services.housekeeping import Housekeeper
from i2v.services.stocktaking import Stocktaking
from i2v.services.trash import UNDO_SECONDS
from tests.services.desk_of_clips import Folder


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Folder]]:
    """Opens the folder, each time as a new start does."""
    folders: list[Folder] = []

    def start() -> Folder:
        for folder in folders:
            folder.close()
        folders.append(Folder(tmp_path, clock))
        folders[-1].trash.settle()
        return folders[-1]

    yield start
    folders[-1].close()


def test_a_deleted_clip_is_gone_from_the_folder_and_comes_back_whole(opened: Callable[[], Folder]) -> None:
    folder = opened()
    job = folder.make("video_a.mp4")
    clip = (folder.outputs / "video_a.mp4").read_bytes()
    folder.trash.delete(job.id)
    assert folder.clips() == set()
    with pytest.raises(JobUnknown):
        folder.jobs.get(job.id)
    assert folder.trash.restore(job.id) == job == folder.jobs.get(job.id)
    assert (folder.outputs / "video_a.mp4").read_bytes() == clip
    assert folder.trashed() == set()
    with pytest.raises(JobUnknown):
        folder.trash.restore(job.id)


def test_after_ten_minutes_nothing_of_it_is_left(opened: Callable[[], Folder], clock: Clock) -> None:
    folder = opened()
    first, second = folder.make(), folder.make()
    picture = folder.inputs / f"{'a' * 64}.png"
    folder.trash.delete(first.id)
    clock.now += UNDO_SECONDS - 1
    folder.trash.sweep()
    assert folder.trashed() == {first.id}
    clock.now += 2
    with pytest.raises(JobUnknown):
        folder.trash.restore(first.id)
    folder.trash.sweep()
    assert folder.trashed() == set()
    assert not folder.latents.path(first.id).exists()
    assert folder.history.known(first.id) is None
    assert picture.exists(), "the other job is about it"
    folder.trash.delete(second.id)
    clock.now += UNDO_SECONDS + 1
    folder.trash.sweep()
    assert not picture.exists()


def test_a_deleted_job_can_still_come_back_after_a_restart(opened: Callable[[], Folder]) -> None:
    folder = opened()
    job = folder.make()
    folder.trash.delete(job.id)
    folder = opened()
    assert folder.trashed() == {job.id}
    folder.trash.restore(job.id)
    assert folder.clips() == {job.video}


@pytest.mark.parametrize("deed", ["delete", "restore"])
def test_a_kill_between_row_and_file_is_made_good_at_the_next_start(
    opened: Callable[[], Folder], monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    folder = opened()
    job, other = folder.make(), folder.make()
    if deed == "restore":
        folder.trash.delete(job.id)

    def die(source: Path, target: Path, disk: Disk | None = None) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(trash_module, "move_lasting", die)
        with pytest.raises(KeyboardInterrupt):
            getattr(folder.trash, deed)(job.id)
    folder = opened()
    if deed == "delete":
        assert (folder.clips(), folder.trashed()) == ({other.video}, {job.id})
        folder.trash.restore(job.id)
    assert (folder.clips(), folder.trashed()) == ({job.video, other.video}, set())
    assert folder.jobs.get(job.id) == job


def test_a_name_taken_meanwhile_is_left_to_its_new_owner(opened: Callable[[], Folder]) -> None:
    folder = opened()
    job = folder.make("video_a.mp4")
    clip = (folder.outputs / "video_a.mp4").read_bytes()
    folder.trash.delete(job.id)
    (folder.outputs / "video_a.mp4").write_bytes(b"another")
    assert folder.trash.restore(job.id).video == "video_a_2.mp4"
    assert (folder.outputs / "video_a.mp4").read_bytes() == b"another"
    assert (folder.outputs / "video_a_2.mp4").read_bytes() == clip


@pytest.mark.parametrize("deed", ["delete", "restore"])
def test_a_clip_that_may_not_be_moved_leaves_everything_as_it_was(
    opened: Callable[[], Folder], monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    folder = opened()
    job = folder.make()
    if deed == "restore":
        folder.trash.delete(job.id)
    before = (folder.history.known(job.id), folder.clips(), folder.trashed())

    def refuse(self: Disk, part: Path, path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Disk, "replace", refuse)
        with pytest.raises(OutputUnwritable):
            getattr(folder.trash, deed)(job.id)
    assert (folder.history.known(job.id), folder.clips(), folder.trashed()) == before
    getattr(folder.trash, deed)(job.id)


def test_a_job_whose_clip_was_taken_away_by_hand_can_be_forgotten(opened: Callable[[], Folder]) -> None:
    folder = opened()
    job = folder.make()
    (folder.outputs / str(job.video)).unlink()
    folder.trash.delete(job.id)
    assert folder.history.known(job.id) is not None
    assert folder.trash.restore(job.id) == job


def test_what_cannot_be_removed_yet_keeps_nothing_else(opened: Callable[[], Folder], clock: Clock) -> None:
    folder = opened()
    held, other = folder.make(), folder.make()
    for job in (held, other):
        folder.trash.delete(job.id)
    folder.latents.drop(held.id)
    folder.latents.path(held.id).mkdir()  # no file can be removed here, as on Windows while somebody reads it
    clock.now += UNDO_SECONDS + 1
    folder.trash.sweep()
    assert [job.id for job in folder.history.deleted()] == [held.id]
    folder.latents.path(held.id).rmdir()
    folder.trash.sweep()
    assert folder.history.deleted() == []


def test_the_trash_is_emptied_even_where_no_stock_can_be_taken(opened: Callable[[], Folder], clock: Clock) -> None:
    folder = opened()
    job = folder.make()
    folder.trash.delete(job.id)
    clock.now += UNDO_SECONDS + 1

    class Unreadable(Stocktaking):
        def take(self, stopping: threading.Event) -> None:
            raise OSError(5, "Input/output error")

    keeper = Housekeeper(Unreadable(folder.outputs, folder.history), folder.trash, folder.pictures, folder.jobs)
    keeper.start()
    keeper.wait_for_stock()
    deadline = time.monotonic() + 10
    while folder.history.deleted() and time.monotonic() < deadline:
        time.sleep(0.01)
    keeper.stop()
    assert folder.history.deleted() == []
