"""`--preprocess`, from the flag to the frames and back from the recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from benchmarks.preprocess import add_noise, closeness, draw_leaves, draw_subject, move_aside
from i2v.media.embed import read_recipe
from i2v.media.video import read_frames
from tests.cli.test_generate import Terminal

STILL = ("--engine", "camera", "--prompt", "hold still", "--width", "256", "--height", "256", "--frames", "2")
Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def good() -> Pixels:
    return draw_leaves(304, 256)


@pytest.fixture
def terminal(tmp_path: Path, good: Pixels) -> Terminal:
    Image.fromarray(good).save(tmp_path / "good.png")
    Image.fromarray(add_noise(good, 25)).save(tmp_path / "grainy.png")
    return Terminal(tmp_path)


def film(terminal: Terminal, name: str, *flags: str) -> tuple[Pixels, dict[str, Any]]:
    """The first frame and the recipe."""
    code, told = terminal.generate("--image", terminal.home / name, *STILL, *flags)
    assert (code, told["status"]) == (0, "done"), told
    recipe = read_recipe(Path(told["video"]))
    assert recipe
    return next(iter(read_frames(Path(told["video"])))), recipe.to_dict()


def test_the_treated_picture_is_the_one_that_moves_and_the_recipe_says_what_was_done(
    terminal: Terminal, good: Pixels
) -> None:
    plain, untold = film(terminal, "grainy.png")
    treated, told = film(terminal, "grainy.png", "--preprocess")
    assert (untold["options"]["preprocess"], told["options"]["preprocess"]) == (False, True)
    assert "treatment" not in untold
    assert told["treatment"].keys() == {"denoise"}
    assert told["treatment"]["denoise"] > 10
    assert closeness(treated, good) > closeness(plain, good) + 0.8
    assert told["picture_sha256"] == untold["picture_sha256"]


def test_a_good_picture_gives_the_same_frames_with_and_without(terminal: Terminal) -> None:
    _, plain = film(terminal, "good.png", "--seed", "3")
    _, treated = film(terminal, "good.png", "--seed", "3", "--preprocess")
    assert treated["treatment"] == {}
    assert treated["frames_sha256"] == plain["frames_sha256"]


def test_a_treated_clip_is_made_again_to_the_last_bit(terminal: Terminal) -> None:
    flags = (*STILL, "--preprocess", "--output", "clip.mp4")
    assert terminal.generate("--image", terminal.home / "grainy.png", *flags)[0] == 0
    again = terminal.run("reproduce", terminal.home / "clip.mp4", "--json")
    told = json.loads(again.stdout.splitlines()[-1])
    assert (again.returncode, told["status"], told["differences"]) == (0, "identical", [])


def test_an_exact_clip_takes_its_picture_as_it_is(terminal: Terminal) -> None:
    flags = ("--engine", "i2vgen-xl", "--preprocess", "--exact")
    code, told = terminal.generate("--image", terminal.home / "good.png", "--prompt", "a leaf falls", *flags)
    assert (code, told["status"], told["error"]["code"]) == (2, "refused", "option_invalid")
    assert "needs preprocess off" in told["error"]["detail"] + told["error"]["fix"]


def test_the_cut_goes_to_what_stands_out(terminal: Terminal) -> None:
    subject = draw_subject(307, 256)
    Image.fromarray(move_aside(subject, 0.45)).save(terminal.home / "aside.png")
    plain, _ = film(terminal, "aside.png")
    treated, told = film(terminal, "aside.png", "--preprocess")
    assert told["treatment"].keys() == {"place"}
    assert told["options"]["crop_x"] == 0.5
    assert closeness(treated, subject) > closeness(plain, subject) + 6
