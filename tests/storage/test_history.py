"""The jobs table as history, on real SQLite files."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from i2v.domain.job import Job, Status
from i2v.errors import JobUnknown
from i2v.storage.database import Database
from i2v.storage.history import HistoryTable, Wanted
from i2v.storage.jobs import JobTable
from tests.storage.test_jobs import a_job


@pytest.fixture
def history(database: Database) -> HistoryTable:
    return HistoryTable(database)


def finish(jobs: JobTable, name: str, sentence: str = "", video: str | None = None) -> Job:
    """A job that ran to its end."""
    jobs.add(a_job(name, options={"prompt": sentence}))
    jobs.claim(1.0)
    return jobs.finish_done(name, video or f"video_{name}.mp4", {"seconds": 1.0, "finished_at": 2.0, "recipe": {}})


def ids(found: list[Job]) -> str:
    return "".join(job.id for job in found)


def test_the_newest_jobs_come_first_page_by_page(jobs: JobTable, history: HistoryTable) -> None:
    for name in "abcde":
        jobs.add(a_job(name))
    first = history.find(Wanted(), 2)
    assert ids(first) == "ed"
    assert ids(history.find(Wanted(), 9, before=first[-1].place)) == "cba"
    assert history.find(Wanted(), 9, before=0) == []
    assert history.find(Wanted(statuses=("running",)), 9) == []


def test_a_clock_that_was_set_back_does_not_hide_what_is_new(jobs: JobTable, history: HistoryTable) -> None:
    jobs.add(a_job("a", created_at=5000.0))
    jobs.add(a_job("b", created_at=1000.0))
    assert ids(history.find(Wanted(), 1)) == "b"


def test_paging_goes_on_where_the_last_one_seen_is_gone_for_good(jobs: JobTable, history: HistoryTable) -> None:
    for name in "abc":
        finish(jobs, name)
    seen = history.find(Wanted(), 2)[-1]
    history.mark_deleted("b", 1.0)
    history.purge("b")
    assert ids(history.find(Wanted(), 9, before=seen.place)) == "a"


def test_all_words_must_occur_in_sentence_or_file_name_whatever_their_case(
    jobs: JobTable, history: HistoryTable
) -> None:
    finish(jobs, "a", "Slowly zoom IN on the Straße", "video_20261120_101112.mp4")
    finish(jobs, "b", "镜头缓缓推近湖面", "video_20261121_000000.mp4")
    finish(jobs, "c", "100% pan_left 'quoted'", "video_20261121_000001.mp4")

    def found(words: str) -> str:
        return ids(history.find(Wanted(words=tuple(words.split())), 9))

    assert found("zoom") == found("ZOOM slowly") == found("STRASSE") == found("20261120") == "a"
    assert found("推近") == found("湖面 镜头") == "b"
    assert found("20261121") == "cb"
    assert found("100% pan_left") == found("'quoted'") == found("ＰＡＮ_left") == "c"
    assert found("zoom 推近") == found("_%") == found('"') == ""


def test_a_star_stays_until_it_is_taken_away(jobs: JobTable, history: HistoryTable) -> None:
    for name in "abc":
        finish(jobs, name)
    assert history.star("b", starred=True).starred
    assert history.star("b", starred=True).starred
    assert ids(history.find(Wanted(only_starred=True), 9)) == "b"
    assert not history.star("b", starred=False).starred
    assert history.find(Wanted(only_starred=True), 9) == []
    with pytest.raises(JobUnknown):
        history.star("nobody", starred=True)


def test_a_deleted_job_is_out_of_sight_until_it_is_brought_back(jobs: JobTable, history: HistoryTable) -> None:
    before = finish(jobs, "a")
    history.mark_deleted("a", 7.0)
    assert history.find(Wanted(), 9) == []
    assert [job.id for job in history.deleted()] == ["a"]
    with pytest.raises(JobUnknown):
        jobs.get("a")
    with pytest.raises(JobUnknown):
        history.mark_deleted("a", 8.0)
    with pytest.raises(JobUnknown):
        history.star("a", starred=True)
    assert history.bring_back("a", before.video) == before == jobs.get("a")
    with pytest.raises(JobUnknown):
        history.bring_back("a", before.video)
    history.purge("a")
    assert jobs.get("a") == before


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_job_that_is_not_over_is_not_deleted(jobs: JobTable, history: HistoryTable, status: Status) -> None:
    jobs.add(a_job("a"))
    if status == "running":
        jobs.claim(1.0)
    with pytest.raises(JobUnknown):
        history.mark_deleted("a", 1.0)
    assert jobs.get("a").status == status


def test_clips_found_in_the_folder_stand_where_their_time_is(jobs: JobTable, history: HistoryTable) -> None:
    finish(jobs, "m")
    older = a_job("a", status="done", created_at=10.0, finished_at=10.0, video="video_a.mp4", options={"prompt": "pan"})
    newer = replace(older, id="z", created_at=2000.0, video="video_z.mp4")
    history.take_in([older, newer])
    history.take_in([replace(newer, video="other.mp4")])
    assert ids(history.find(Wanted(), 9)) == "zma"
    assert history.ids_by_video() == {"video_a.mp4": "a", "video_m.mp4": "m", "video_z.mp4": "z"}


def test_a_page_of_ten_thousand_is_read_along_an_index(database: Database, jobs: JobTable) -> None:
    """Neither sorted nor, without a search, looked through: it costs what a page of ten costs."""
    history = HistoryTable(database)
    first = finish(jobs, "a")
    asked: list[str] = []
    with database.reading() as db:
        db.set_trace_callback(asked.append)
    for starred, before, words in itertools.product((False, True), (None, first.place), ((), ("zoom",))):
        history.find(Wanted(("done",), words, starred), 60, before)
    with database.reading() as db:
        db.set_trace_callback(None)
        queries = [query for query in asked if "ORDER BY created_at" in query]
        assert len(queries) == 8
        for query in queries:
            plan = " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {query}"))
            assert "TEMP B-TREE" not in plan, query
            assert "USING INDEX jobs_by_star" in plan if "starred = 1" in query else "USING INDEX jobs_by_time" in plan
