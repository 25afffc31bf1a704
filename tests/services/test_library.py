"""What the library tells of many jobs, on a real data folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from i2v.domain.notices import Notice
from tests.services.test_submit import make_house, wish


def test_notices_name_an_option_as_the_page_does(tmp_path: Path, picture: bytes) -> None:
    house = make_house(tmp_path)
    job = house.submitter.submit(wish(house, picture, engine="camera"))
    told = replace(job, notices=(Notice("option_dropped", {"option": "negative_prompt", "engine": "camera"}),))
    for language, label in (("en", "“What should not happen?”"), ("zh-CN", "“不希望出现什么？”")):
        text = house.library.view(told, language)["notices"][0]["text"]
        assert label in text
        assert "negative_prompt" not in text
    house.close()


def test_a_list_asks_the_database_once_however_long_it_is(tmp_path: Path, picture: bytes) -> None:
    house = make_house(tmp_path)
    asked = wish(house, picture, engine="camera")
    jobs = [house.submitter.submit(asked) for _ in range(12)]
    statements: list[str] = []
    with house.database.reading() as db:
        db.set_trace_callback(statements.append)
    views = house.library.views(jobs, "en")
    assert len(statements) == 1, statements
    statements.clear()
    house.queue.view("en")
    with house.database.reading() as db:
        db.set_trace_callback(None)
    assert len(statements) == 3, "the line itself, who stands before whom, and the pace"
    assert [view["waiting_before"] for view in views] == list(range(12))
    assert house.library.view(jobs[5], "en") == views[5]
    house.close()
