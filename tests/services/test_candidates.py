"""Candidates of one wish, on a real data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.domain.options import SEED_LIMIT
from i2v.errors import BatchUnknown, IdempotencyConflict, JobLong, OptionInvalid, QueueFull, RequestMalformed
from i2v.services.forecast import Foresight, Span
from i2v.services.house import House
from i2v.services.outlook import Outlook
from tests.services.test_submit import MODEL, make_house, wish

TINY = {"engine": "i2vgen-xl", "width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 2}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[House]:
    """A folder with a model, where five jobs may wait."""
    made = make_house(tmp_path, model_dir=str(MODEL), max_queue=5)
    yield made
    made.close()


def seeds(jobs: list[Any]) -> list[int]:
    return [job.options["seed"] for job in jobs]


def test_candidates_share_a_batch_and_differ_in_nothing_but_the_seed(studio: House, picture: bytes) -> None:
    jobs = studio.candidates.submit(wish(studio, picture, **TINY, count=4))
    assert len(set(seeds(jobs))) == 4
    assert len({job.batch for job in jobs}) == 1
    assert jobs[0].batch
    assert {tuple(sorted((name, job.options[name]) for name in job.options if name != "seed")) for job in jobs}
    assert [job.place for job in jobs] == sorted(job.place for job in jobs)
    assert studio.candidates.get(jobs[0].batch) == jobs


def test_a_named_seed_counts_upwards_and_never_past_the_last(studio: House, picture: bytes) -> None:
    assert seeds(studio.candidates.submit(wish(studio, picture, **TINY, count=3, seed=7))) == [7, 8, 9]
    with pytest.raises(OptionInvalid, match="seed"):
        studio.candidates.submit(wish(studio, picture, **TINY, count=2, seed=SEED_LIMIT))


def test_all_are_queued_or_none(studio: House, picture: bytes) -> None:
    studio.candidates.submit(wish(studio, picture, **TINY, count=3))
    with pytest.raises(QueueFull):
        studio.candidates.submit(wish(studio, picture, **TINY, count=3))
    assert len(studio.library.find()) == 3
    assert len(studio.candidates.submit(wish(studio, picture, **TINY, count=2))) == 2


def test_one_key_makes_one_batch(studio: House, picture: bytes) -> None:
    first = studio.candidates.submit(wish(studio, picture, **TINY, count=2), "key")
    assert studio.candidates.submit(wish(studio, picture, **TINY, count=2), "key") == first
    for other in ({"count": 3}, {"count": 2, "num_frames": 5}, {"count": 2, "private": True}):
        with pytest.raises(IdempotencyConflict):
            studio.candidates.submit(wish(studio, picture, **{**TINY, **other}), "key")
    assert len(studio.library.find()) == 2


@pytest.mark.parametrize("count", [None, 0, 1, 9, "4", 2.0, True])
def test_a_count_out_of_bounds_is_refused_with_the_bounds(studio: House, picture: bytes, count: object) -> None:
    with pytest.raises(OptionInvalid) as refused:
        studio.candidates.submit(wish(studio, picture, **TINY, count=count))
    assert (refused.value.values["option"], refused.value.values["allowed"]) == ("count", "2 … 8")
    assert studio.library.find() == []


def test_where_the_seed_decides_nothing_one_clip_is_made_and_it_is_said(studio: House, picture: bytes) -> None:
    camera = {"engine": "camera", "prompt": "zoom in", "count": 3}
    (job,) = studio.candidates.submit(wish(studio, picture, **camera))
    assert "candidates_alike" in [notice.code for notice in job.notices]
    jobs = studio.candidates.submit(wish(studio, picture, **camera, allow_alike=True))
    assert len(jobs) == 3
    studio.library.delete(jobs[0].id)
    different = studio.candidates.submit(wish(studio, picture, engine="camera", prompt="handheld", count=2))
    assert not any(notice.code == "candidates_alike" for job in different for notice in job.notices)


def test_all_of_them_together_take_the_time_that_is_asked_about(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clip of two minutes goes without asking; eight of them do not."""
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(120, 240), None, "learned"))
    assert studio.submitter.submit(wish(studio, picture, **TINY))
    with pytest.raises(JobLong) as asked:
        studio.candidates.submit(wish(studio, picture, **TINY, count=8))
    assert asked.value.values["low_minutes"] == 16


def test_an_estimate_of_several_is_that_of_all_of_them(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(20, 30), None, "learned"))
    alike = {"count": 4, "engine": "camera"}
    asked: tuple[dict[str, Any], ...] = ({}, {"count": 1}, {"count": 4}, alike, {**alike, "allow_alike": True})
    for wanted, seconds in zip(asked, (20, 20, 80, 20, 80), strict=True):
        told = studio.estimator.estimate({"engine": "i2vgen-xl", "prompt": "zoom in", **wanted})
        assert told["seconds"]["low"] == seconds
    for name, value in (("count", 0), ("allow_alike", "yes")):
        with pytest.raises(OptionInvalid, match=name):
            studio.estimator.estimate({name: value})


def test_cancelling_a_batch_stops_all_of_it_and_nothing_else(studio: House, picture: bytes) -> None:
    other = studio.submitter.submit(wish(studio, picture, **TINY))
    batch = studio.candidates.submit(wish(studio, picture, **TINY, count=3))[0].batch
    assert batch
    assert [job.status for job in studio.candidates.cancel(batch)] == ["cancelled"] * 3
    assert studio.library.get(other.id).status == "queued"
    with pytest.raises(BatchUnknown):
        studio.candidates.cancel("nothing of the kind")


def test_a_refined_clip_is_no_batch(studio: House, picture: bytes) -> None:
    with pytest.raises(RequestMalformed):
        studio.candidates.submit(wish(studio, picture, count=2, refine_of="some"))
