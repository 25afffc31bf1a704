"""The steps of the way over REST, with the camera, whose clips are made in a moment."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from i2v.media.embed import read_recipe
from tests.api.test_rest import SMALL, assert_problem
from tests.serving import Server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def draft(server: Server, picture: bytes) -> dict[str, Any]:
    return server.wait_for(server.submit(picture, {**SMALL, "engine": "camera"})["id"])


def test_a_draft_leads_to_its_final_clip(server: Server, http: httpx.Client, draft: dict[str, Any]) -> None:
    way = http.get(f"/jobs/{draft['id']}/way").json()
    assert (way["phase"], way["phases"], way["before"]) == ("draft", ["draft", "final"], [])
    sizes = [(choice["options"]["width"], choice["options"]["height"]) for choice in way["next"]["choices"]]
    assert sizes[0][0] > SMALL["width"]
    assert all(choice["light"] == "green" for choice in way["next"]["choices"])

    key = {"Idempotency-Key": uuid.uuid4().hex}
    accepted = http.post(f"/jobs/{draft['id']}/final", headers=key)
    assert accepted.status_code == 202
    final = accepted.json()
    assert accepted.headers["location"] == f"/api/v1/jobs/{final['id']}"
    assert (final["options"]["width"], final["options"]["height"]) == sizes[0]
    assert (final["phase"], final["parent_id"]) == ("final", draft["id"])
    assert http.post(f"/jobs/{draft['id']}/final", headers=key).json()["id"] == final["id"]
    done = server.wait_for(final["id"])
    recipe = read_recipe(server.outputs / done["video"])
    assert recipe is not None
    assert recipe.way == {"phase": "final", "parent_id": draft["id"]}

    way = http.get(f"/jobs/{final['id']}/way").json()
    assert way["before"] == [{"job_id": draft["id"], "phase": "draft", "batch": None, "status": "done"}]
    assert way["next"] is None


def test_a_step_takes_other_options_where_they_are_named(http: httpx.Client, draft: dict[str, Any]) -> None:
    change = {"width": 192, "height": 192, "num_frames": 6}
    final = http.post(f"/jobs/{draft['id']}/final", json=change).json()
    assert final["options"] == {**draft["options"], **change}


def test_a_step_that_is_not_there_is_refused(http: httpx.Client, draft: dict[str, Any]) -> None:
    problem = assert_problem(http.post(f"/jobs/{draft['id']}/refine", content="{}"), 422, "phase_unknown")
    assert "draft, final" in problem["fix"]
    assert_problem(http.post(f"/jobs/{draft['id']}/final", content="[1]"), 422, "request_malformed")
    assert_problem(http.post("/jobs/nothing/final"), 404, "job_unknown")
    assert_problem(http.get("/jobs/nothing/way"), 404, "job_unknown")


def test_a_batch_of_drafts_takes_its_settings_from_the_way(http: httpx.Client, picture: bytes) -> None:
    wish = {"engine": "camera", "prompt": "handheld", "count": 2, "draft": True, "num_frames": 4}
    files = {"image": ("a.png", picture)}
    told = http.post("/batches", files=files, data={"request": json.dumps(wish)}).json()
    assert {(job["options"]["width"], job["options"]["num_frames"], job["phase"]) for job in told["jobs"]} == {
        (512, 4, "draft")
    }
    http.post(f"/batches/{told['batch']}/cancel")
