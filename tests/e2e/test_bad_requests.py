"""One refusal, whichever way the request came: the page, the command line, REST, Python."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import i2v
from i2v.cli import main
from i2v.errors import I2VError
from i2v.settings import PROJECT
from tests.e2e.bad_requests import ABSENT, BAD_REQUESTS, PICTURES, BadRequest
from tests.e2e.conftest import without_models
from tests.e2e.visitor import Visitor
from tests.serving import Server

LIMITS = {"I2V_MAX_UPLOAD_MB": "1"}
# What Generate calls with the wish of the form: for values that no control takes.
SUBMIT = """async (wish) => {
  const { press } = await import("/elements/press.js");
  try {
    return await press(eval(`(${wish})`));
  } catch (problem) {
    return problem.code;
  }
}"""


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("strict")
    running = Server(home, None, **without_models(home), **LIMITS).start()
    yield running
    assert running.get("/api/v1/jobs")["jobs"] == []  # nothing of all this has become a job
    running.stop()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home where no server runs, for commands run in this process."""
    folders = {"I2V_INPUT_DIR": str(tmp_path / "inputs"), "I2V_LOGS_DIR": str(tmp_path / "logs"), "I2V_LANGUAGE": "en"}
    for name, value in {**without_models(tmp_path), **LIMITS, **folders}.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    before = list(root.handlers)
    yield tmp_path
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


def flags_of(wish: dict[str, Any]) -> list[str]:
    """The wish as a person would write it on the command line."""
    flags = []
    for name, value in wish.items():
        flag = "--" + name.replace("_", "-")
        told = value if isinstance(value, str) else json.dumps(value)
        flags.append(flag if value is True and name == "exact" else f"{flag}={told}")
    return flags


def image_of(request: BadRequest, folder: Path) -> list[str]:
    if request.picture == ABSENT:
        return []
    path = folder / "picture.png"
    path.write_bytes(PICTURES[request.picture]())
    return ["--image", str(path)]


def test_there_are_many_kinds_of_bad_requests() -> None:
    assert len(BAD_REQUESTS) >= 50
    assert len({request.code for request in BAD_REQUESTS.values()}) >= 14


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_rest_refuses_by_the_code(strict_server: Server, http: httpx.Client, name: str) -> None:
    request = BAD_REQUESTS[name]
    fields: dict[str, Any] = {"request": (None, json.dumps({"prompt": "zoom in", **request.wish}))}
    if request.picture != ABSENT:
        fields["image"] = ("picture.png", PICTURES[request.picture]())
    answer = http.post(f"{strict_server.url}/api/v1/jobs", files=fields)
    assert (answer.json()["code"], 400 <= answer.status_code < 500) == (request.code, True), answer.text


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_the_command_line_refuses_by_the_code(alone: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    request = BAD_REQUESTS[name]
    image, output = image_of(request, alone), ["--output_dir", str(alone / "outputs")]
    assert main(["generate", "--json", *image, *output, *flags_of({"prompt": "zoom in", **request.wish})]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["error"]["code"] == request.code
    assert f"[{request.code}]" in told.err
    assert not list((alone / "outputs").glob("*.mp4"))


@pytest.mark.parametrize("name", [name for name, request in BAD_REQUESTS.items() if request.picture != ABSENT])
def test_a_call_from_python_refuses_by_the_code(alone: Path, name: str) -> None:
    request = BAD_REQUESTS[name]
    wish = {"prompt": "zoom in", **request.wish}
    with pytest.raises(I2VError) as refused:
        i2v.generate_video(PICTURES[request.picture](), output_dir=alone / "outputs", **wish)
    assert refused.value.code == request.code


@pytest.mark.parametrize("name", ["width NaN", "unknown option", "truncated png", "upload too large", "no picture"])
def test_a_command_beside_a_server_refuses_by_the_code(strict_server: Server, tmp_path: Path, name: str) -> None:
    request = BAD_REQUESTS[name]
    command = [sys.executable, "main.py", "generate", "--json", "--output_dir", str(strict_server.outputs)]
    command += [*image_of(request, tmp_path), *flags_of({"prompt": "zoom in", **request.wish})]
    environment = {**os.environ, "I2V_LOGS_DIR": str(tmp_path), "I2V_LANGUAGE": "en"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == request.code


@pytest.mark.browser
def test_the_page_refuses_by_the_code(browser: Browser, strict_server: Server) -> None:
    visitor = Visitor(browser, strict_server.url)
    visitor.expects_refusals = True
    page, told = visitor.page, {}
    for name, request in BAD_REQUESTS.items():
        if request.picture == ABSENT:
            visitor.press()
            told[name] = _told_code(page, "#picture")
    for name, request in BAD_REQUESTS.items():
        if request.picture not in (ABSENT, "good"):
            visitor.choose_file("picture.png", PICTURES[request.picture]())
            expect(page.locator("#picture.is-reading")).to_have_count(0)
            told[name] = _told_code(page, "#picture")
    with page.expect_response("**/api/v1/pictures") as taken:
        visitor.bring(PICTURES["good"]())
    sha256 = taken.value.json()["sha256"]
    for name, request in BAD_REQUESTS.items():
        if request.picture == "good":
            wish = {"prompt": "zoom in", **request.wish, "picture_sha256": sha256}
            # Written as JavaScript, which has the numbers that JSON lacks.
            told[name] = _typed_code(visitor, request) if request.is_typed else page.evaluate(SUBMIT, json.dumps(wish))
    visitor.leave()
    assert told == {name: request.code for name, request in BAD_REQUESTS.items()}


def _typed_code(visitor: Visitor, request: BadRequest) -> str:
    """Types the value into its control and presses Generate."""
    page = visitor.page
    engine, (option, value) = request.wish["engine"], list(request.wish.items())[1]
    if not page.locator("#engine").is_visible():
        page.click("#more > button")
    page.click(f"#engine label:has(input[value='{engine}'])")
    place = f"#option--{engine}--{option}"
    field = page.locator(f"{place} input[type=number]")
    before = field.input_value()
    field.fill(str(value))
    visitor.press()
    code = _told_code(page, place)
    field.fill(before)
    return code


def _told_code(page: Page, place: str) -> str:
    """Read off the link to the help that the problem's box has."""
    link = page.locator(f"{place} .problem a.about")
    expect(link).to_be_visible()
    return str(link.get_attribute("href")).removeprefix("help/")
