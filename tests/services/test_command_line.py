"""The command that makes a clip again: typed into a real shell, it does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.services.command_line import command_of, quote_for_windows
from i2v.services.house import House
from i2v.settings import PROJECT
from tests.services.test_submit import make_house, wish

NASTY = '-Don\'t “zoom” "in" $HOME `ls` 100% !x! & < > | ^ \\ * ; 推近\nthen pan'


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Closed again before the command needs the folder."""
    return make_house(tmp_path / "a home with 空格 & more")


def test_the_command_makes_the_same_clip(house: House, picture: bytes, tmp_path: Path) -> None:
    small = {"width": 128, "height": 64, "num_frames": 3, "fps": 12, "seed": 2**32 - 1, "prompt": NASTY}
    job = house.submitter.submit(wish(house, picture, engine="camera", preset="fast", **small))
    command = command_of(job, house.settings, for_windows=False)
    private = command_of(replace(job, private=True), house.settings, for_windows=False)
    house.library.delete(job.id)
    house.close()
    assert command is not None
    assert private is not None
    assert " --private" in private
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "I2V_INPUT_DIR": str(house.settings.input_dir),
        "I2V_LOGS_DIR": str(tmp_path / "logs"),
    }
    ran = subprocess.run(
        ["sh", "-c", f"{command} --json"], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    again = make_house(house.settings.output_dir.parent)
    made = again.library.get(told["job_id"])
    assert (made.engine, made.options, made.picture_sha256) == (job.engine, job.options, job.picture_sha256)
    again.close()


def test_what_no_command_can_make_has_none(house: House, picture: bytes) -> None:
    job = house.submitter.submit(wish(house, picture, engine="camera"))

    def command(**changes: object) -> str | None:
        return command_of(replace(job, **changes), house.settings, for_windows=False)  # type: ignore[arg-type]

    assert command()
    assert command(engine="", options={"width": 64}) is None
    assert command(options={"width": 64}) is None, "its sentence was kept out"
    assert command(recipe={"left_out": ["negative_prompt"]}) is None, "the other sentence was"
    assert command(recipe={"left_out": ["prompt"]}), "its row still has it"
    assert command(recipe={"start": {"latents_sha256": "0" * 64}}) is None
    assert command(strength=0.6) is None, "one that has no recipe yet starts there all the same"
    assert command(picture_sha256="0" * 64) is None
    house.close()


def _as_windows_reads(line: str) -> list[str]:
    """First the Command Prompt's own signs, then the words as a program's start-up code splits them."""
    plain, is_quoted, place = "", False, 0
    while place < len(line):
        sign = line[place]
        if sign == "^" and not is_quoted:
            place += 1
            plain += line[place]
        else:
            is_quoted ^= sign == '"'
            assert is_quoted or sign not in "<>&|", f"{sign} would be taken by the prompt in {line}"
            plain += sign
        place += 1
    assert not re.search(r"%\w+%", line), "a variable would be filled in"
    words, word, is_quoted, is_word = [], "", False, False
    for slashes, sign in re.findall(r"(\\*)(.?)", plain, re.DOTALL):
        if sign == '"':
            word += "\\" * (len(slashes) // 2)
            is_word = True
            if len(slashes) % 2:
                word += '"'
            else:
                is_quoted = not is_quoted
        elif sign in (" ", "") and not is_quoted:
            word += slashes
            if is_word or word:
                words.append(word)
            word, is_word = "", False
        else:
            word += slashes + sign
    return words


@pytest.mark.parametrize(
    "word",
    [
        "plain",
        "two words",
        "",
        'say "hi"',
        "100%",
        "%PATH%",
        "a & b",
        'a "&" b',
        "C:\\My clips\\",
        "x^y",
        "!x!",
        "推近 | out",
    ],
)
def test_words_survive_the_command_prompt(word: str) -> None:
    words = ["python", "main.py", "--prompt", word, "--seed", "1"]
    assert _as_windows_reads(quote_for_windows(words)) == words


def test_the_command_prompt_gets_one_line(house: House, picture: bytes) -> None:
    job = house.submitter.submit(wish(house, picture, engine="camera", prompt="zoom in,\nthen pan"))
    command = command_of(job, house.settings, for_windows=True)
    house.close()
    assert command is not None
    assert '--prompt "zoom in, then pan"' in command
