"""Finished clips judged on a real data folder: measured when first asked, from the file alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from i2v.diagnosis.clip.measures import VERSION, ClipMeasures
from i2v.domain.job import Job
from i2v.errors import ClipUnreadable
from i2v.services import clip_measuring
from i2v.services.clip_judge import ClipJudge, job_judgement, judge_clip
from i2v.services.clip_measuring import ClipMeasuring, measure_file
from i2v.services.helper import ask_helper
from i2v.worker.measure import measure_mp4
from tests.diagnosis.clip.films import good_film, to_mp4
from tests.services.desk_of_clips import Folder, recipe_of


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    opened = Folder(tmp_path, lambda: 1000.0)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def clip() -> bytes:
    return to_mp4(good_film("pan left"), comment=recipe_of("0" * 32, prompt="pan right").to_json())


def finished(folder: Folder, clip: bytes, prompt: str) -> tuple[Job, Path]:
    job = folder.make(prompt=prompt)
    path = folder.outputs / str(job.video)
    path.write_bytes(clip)
    return job, path


def judge_of(folder: Folder) -> ClipJudge:
    return ClipJudge(ClipMeasuring(folder.jobs, folder.pictures, folder.outputs))


def test_a_clip_without_measures_is_measured_once_and_they_are_kept(folder: Folder, clip: bytes) -> None:
    job, path = finished(folder, clip, "pan left")
    assert job_judgement(job, "en") == {"measures": None, "advice": []}
    told = judge_of(folder).judge(job, path, "en")
    kept = folder.jobs.get(job.id)
    assert ClipMeasures.from_json(kept.measures) is not None
    assert told["measures"]["series"]["motion"] == kept.measures["series"]["motion"]
    path.unlink()  # whoever asks again does not need the file
    assert judge_of(folder).judge(kept, path, "en") == told
    view = job_judgement(kept, "en")
    assert "series" not in view["measures"]
    assert view["measures"]["values"] == told["measures"]["values"]


def test_several_who_ask_for_the_same_measures_at_once_have_them_taken_once(
    folder: Folder, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, path = finished(folder, clip, "pan left")
    taken: list[str] = []

    def noted(*words: str, **named: Any) -> bytes:
        taken.append(words[0])
        return ask_helper(*words, **named)

    monkeypatch.setattr(clip_measuring, "ask_helper", noted)
    judge = judge_of(folder)
    with ThreadPoolExecutor(4) as askers:
        told = list(askers.map(lambda _: judge.judge(job, path, "en"), range(4)))
    assert taken == ["i2v.worker.measure"]
    assert all(each == told[0] for each in told)


def test_measures_of_another_version_are_taken_anew(folder: Folder, clip: bytes) -> None:
    job, path = finished(folder, clip, "pan left")
    folder.jobs.keep_measures(job.id, {"version": 0, "values": {}})
    assert job_judgement(folder.jobs.get(job.id), "en")["measures"] is None
    assert judge_of(folder).judge(folder.jobs.get(job.id), path, "en")["measures"]["version"] == VERSION


def test_a_helper_measures_as_one_would_here(clip: bytes) -> None:
    assert measure_file(clip, "clip.mp4").to_json() == measure_mp4(clip)


def test_a_clip_of_anybodys_is_held_to_its_recipe_unless_the_wish_says_otherwise(clip: bytes) -> None:
    assert judge_clip(clip, "clip.mp4", {}, "en")["measures"]["camera_check"]["agrees"] is False
    assert judge_clip(clip, "clip.mp4", {"prompt": "pan left"}, "en")["measures"]["camera_check"]["agrees"] is True
    bare = judge_clip(to_mp4(good_film("pan left")), "clip.mp4", {"prompt": "pan right"}, "en")
    assert [advice["code"] for advice in bare["advice"]] == ["wrong_direction"]


def hostile(clip: bytes) -> Iterator[bytes]:
    yield b"no MP4 at all"
    yield clip[: len(clip) // 2]
    yield to_mp4(good_film("still")[:1])


def test_what_cannot_be_measured_is_refused_and_costs_nobody_but_the_helper(clip: bytes) -> None:
    for broken in hostile(clip):
        with pytest.raises(ClipUnreadable, match=r"clip\.mp4"):
            measure_file(broken, "clip.mp4")


def test_two_measured_clips_of_a_batch_are_ranked(folder: Folder, clip: bytes) -> None:
    jobs = []
    for film in (clip, to_mp4(good_film("pan right"))):
        job, path = finished(folder, film, "pan right")
        judge_of(folder).judge(job, path, "en")
        jobs.append(folder.jobs.get(job.id))
    unmeasured = folder.make(prompt="pan right")
    judge = judge_of(folder)
    ranking = judge.ranking([*jobs, unmeasured], "en")
    assert ranking is not None
    assert [(each["job_id"], each["rank"]) for each in ranking] == [(jobs[1].id, 1), (jobs[0].id, 2)]
    assert ranking[0]["reason"] == "the camera does what was asked"
    assert judge.ranking([jobs[0], unmeasured], "en") is None
