"""Cut, pad and stretch, as typed in a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from i2v.media.embed import read_recipe
from i2v.media.video import read_frames
from tests.cli.test_generate import Terminal
from tests.media.samples import TRANSPARENT_SAMPLES

STILL = ("--prompt", "hold still", "--width", "64", "--height", "64", "--frames", "2", "--engine", "camera")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    picture = Image.new("RGB", (192, 64), (230, 0, 0))
    picture.paste((0, 0, 230), (96, 0, 192, 64))
    picture.save(tmp_path / "wide.png")
    (tmp_path / "clear.png").write_bytes(TRANSPARENT_SAMPLES["rgba png"]())
    return Terminal(tmp_path)


def first_frame(terminal: Terminal, name: str, *flags: str) -> tuple[npt.NDArray[np.int64], dict[str, object]]:
    code, told = terminal.generate("--image", terminal.home / name, *STILL, *flags)
    assert (code, told["status"]) == (0, "done"), told
    video = Path(told["video"])
    recipe = read_recipe(video)
    assert recipe
    return next(iter(read_frames(video))).astype(int), dict(recipe.options)


def test_the_crop_goes_where_the_flags_say(terminal: Terminal) -> None:
    left, options = first_frame(terminal, "wide.png", "--crop-x", "0")
    assert np.abs(left[4:-4, 6:-6] - (230, 0, 0)).max() < 14
    assert (options["fit"], options["crop_x"], options["crop_y"], options["background"]) == ("cover", 0.0, 0.5, None)
    right, _ = first_frame(terminal, "wide.png", "--crop-x", "1")
    assert np.abs(right[4:-4, 6:-6] - (0, 0, 230)).max() < 14


def test_pad_puts_bars_of_the_colour_beside_the_picture_and_behind_what_is_transparent(terminal: Terminal) -> None:
    frame, options = first_frame(terminal, "clear.png", "--fit", "pad", "--background", "#00b000")
    assert np.abs(frame[3, 32] - (0, 176, 0)).max() < 14  # bar
    assert np.abs(frame[17, 32] - (0, 176, 0)).max() < 20  # the transparent band
    assert (options["fit"], options["background"]) == ("pad", "#00b000")


@pytest.mark.parametrize(
    ("flags", "option"),
    [
        (("--fit", "crop"), "fit"),
        (("--crop-x", "1.5"), "crop_x"),
        (("--crop-y", "top"), "crop_y"),
        (("--background", "red"), "background"),
    ],
)
def test_what_cannot_be_is_refused_by_name(terminal: Terminal, flags: tuple[str, ...], option: str) -> None:
    code, told = terminal.generate("--image", terminal.home / "wide.png", *STILL, *flags)
    assert (code, told["status"], told["error"]["code"]) == (2, "refused", "option_invalid")
    assert option in told["error"]["detail"]
