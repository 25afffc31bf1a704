"""Finished clips are measured beside the queue: after whatever is next in it has begun, and held to their pictures."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from i2v.domain.job import Job
from i2v.errors import ClipUnreadable
from i2v.services import clip_measuring
from i2v.services.clip_judge import ClipJudge
from i2v.services.clip_measuring import ClipMeasuring
from i2v.services.helper import HelperFailed, ask_helper
from i2v.services.pictures import PictureStore
from tests.diagnosis.clip.films import good_film, to_mp4
from tests.dispatch.test_dispatcher import Stage, wait_until
from tests.services.desk_of_clips import Folder

Helper = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    opened = Folder(tmp_path, lambda: 1000.0)
    yield opened
    opened.close()


@pytest.fixture
def helper(monkeypatch: pytest.MonkeyPatch) -> Helper:
    """The real one, for stand-ins to call."""
    return ask_helper


def test_the_next_job_is_made_before_a_clip_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helper: Helper
) -> None:
    may_measure, seen = threading.Event(), []

    def held_back(*words: str, **named: object) -> bytes:
        seen.append([stage.status(name) for name in "ab"])
        assert may_measure.wait(30)
        return helper(*words, **named)

    monkeypatch.setattr(clip_measuring, "ask_helper", held_back)
    stage = Stage(tmp_path)
    measuring = ClipMeasuring(stage.jobs, PictureStore(tmp_path), stage.outputs)
    stage.listeners.append(measuring.add)
    measuring.start()
    try:
        stage.add("a")
        stage.add("b")
        stage.dispatcher.start()
        # The first clip's measuring is held back until the second is there: whoever waited for it would wait for ever.
        wait_until(lambda: stage.status("b") == "done")
        assert [stage.jobs.get(name).measures for name in "ab"] == [{}, {}]
        may_measure.set()
        wait_until(lambda: all(stage.jobs.get(name).measures for name in "ab"), seconds=120)
        assert seen[0][0] == "done", "a clip is there before it is measured"
        assert stage.jobs.get("a").measures["num_frames"] == 8
    finally:
        may_measure.set()
        measuring.stop()
        stage.close()


def test_what_a_server_that_ends_has_not_measured_is_measured_when_asked(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, helper: Helper
) -> None:
    job = finished(folder, to_mp4(good_film("pan left")))
    begun = threading.Event()

    def told_when_begun(*words: str, **named: object) -> bytes:
        begun.set()
        return helper(*words, **named)

    monkeypatch.setattr(clip_measuring, "ask_helper", told_when_begun)
    ending = measuring_of(folder)
    ending.start()
    ending.add(job.id)
    assert begun.wait(30)
    ending.stop()
    assert folder.jobs.get(job.id).measures == {}
    assert (
        ClipJudge(measuring_of(folder)).judge(job, folder.outputs / str(job.video), "en")["measures"]["num_frames"]
        == 16
    )
    assert folder.jobs.get(job.id).measures["num_frames"] == 16


def test_a_clip_that_cannot_be_measured_keeps_no_other_from_it(folder: Folder) -> None:
    broken, good = finished(folder, b"no MP4 at all"), finished(folder, to_mp4(good_film("pan left")))
    measuring = measuring_of(folder)
    measuring.start()
    measuring.add("no such job")
    measuring.add(broken.id)
    measuring.add(good.id)
    wait_until(lambda: bool(folder.jobs.get(good.id).measures))
    measuring.stop()
    assert folder.jobs.get(broken.id).measures == {}
    with pytest.raises(ClipUnreadable):
        measuring.measures_of(broken, folder.outputs / str(broken.video))


def test_measuring_steps_back_behind_everything_else(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def noted(*words: str, is_calm: bool = False, **named: object) -> bytes:
        asked.append(is_calm)
        raise HelperFailed("enough is known")

    monkeypatch.setattr(clip_measuring, "ask_helper", noted)
    job = finished(folder, b"")
    with pytest.raises(ClipUnreadable):
        measuring_of(folder).measures_of(job, folder.outputs / str(job.video))
    with pytest.raises(ClipUnreadable):
        clip_measuring.measure_file(b"", "clip.mp4")
    assert asked == [True, False]


@pytest.mark.parametrize("place", [0.0, 1.0])
def test_a_clip_is_held_to_the_part_of_its_picture_that_it_was_to_show(folder: Folder, place: float) -> None:
    wide = good_film("still", width=384, height=256)[0]
    shown = wide[:, :256] if place == 0.0 else wide[:, 128:]
    clip = to_mp4(np.stack([shown] * 4))
    taken = folder.pictures.take_in(png(wide), "wide.png")
    job = finished(folder, clip, picture=taken.sha256, width=256, height=256, crop_x=place)
    values = measured(folder, job)["values"]
    assert values["drift"] < 5
    assert values["colour_shift"] < 1.5
    (folder.inputs / f"{taken.sha256}.png").write_bytes(png(255 - wide))
    folder.jobs.keep_measures(job.id, {})
    assert measured(folder, job)["values"]["drift"] > 30


def test_a_clip_whose_picture_is_gone_is_held_to_its_first_frame(folder: Folder) -> None:
    job = finished(folder, to_mp4(good_film("pan left")))
    assert measured(folder, job)["series"]["drift"][0] == 0
    (folder.inputs / f"{job.picture_sha256}.png").write_bytes(b"no picture any more")
    folder.jobs.keep_measures(job.id, {})
    assert measured(folder, job)["series"]["drift"][0] == 0


def finished(folder: Folder, clip: bytes, picture: str = "a" * 64, **options: object) -> Job:
    job_id = uuid.uuid4().hex
    folder.jobs.add(Job(job_id, "queued", "camera", "camera", options, picture, 0, 1000.0))
    folder.jobs.claim(1.0)
    (folder.outputs / f"{job_id}.mp4").write_bytes(clip)
    return folder.jobs.finish_done(job_id, f"{job_id}.mp4", {"finished_at": 1001.0, "recipe": {}})


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def measuring_of(folder: Folder) -> ClipMeasuring:
    return ClipMeasuring(folder.jobs, folder.pictures, folder.outputs)


def measured(folder: Folder, job: Job) -> dict[str, Any]:
    return measuring_of(folder).measures_of(job, folder.outputs / str(job.video)).to_json()
