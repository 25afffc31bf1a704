"""What a refined clip takes over from its draft, and what cannot be refined. Drafts here are rows, made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from i2v.dispatch.job_files import JobFiles
from i2v.domain.job import Job
from i2v.errors import (
    BadInput,
    DraftDiffers,
    DraftLatentsGone,
    DraftUnfinished,
    JobUnknown,
    LimitExceeded,
    OptionInvalid,
    OptionUnknown,
    RecipeSentenceMissing,
    RefineExact,
    RefineShape,
    RefineUnchanged,
    RequestMalformed,
)
from i2v.services.house import House
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable
from tests.services.test_submit import MODEL, make_house, wish

DRAFT = {
    "engine": "i2vgen-xl",
    "prompt": "waves",
    "width": 128,
    "height": 64,
    "num_frames": 4,
    "num_inference_steps": 4,
    "sampler": "unipc",
    "seed": 7,
}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, model_dir=str(MODEL))
    yield made
    made.close()


@pytest.fixture
def draft(studio: House, picture: bytes) -> Job:
    return finish(studio, studio.submitter.submit(wish(studio, picture, **DRAFT)))


def finish(house: House, job: Job, latents: bytes = b"latents") -> Job:
    """As if a worker had made it."""
    table = JobTable(house.database)
    table.claim(0.0)
    latents_of(house).save(job.id, latents)
    return table.finish_done(job.id, "video.mp4", {"finished_at": 0.0})


def latents_of(house: House) -> JobFiles:
    return JobFiles(house.settings.state_dir / "latents", ".safetensors")


def refine(house: House, draft: Job, **change: Any) -> Job:
    return house.submitter.submit({"refine_of": draft.id, "confirmed": True, **change})


def notices(job: Job) -> list[str]:
    return [notice.code for notice in job.notices]


def test_more_steps_take_over_all_else_and_start_from_the_same_noise(studio: House, draft: Job) -> None:
    refined = refine(studio, draft, num_inference_steps=8)
    assert dict(refined.options) == {**draft.options, "num_inference_steps": 8}
    assert (refined.engine, refined.picture_sha256) == (draft.engine, draft.picture_sha256)
    assert (refined.parent_id, refined.strength) == (draft.id, None)
    assert "refined_from_noise" in notices(refined)
    assert studio.dispatcher._assign(refined).start_latents == b""


@pytest.mark.parametrize("change", [{"width": 256, "height": 128}, {"num_frames": 8}])
def test_another_size_or_length_starts_from_the_drafts_latents(
    studio: House, draft: Job, change: dict[str, int]
) -> None:
    refined = refine(studio, draft, **change)
    assert dict(refined.options) == {**draft.options, **change}
    assert (refined.parent_id, refined.strength) == (draft.id, 0.6)
    (told,) = [notice for notice in refined.notices if notice.code == "refined_from_latents"]
    assert told.values == {"draft": "128 × 64 × 4", "percent": 60}
    assignment = studio.dispatcher._assign(refined)
    assert (assignment.start_latents, assignment.strength) == (b"latents", 0.6)
    view = studio.library.view(refined, "en")
    assert (view["parent_id"], view["strength"]) == (draft.id, 0.6)


def test_a_named_strength_starts_from_the_draft_at_its_own_size_too(studio: House, draft: Job) -> None:
    assert refine(studio, draft, strength=0.3).strength == 0.3


def test_a_draft_that_is_deleted_is_still_started_from(studio: House, draft: Job, tmp_path: Path) -> None:
    refined = refine(studio, draft, num_frames=8)
    latents_of(studio).drop(draft.id)
    assert studio.dispatcher._assign(refined).start_latents == b"latents"
    studio.close()
    reopened = make_house(tmp_path, model_dir=str(MODEL))
    try:
        assert reopened.dispatcher._assign(refined).start_latents == b"latents"
        JobTable(reopened.database).request_cancel(refined.id, 1.0)
        HistoryTable(reopened.database).mark_deleted(refined.id, 1.0)
        HistoryTable(reopened.database).purge(refined.id)
    finally:
        reopened.close()
    again = make_house(tmp_path, model_dir=str(MODEL))
    try:
        with pytest.raises(DraftLatentsGone):
            again.dispatcher._assign(refined)
    finally:
        again.close()


def test_a_preset_replaces_what_it_speaks_of(studio: House, picture: bytes) -> None:
    square = finish(studio, studio.submitter.submit(wish(studio, picture, **{**DRAFT, "height": 128})))
    refined = refine(studio, square, preset="high")
    assert [refined.options[name] for name in ("width", "num_inference_steps", "sampler", "seed", "prompt")] == [
        768,
        80,
        "unipc",
        7,
        "waves",
    ]


def test_trying_again_and_editing_keep_the_start(studio: House, draft: Job) -> None:
    refined = refine(studio, draft, num_frames=8)
    edited = studio.queue.edit(refined.id, {"num_frames": 6, "confirmed": True})
    assert (edited.options["num_frames"], edited.parent_id, edited.strength) == (6, draft.id, 0.6)
    studio.library.cancel(refined.id)
    latents_of(studio).drop(draft.id)
    again = studio.queue.retry(refined.id)
    assert (again.parent_id, again.strength) == (draft.id, 0.6)
    assert "refined_from_latents" in notices(again)
    assert studio.dispatcher._assign(again).start_latents == b"latents"


def test_the_camera_goes_the_same_way_again(studio: House, picture: bytes) -> None:
    small = finish(studio, studio.submitter.submit(wish(studio, picture, engine="camera", width=64, height=64)))
    refined = refine(studio, small, width=128, height=64, num_frames=20)
    assert (refined.parent_id, refined.strength) == (small.id, None)
    assert "refined_by_path" in notices(refined)
    with pytest.raises(OptionUnknown, match="strength"):
        refine(studio, small, width=128, strength=0.5)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, RefineUnchanged),
        ({"num_inference_steps": 4, "width": 128}, RefineUnchanged),
        ({"seed": 8}, DraftDiffers),
        ({"engine": "camera", "width": 256}, DraftDiffers),
        ({"picture_sha256": "0" * 64, "width": 256}, DraftDiffers),
        ({"width": 256, "height": 256}, RefineShape),
        ({"num_frames": 8, "sampler": "ddim", "exact": True}, RefineExact),
        ({"num_frames": 8, "fit": "pad"}, DraftDiffers),
        ({"num_frames": 33}, LimitExceeded),
        ({"num_frames": 8, "strength": 0.95}, OptionInvalid),
        ({"num_frames": 8, "strength": "0.5"}, OptionInvalid),
        ({"num_frames": 8, "strength": True}, OptionInvalid),
        ({"refine_of": 7}, RequestMalformed),
        ({"refine_of": "0" * 32}, JobUnknown),
    ],
)
def test_what_cannot_be_refined_is_refused_by_its_own_name(
    studio: House, draft: Job, change: dict[str, Any], error: type[BadInput]
) -> None:
    with pytest.raises(error):
        refine(studio, draft, **change)
    assert [job.id for job in studio.library.find()] == [draft.id]


def test_a_draft_that_is_not_finished_is_refused(studio: House, picture: bytes) -> None:
    waiting = studio.submitter.submit(wish(studio, picture, **DRAFT))
    with pytest.raises(DraftUnfinished):
        refine(studio, waiting, num_frames=8)


def test_latents_that_are_gone_leave_more_steps_as_the_way(studio: House, draft: Job) -> None:
    latents_of(studio).drop(draft.id)
    with pytest.raises(DraftLatentsGone):
        refine(studio, draft, num_frames=8)
    assert refine(studio, draft, num_inference_steps=9).strength is None


def test_a_strength_without_a_draft_is_refused(studio: House, picture: bytes) -> None:
    with pytest.raises(RequestMalformed, match="refine_of"):
        studio.submitter.submit(wish(studio, picture, **DRAFT, strength=0.5))


def test_the_draft_of_a_private_clip_stays_private(studio: House, picture: bytes) -> None:
    private = finish(studio, studio.submitter.submit(wish(studio, picture, **DRAFT, private=True)))
    assert refine(studio, private, num_frames=8).private


def test_a_private_draft_that_was_found_without_its_row_wants_its_sentence_told(studio: House, draft: Job) -> None:
    options = {name: value for name, value in draft.options.items() if name != "prompt"}
    found = replace(
        draft, id="f" * 32, options=options, recipe={"left_out": ["prompt"]}, private=True, video="found.mp4"
    )
    HistoryTable(studio.database).take_in([found])
    with pytest.raises(RecipeSentenceMissing) as refused:
        refine(studio, found, num_inference_steps=9)
    assert refused.value.values == {"name": "found.mp4", "flags": "prompt"}
    assert refine(studio, found, num_inference_steps=9, prompt="waves").options["prompt"] == "waves"


def test_latents_that_vanish_under_our_hands_are_not_kept_as_nothing(studio: House, draft: Job) -> None:
    origin = studio.submitter.accept({"refine_of": draft.id, "num_frames": 8, "confirmed": True}).origin
    for kind in ("starts", "latents"):
        (studio.settings.state_dir / kind / f"{draft.id}.safetensors").unlink()
    drafts = studio.submitter._drafts
    with pytest.raises(DraftLatentsGone):
        drafts.keep_start(origin)
    latents_of(studio).save(draft.id, b"latents")
    drafts.keep_start(origin)
    assert drafts.start_of(refine(studio, draft, num_frames=8)) == b"latents"
