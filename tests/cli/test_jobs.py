"""`python main.py jobs`: the same commands with a running server and without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from i2v.cli import main
from tests.services.test_submit import make_house, wish
from tests.serving import Server

LONG = {"engine": "camera", "prompt": "pan left", "width": 1280, "height": 1280, "num_frames": 32}
LIMIT = 4


class Prompt:
    """Commands typed into a terminal on one data folder."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([*map(str, arguments), "--output_dir", str(self.home / "outputs")])
        out, err = self._capsys.readouterr()
        return code, out, err

    def jobs(self, *arguments: str | Path) -> Any:
        """What a command that succeeds tells as JSON."""
        code, out, err = self.run("jobs", *arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    def line(self) -> list[str]:
        return [job["id"] for job in self.jobs("list", "--waiting")]

    def refused(self, *arguments: str | Path) -> str:
        """The error of a command that did nothing."""
        code, out, err = self.run(*arguments)
        assert (code, out) == (2, "")
        return err


@pytest.fixture
def prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    _speak_english(monkeypatch, tmp_path)
    return Prompt(tmp_path, capsys)


def _speak_english(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name, value in (("LANGUAGE", "en"), ("MAX_QUEUE", str(LIMIT)), ("DEVICE", "cpu")):
        monkeypatch.setenv(f"I2V_{name}", value)
    for name in ("INPUT_DIR", "MODELS_DIR", "LOGS_DIR"):
        monkeypatch.setenv(f"I2V_{name}", str(home / name.split("_")[0].lower()))


def _fill(home: Path, picture: bytes, count: int) -> list[str]:
    """Jobs that wait in a folder without a server."""
    house = make_house(home)
    ids = [house.submitter.submit(wish(house, picture, **LONG)).id for _ in range(count)]
    house.close()
    return ids


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("busy"), I2V_MAX_QUEUE=str(LIMIT), I2V_DEVICE="cpu").start()
    yield running
    running.stop()


def try_every_command(prompt: Prompt, waiting: list[str], first: list[str], image: Path) -> None:
    """`first` is what runs, if anything."""
    a, b, c = waiting
    assert prompt.line() == [*first, a, b, c]
    assert prompt.jobs("next", c)["id"] == c
    prompt.jobs("move", a, "--last")
    prompt.jobs("move", a, "--before", b)
    assert prompt.line() == [*first, c, a, b]
    edited = prompt.jobs("edit", b, "--prompt", "roll", "--frames", "8", "--image", image)
    assert (edited["options"]["prompt"], edited["options"]["num_frames"]) == ("roll", 8)
    assert edited["picture"] != prompt.jobs("show", a)["picture"]
    assert prompt.jobs("edit", b, "--preset", "fast")["preset"] == "fast"
    assert "[job_unknown]" in prompt.refused("jobs", "move", "nobody", "--last")
    assert "[limit_exceeded]" in prompt.refused("jobs", "edit", b, "--frames", "99")
    assert "[job_not_failed]" in prompt.refused("jobs", "retry", b)
    prompt.jobs("cancel", b)
    assert "[job_begun]" in prompt.refused("jobs", "edit", b, "--frames", "8")
    again = prompt.jobs("retry", b)
    assert (again["status"], again["options"]) == ("queued", prompt.jobs("show", b)["options"])
    assert prompt.line() == [*first, c, a, again["id"]]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "other.png"
    Image.new("RGB", (90, 90), (1, 2, 3)).save(path)
    return path


def test_an_empty_list_says_of_what_there_is_none(prompt: Prompt) -> None:
    for flags, told in (
        ([], "No jobs yet."),
        (["--waiting"], "Nothing runs or waits."),
        (["--search", "lighthouse"], "No job fits."),
        (["--starred"], "No job fits."),
    ):
        assert prompt.run("jobs", "list", *flags) == (0, "", f"{told}\n")


def test_the_queue_is_arranged_without_a_server(prompt: Prompt, picture: bytes, image: Path) -> None:
    try_every_command(prompt, _fill(prompt.home, picture, 3), [], image)
    code, out, err = prompt.run("jobs", "next", prompt.line()[1])
    assert code == 0
    assert "status             queued" in out
    assert err == "The job waits; it begins when the app is started.\n"


def test_the_queue_of_a_running_server_is_arranged_and_says_when_it_is_full(
    busy: Server,
    picture: bytes,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _speak_english(monkeypatch, busy.home)
    prompt = Prompt(busy.home, capsys)
    ids = [busy.submit(picture, {**LONG, "seed": number})["id"] for number in range(4)]
    while busy.get(f"/api/v1/jobs/{ids[0]}")["status"] == "queued":
        pass
    try_every_command(prompt, ids[1:], ids[:1], image)
    assert "[job_begun]" in prompt.refused("jobs", "next", ids[0])
    busy.submit(picture, LONG)
    full = f"{LIMIT} jobs are waiting, and the queue holds {LIMIT}."
    for command in (("jobs", "retry", ids[2]), ("generate", "--image", image)):
        code, _, err = prompt.run(*command)
        assert code == 2
        assert full in err
        assert "[queue_full]" in err
    for job_id in prompt.line():
        busy.cancel(job_id)
        busy.wait_for(job_id)


def test_the_history_is_searched_emptied_and_filled_again(
    prompt: Prompt, picture: bytes, busy: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a server, and in a folder that one owns."""
    (waiting,) = _fill(prompt.home, picture, 1)
    made = busy.submit(picture, {"engine": "camera", "prompt": "A KINGFISHER dives", "num_frames": 4})
    busy.wait_for(made["id"])
    there = Prompt(busy.home, capsys)
    for console, job_id, words in ((prompt, waiting, "left PAN"), (there, made["id"], "dives kingfisher")):
        found = ("list", "--search", words)
        console.jobs("cancel", job_id)
        assert [job["id"] for job in console.jobs(*found)] == [job_id]
        assert console.jobs("list", "--search", "nothing") == console.jobs("list", "--starred") == []
        code, out, err = console.run("jobs", "delete", job_id)
        assert (code, out) == (0, "")
        assert f"jobs restore {job_id}" in err
        assert console.jobs(*found) == []
        assert "[job_unknown]" in console.refused("jobs", "delete", job_id)
        assert console.jobs("restore", job_id)["id"] == job_id
        assert [job["id"] for job in console.jobs(*found)] == [job_id]
        assert "[job_unknown]" in console.refused("jobs", "restore", job_id)
