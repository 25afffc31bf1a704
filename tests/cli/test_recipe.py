"""What a clip carries of how it was made, and what it does not."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from i2v import __version__
from i2v.media.comment import read_comment
from i2v.media.embed import read_recipe
from i2v.media.intake import intake_picture
from tests.cli.test_generate import SMALL, Terminal

PATH = re.compile(r"(^|[\s\"'=])(/\w|~|[A-Za-z]:\\)|\\\\\w|/home|/root|/tmp|/Users")


@pytest.fixture
def terminal(tmp_path: Path, picture: bytes) -> Terminal:
    (tmp_path / "a.png").write_bytes(picture)
    return Terminal(tmp_path)


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def test_a_clip_carries_all_that_makes_it_again_and_nothing_of_whose_it_is(terminal: Terminal, picture: bytes) -> None:
    code, _ = terminal.generate("--image", "a.png", *SMALL, "--seed", "7", "--output", "out.mp4")
    assert code == 0
    clip = terminal.home / "out.mp4"
    recipe = json.loads(read_comment(clip))
    assert recipe["picture_sha256"] == intake_picture(picture, "a.png").sha256
    assert {"prompt": "zoom in", "seed": 7, "num_frames": 4, "fps": 8}.items() <= recipe["options"].items()
    assert {"app", "python", "system", "numpy", "pillow", "av", "opencv"} <= recipe["made_with"].keys()
    assert recipe["made_with"]["app"] == __version__
    assert re.fullmatch("[0-9a-f]{64}", recipe["frames_sha256"])
    assert recipe["frames_sha256"] != hashlib.sha256().hexdigest()
    of_the_machine = {socket.gethostname(), getpass.getuser(), terminal.home.name, Path.home().name}
    for text in texts(recipe):
        assert not PATH.search(text), text
        assert text not in of_the_machine
    for path in (terminal.home, Path.home(), Path.cwd()):
        assert str(path).encode() not in clip.read_bytes()


def test_a_private_clip_does_not_carry_its_sentences_but_its_row_does(terminal: Terminal) -> None:
    secret = "zoom in on the birthday present"
    code, told = terminal.generate("--image", "a.png", *SMALL, "--prompt", secret, "--private", "--output", "out.mp4")
    assert code == 0
    clip = terminal.home / "out.mp4"
    assert b"birthday" not in clip.read_bytes()
    recipe = read_recipe(clip)
    assert recipe is not None
    assert recipe.left_out == ("prompt",)
    assert "prompt" not in recipe.options
    shown = json.loads(terminal.run("jobs", "show", told["job_id"], "--json").stdout)
    assert (shown["options"]["prompt"], shown["private"]) == (secret, True)
    with closing(sqlite3.connect(terminal.outputs / ".i2v" / "jobs.sqlite")) as database:
        assert database.execute("SELECT recipe FROM jobs").fetchone()[0].find("birthday") == -1
