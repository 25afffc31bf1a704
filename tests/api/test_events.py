"""The stream of a job's events while nothing happens."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from i2v.api.routes import jobs


def test_a_stream_without_news_gives_signs_of_life_that_no_reader_takes_for_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "EVENT_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "SIGN_OF_LIFE_SECONDS", 0.05)
    library = SimpleNamespace(get=lambda job_id: SimpleNamespace(is_over=False), view=lambda job, language: {"id": "a"})
    house: Any = SimpleNamespace(library=library)

    async def hear() -> list[str]:
        stream = jobs._tell_changes(house, "a", "en")
        return [await anext(stream) for _ in range(3)]

    news, *signs = asyncio.run(hear())
    assert news == 'event: job\ndata: {"id": "a"}\n\n'
    assert all(sign.startswith(":") and sign.endswith("\n\n") and sign.count("\n") == 2 for sign in signs)
