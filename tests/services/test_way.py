"""The steps of the way as a server takes them. Clips here are rows, made by hand; see `test_explore` for real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from i2v.domain.job import Job
from i2v.errors import (
    IdempotencyConflict,
    JobUnknown,
    LimitExceeded,
    MemoryShort,
    OptionInvalid,
    PhaseUnknown,
    QueueFull,
    RefineUnchanged,
)
from i2v.services.fitting import Fit
from i2v.services.forecast import Foresight, Span
from i2v.services.house import House
from i2v.services.machine import Space
from i2v.services.outlook import Outlook
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable
from tests.services.test_drafts import finish, latents_of
from tests.services.test_submit import MODEL, make_house, wish

DRAFT = {"engine": "i2vgen-xl", "prompt": "waves", "preset": "fast", "seed": 7, "confirmed": True}
SAME = {"confirmed": True}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, model_dir=str(MODEL), max_queue=6)
    yield made
    made.close()


@pytest.fixture
def draft(studio: House, picture: bytes) -> Job:
    return make(studio, picture)


def make(studio: House, picture: bytes, **options: Any) -> Job:
    return finish(studio, studio.submitter.submit(wish(studio, picture, **{**DRAFT, **options})))


def told(job: Job, *names: str) -> list[Any]:
    return [job.options[name] for name in names]


def test_a_draft_becomes_three_refined_clips_which_differ_in_guidance_alone(studio: House, draft: Job) -> None:
    jobs = studio.ways.refine(draft.id, SAME)
    assert [job.options["guidance_scale"] for job in jobs] == [8.0, 9.0, 10.0]
    better = {"num_frames": 16, "num_inference_steps": 60}
    for job in jobs:
        assert {**job.options, "guidance_scale": 9.0} == {**draft.options, **better}
        assert (job.picture_sha256, job.engine, job.phase) == (draft.picture_sha256, draft.engine, "refine")
        assert (job.parent_id, job.strength) == (draft.id, 0.6)
    assert len({job.batch for job in jobs}) == 1


def test_the_best_of_them_becomes_larger_from_its_latents(studio: House, draft: Job) -> None:
    refined = finish(studio, studio.ways.refine(draft.id, SAME)[0])
    final = studio.ways.finish(refined.id, SAME)
    assert dict(final.options) == {**refined.options, "width": 768, "height": 768}
    assert (final.parent_id, final.strength, final.phase, final.batch) == (refined.id, 0.6, "final", None)
    assert studio.dispatcher._assign(final).way == {"phase": "final", "parent_id": refined.id}
    view = studio.ways.view(final.id, "en")
    assert [(each["phase"], each["job_id"]) for each in view["before"]] == [("draft", draft.id), ("refine", refined.id)]
    assert view["next"] is None


def test_the_way_leads_back_and_forth(studio: House, draft: Job) -> None:
    """Of several tries of a step the newest counts."""
    studio.ways.refine(draft.id, SAME)
    newest = studio.ways.refine(draft.id, {**SAME, "guidance_scale": 5.0})
    after = studio.ways.view(draft.id, "en")["after"]
    assert [(each["phase"], each["job_id"], each["batch"]) for each in after] == [
        ("refine", newest[0].id, newest[0].batch)
    ]
    for job in studio.library.find():
        studio.library.cancel(job.id)
    final = studio.ways.finish(draft.id, SAME)
    assert [each["phase"] for each in studio.ways.view(draft.id, "en")["after"]] == ["refine", "final"]
    assert studio.ways.view(final.id, "en")["after"] == []


def test_a_draft_may_become_the_final_clip_at_once_and_in_another_size(studio: House, draft: Job) -> None:
    assert told(studio.ways.finish(draft.id, {**SAME, "width": 1024, "height": 1024}), "width", "num_frames") == [
        1024,
        8,
    ]


def test_a_way_that_is_gone_a_second_time_makes_nothing_twice(studio: House, picture: bytes) -> None:
    ready = make(studio, picture, preset="standard", num_inference_steps=60)
    jobs = studio.ways.refine(ready.id, SAME)
    assert [job.options["guidance_scale"] for job in jobs] == [8.0, 10.0]
    assert {job.strength for job in jobs} == {None}


def test_a_spread_ends_at_the_bounds(studio: House, picture: bytes) -> None:
    lowest = make(studio, picture, guidance_scale=1.0)
    assert [job.options["guidance_scale"] for job in studio.ways.refine(lowest.id, SAME)] == [1.0, 2.0]


def test_one_key_takes_a_step_once(studio: House, draft: Job) -> None:
    first = studio.ways.refine(draft.id, SAME, "key")
    assert studio.ways.refine(draft.id, SAME, "key") == first
    with pytest.raises(IdempotencyConflict):
        studio.ways.refine(draft.id, {**SAME, "num_frames": 20}, "key")
    finished = studio.ways.finish(draft.id, SAME, "other")
    assert studio.ways.finish(draft.id, SAME, "other") == finished
    assert len(studio.library.find()) == 5


def test_all_refined_clips_are_queued_or_none(studio: House, draft: Job) -> None:
    studio.ways.refine(draft.id, SAME)
    studio.ways.finish(draft.id, SAME)
    with pytest.raises(QueueFull):
        studio.ways.refine(draft.id, SAME)
    assert len(studio.library.find()) == 5


def test_the_cameras_way_is_shorter(studio: House, picture: bytes) -> None:
    clip = finish(studio, studio.submitter.submit(wish(studio, picture, engine="camera", prompt="zoom in")))
    view = studio.ways.view(clip.id, "en")
    assert view["phases"] == ["draft", "final"]
    assert [(each["options"]["width"], each["count"]) for each in view["next"]["choices"]] == [(768, 1), (1024, 1)]
    with pytest.raises(PhaseUnknown, match="camera"):
        studio.ways.refine(clip.id, {})
    final = studio.ways.finish(clip.id, {})
    assert (final.phase, final.strength, final.options["width"]) == ("final", None, 768)


def test_what_comes_next_is_told_with_all_that_it_takes(
    studio: House, draft: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(100, 200), None, "learned"))
    following = studio.ways.view(draft.id, "en")["next"]
    (choice,) = following["choices"]
    assert (following["phase"], following["varies"], following["values"]) == ("refine", "guidance_scale", [8, 9, 10])
    assert (choice["count"], choice["seconds"]) == (3, {"low": 180.0, "high": 360.0})  # 60 % of the way, three times
    assert (choice["light"], choice["memory"]["where"]) == ("green", "ram")
    assert (choice["options"]["num_frames"], choice["options"]["seed"]) == (16, 7)


def test_a_step_that_is_too_large_is_told_and_never_made_smaller(
    studio: House, draft: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = Fit("red", "", Span(90, 99), "ram", Space(2**30, 2**31, 2**30), "computed")
    monkeypatch.setattr(Outlook, "fit", lambda *_: red)
    assert [each["light"] for each in studio.ways.view(draft.id, "en")["next"]["choices"]] == ["red"]
    for step in (studio.ways.refine, studio.ways.finish):
        with pytest.raises(MemoryShort):
            step(draft.id, {})
    assert studio.ways.finish(draft.id, SAME).options["width"] == 768


def test_what_stands_in_the_way_is_told_in_the_readers_language(studio: House, picture: bytes, draft: Job) -> None:
    latents_of(studio).drop(draft.id)
    problem = studio.ways.view(draft.id, "zh-CN")["next"]["problem"]
    assert (problem["code"], problem["values"]) == ("draft_latents_gone", {"job_id": draft.id})
    assert "草稿" in problem["detail"]
    largest = make(studio, picture, width=1024, height=1024, num_inference_steps=60, num_frames=16)
    refined = finish(studio, studio.ways.refine(largest.id, SAME)[0])
    assert studio.ways.view(refined.id, "en")["next"]["problem"]["code"] == "limit_exceeded"
    with pytest.raises(LimitExceeded):
        studio.ways.finish(refined.id, SAME)


def test_what_is_not_finished_has_a_place_on_the_way_and_nothing_next(studio: House, picture: bytes) -> None:
    waiting = studio.submitter.submit(wish(studio, picture, **DRAFT))
    view = studio.ways.view(waiting.id, "en")
    assert (view["phase"], view["phases"], view["next"]) == ("draft", ["draft", "refine", "final"], None)


def test_a_way_whose_beginning_was_deleted_goes_on(studio: House, draft: Job) -> None:
    refined = finish(studio, studio.ways.refine(draft.id, SAME)[0])
    studio.library.delete(draft.id)
    view = studio.ways.view(refined.id, "en")
    assert (view["before"], view["next"]["phase"]) == ([], "final")
    assert studio.ways.finish(refined.id, SAME).parent_id == refined.id
    with pytest.raises(JobUnknown):
        studio.ways.refine(draft.id, SAME)


@pytest.mark.parametrize("value", ["much", None, [1]])
def test_a_centre_that_is_no_number_is_refused_by_its_name(studio: House, draft: Job, value: object) -> None:
    with pytest.raises(OptionInvalid, match="guidance_scale"):
        studio.ways.refine(draft.id, {**SAME, "guidance_scale": value})


def test_a_step_cannot_be_about_another_clip(studio: House, draft: Job) -> None:
    assert studio.ways.refine(draft.id, {**SAME, "refine_of": "0" * 32})[0].parent_id == draft.id


def test_where_nothing_would_be_another_clip_that_is_said(studio: House, draft: Job) -> None:
    with pytest.raises(RefineUnchanged):
        studio.submitter.submit({"refine_of": draft.id, **SAME})


def test_what_a_job_is_on_the_way_survives_trying_again_and_editing(studio: House, draft: Job) -> None:
    final = studio.ways.finish(draft.id, SAME)
    assert studio.queue.edit(final.id, {**SAME, "width": 512, "height": 512, "num_frames": 12}).phase == "refine"
    studio.library.cancel(final.id)
    assert studio.queue.retry(final.id).phase == "refine"


def test_a_wish_for_a_draft_takes_preset_and_shape_from_the_way(studio: House, picture: bytes) -> None:
    jobs = studio.candidates.submit(wish(studio, picture, engine="i2vgen-xl", draft=True, count=2, confirmed=True))
    width, height = studio.pictures.size(jobs[0].picture_sha256)
    nearest = (512, 512) if width < 1.35 * height else (704, 384)
    assert told(jobs[0], "width", "height", "num_frames", "num_inference_steps") == [*nearest, 8, 25]
    assert studio.estimator.estimate({"engine": "i2vgen-xl", "draft": True})["options"]["num_frames"] == 8
    with pytest.raises(OptionInvalid, match="draft"):
        studio.submitter.submit(wish(studio, picture, draft="yes"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(8, 64),
    st.fixed_dictionaries(
        {
            "prompt": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
            "seed": st.integers(0, 2**32 - 1),
            "num_frames": st.integers(2, 32),
            "num_inference_steps": st.integers(1, 200),
            "guidance_scale": st.floats(1, 30),
        }
    ),
)
def test_a_step_changes_neither_seed_nor_picture_nor_sentence(
    studio: House, draft: Job, side: int, values: dict[str, Any]
) -> None:
    """Whatever the draft is; and nothing that was better gets worse."""
    options = {**draft.options, **values, "width": 8 * side, "height": 8 * side}
    clip = replace(draft, options=options)
    wishes = [*studio.ways._wishes(clip, "refine", {}), *studio.ways._wishes(clip, "final", {})]
    assert 2 <= len(wishes) <= 4
    for each in wishes:
        assert each["refine_of"] == clip.id
        assert not {"seed", "prompt", "negative_prompt", "picture_sha256", "engine", "private"} & each.keys()
        for name in ("width", "height", "num_frames", "num_inference_steps"):
            assert each.get(name, options[name]) >= options[name]
        assert 1 <= each.get("guidance_scale", 9.0) <= 30


def test_rows_of_a_way_are_found_by_their_batch(studio: House, draft: Job) -> None:
    jobs = studio.ways.refine(draft.id, SAME)
    assert JobTable(studio.database).of_batch(jobs[0].batch or "") == jobs


def test_a_clip_found_without_its_row_goes_on_where_it_stood(studio: House, draft: Job) -> None:
    refined = finish(studio, studio.ways.refine(draft.id, SAME)[0])
    with studio.database.transaction() as db:
        db.execute("DELETE FROM jobs")
    HistoryTable(studio.database).take_in([replace(refined, video="found.mp4")])
    view = studio.ways.view(refined.id, "en")
    assert (view["phase"], view["before"], view["next"]["phase"]) == ("refine", [], "final")
    assert view["next"]["problem"] is None
    final = studio.ways.finish(refined.id, SAME)
    assert studio.dispatcher._assign(final).start_latents == b"latents"
