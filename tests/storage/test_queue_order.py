"""The order of those that wait, on real SQLite files, also while others take from it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from i2v.domain.job import Job
from i2v.errors import JobBegun, JobUnknown
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable
from i2v.storage.queue_order import QueueOrder
from tests.storage.test_jobs import a_job


class Desk:
    """A database with its two tables' worth of hands."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.jobs = JobTable(self.database)
        self.order = QueueOrder(self.database, self.jobs)

    def fill(self, names: str) -> None:
        for name in names:
            self.jobs.add(a_job(name))

    def line(self) -> str:
        return "".join(job.id for job in self.order.line())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "jobs.sqlite")


def test_a_job_goes_before_another_to_the_end_or_to_the_front(desk: Desk) -> None:
    desk.fill("abcd")
    desk.order.move("d", before="b")
    assert desk.line() == "adbc"
    desk.order.move("a", before=None)
    assert desk.line() == "dbca"
    desk.order.move_first("c")
    assert desk.line() == "cdba"
    desk.order.move("d", before="d")
    assert desk.line() == "cdba"
    desk.fill("e")
    assert desk.line() == "cdbae"
    assert [job.id for _ in range(6) if (job := desk.jobs.claim(1.0))] == list("cdbae")


def test_what_runs_stays_in_front_and_goes_on_first_after_an_interruption(desk: Desk) -> None:
    desk.fill("abc")
    desk.jobs.claim(1.0)
    desk.order.move_first("c")
    assert desk.line() == "acb"
    desk.jobs.requeue("a", crashed=True)
    assert desk.line() == "acb"


def test_only_what_waits_is_moved(desk: Desk) -> None:
    desk.fill("abc")
    desk.jobs.claim(1.0)
    desk.jobs.request_cancel("c", 1.0)
    for job_id, before in (("a", None), ("b", "a"), ("c", "b"), ("b", "c")):
        with pytest.raises(JobBegun):
            desk.order.move(job_id, before)
    for job_id, before in (("x", None), ("b", "x")):
        with pytest.raises(JobUnknown):
            desk.order.move(job_id, before)
    with pytest.raises(JobBegun, match="running"):
        desk.order.move_first("a")
    assert desk.line() == "ab"


def test_hundreds_of_moves_into_one_gap_keep_the_order(desk: Desk) -> None:
    """Halving the gap each time would have no number left after fifty."""
    desk.fill("abcdef")
    desk.jobs.claim(1.0)
    for number in range(300):
        desk.order.move("cd"[number % 2], before="e")
    assert desk.line() == "abcdef"
    assert len({job.turn for job in desk.order.line()}) == 6
    desk.fill("g")
    assert desk.line() == "abcdefg"


def test_an_edit_changes_all_it_names_and_keeps_the_place(desk: Desk) -> None:
    desk.fill("abc")
    before = desk.jobs.get("b")
    desk.order.edit("b", {"engine": "i2vgen-xl", "options": {"prompt": "雨"}, "notices": []})
    after = desk.jobs.get("b")
    assert (after.engine, after.options, after.notices) == ("i2vgen-xl", {"prompt": "雨"}, ())
    assert (after.turn, after.place, after.picture_sha256) == (before.turn, before.place, before.picture_sha256)


def test_what_has_begun_is_not_edited_even_while_it_waits_to_go_on(desk: Desk) -> None:
    desk.fill("ab")
    desk.jobs.claim(1.0)
    with pytest.raises(JobBegun, match="running"):
        desk.order.edit("a", {"preset": "fast"})
    desk.jobs.requeue("a", crashed=True)
    with pytest.raises(JobBegun, match="interrupted"):
        desk.order.edit("a", {"preset": "fast"})
    desk.jobs.request_cancel("b", 1.0)
    with pytest.raises(JobBegun, match="cancelled"):
        desk.order.edit("b", {"preset": "fast"})
    with pytest.raises(JobUnknown):
        desk.order.edit("x", {"preset": "fast"})
    assert {desk.jobs.get(name).preset for name in "ab"} == {""}


def test_cancelling_all_that_wait_leaves_the_one_at_work(desk: Desk) -> None:
    desk.fill("abc")
    desk.jobs.claim(1.0)
    assert desk.order.cancel_waiting(5.0) == 2
    assert desk.line() == "a"
    assert desk.jobs.get("c").finished_at == 5.0


def test_the_order_is_found_again_when_the_file_is_opened_anew(desk: Desk, tmp_path: Path) -> None:
    desk.fill("abcd")
    desk.order.move("d", before="a")
    desk.order.move("a", before=None)
    desk.database.close()
    assert Desk(tmp_path / "jobs.sqlite").line() == "dbca"


def _at_once(deeds: list[Callable[[random.Random], None]]) -> None:
    """Each deed in a thread of its own; what a deed raises is the test's failure."""
    faults: list[BaseException] = []

    def run(deed: Callable[[random.Random], None], seed: int) -> None:
        try:
            deed(random.Random(seed))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(deed, seed)) for seed, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults


class Crowd:
    """What several people and two dispatchers do to one queue at the same time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.names = [f"{number:03}" for number in range(300)]
        self.claimed: dict[str, Job] = {}
        self.claims = 0
        self.edited: dict[str, str] = {}
        self.refusals = 0
        for name in self.names:
            desk.jobs.add(a_job(name, options={"prompt": "0", "half": "0"}))

    def claim(self, chance: random.Random) -> None:
        while job := self.desk.jobs.claim(1.0):
            self.claimed[job.id] = job
            self.claims += 1

    def arrange(self, chance: random.Random) -> None:
        for _ in range(300):
            try:
                self.desk.order.move(chance.choice(self.names), chance.choice([None, *self.names]))
                self.desk.order.move_first(chance.choice(self.names))
            except JobBegun:
                self.refusals += 1

    def edit(self, chance: random.Random) -> None:
        for number in range(300):
            name, text = chance.choice(self.names), str(number)
            try:
                self.desk.order.edit(name, {"options": {"prompt": text, "half": text}, "preset": text})
                self.edited[name] = text
            except JobBegun:
                self.refusals += 1

    def cancel(self, chance: random.Random) -> None:
        for _ in range(100):
            self.desk.jobs.request_cancel(chance.choice(self.names), 2.0)


def test_claims_moves_edits_and_cancels_from_many_threads_double_and_lose_nothing(desk: Desk) -> None:
    crowd = Crowd(desk)
    _at_once([crowd.claim, crowd.arrange, crowd.edit, crowd.cancel, crowd.claim, crowd.arrange])
    rows = {name: desk.jobs.get(name) for name in crowd.names}
    cancelled = {name for name, job in rows.items() if job.status == "cancelled" and name not in crowd.claimed}
    assert crowd.claims == len(crowd.claimed)
    assert crowd.claimed.keys() | cancelled == set(crowd.names)
    for name, job in crowd.claimed.items():
        # What was claimed is what the row says: an edit was whole before it, or refused.
        assert job.options == rows[name].options
        assert job.options["prompt"] == job.options["half"] == crowd.edited.get(name, "0")
    assert crowd.edited
    assert crowd.refusals
