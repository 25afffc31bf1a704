"""A clip that takes very long on a processor, asked for in a terminal."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from i2v.cli.flags import add_device_flags, settings_from
from i2v.cli.generate import _submit
from i2v.errors import JobLong
from tests.cli.test_generate import Terminal

MODEL = Path(__file__).parent.parent / "golden" / "model"
UNET = "unet/diffusion_pytorch_model.safetensors"


class Answering(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


class Desk:
    """Takes long clips only from those who know what they do."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def submit(self, image: Path, wish: Mapping[str, Any], **how: bool) -> dict[str, str]:
        self.asked.append(bool(wish["confirmed"]))
        if not wish["confirmed"]:
            raise JobLong(low_minutes=50, high_minutes=90, engine="i2vgen-xl")
        return {"id": "a"}


def submit(desk: Desk, *, yes: bool = False) -> str:
    (job_id,) = _submit(desk, argparse.Namespace(image=Path("a.png"), yes=yes), {}, 1)  # type: ignore[arg-type]
    return job_id


def test_a_script_is_refused_with_the_minutes_and_nothing_is_queued(tmp_path: Path, picture: bytes) -> None:
    """A model of the published size as far as anybody looks: its largest file is a hole."""
    (tmp_path / "a.png").write_bytes(picture)
    model = shutil.copytree(MODEL, tmp_path / "model")
    size = 5_000_000_000
    header = json.dumps({"hole": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    with (model / UNET).open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
    terminal = Terminal(tmp_path)
    code, told = terminal.generate(
        *("--image", tmp_path / "a.png", "--prompt", "waves", "--model", model, "--cpu"),
        *("--width", "256", "--height", "256", "--frames", "8", "--steps", "200"),
    )
    assert (code, told["error"]["code"]) == (2, "job_long")
    assert "minutes" in told["error"]["detail"]
    assert "--yes" in told["error"]["fix"]
    assert terminal.run("jobs", "list").stdout.strip() == ""


def test_a_person_is_asked_and_their_yes_makes_the_clip(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, told = Desk(), Answering()
    monkeypatch.setattr(sys, "stdin", Answering("y\n"))
    monkeypatch.setattr(sys, "stderr", told)
    assert submit(desk) == "a"
    assert desk.asked == [False, True]
    assert "50" in told.getvalue()
    assert "90" in told.getvalue()


def test_anything_but_yes_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(sys, "stdin", Answering("\n"))
    monkeypatch.setattr(sys, "stderr", Answering())
    with pytest.raises(JobLong):
        submit(desk)
    assert desk.asked == [False]


def test_whoever_said_yes_before_is_not_asked() -> None:
    desk = Desk()
    assert submit(desk, yes=True) == "a"
    assert desk.asked == [True]


def test_cpu_is_short_for_the_device() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    add_device_flags(parser)
    assert settings_from(parser.parse_args(["--cpu"])).device == "cpu"
    assert settings_from(parser.parse_args(["--device", "cuda"])).device == "cuda"
