"""The picture of a wish is measured once per size of clip, and never in the way."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from i2v.engines.registry import engine_spec
from i2v.errors import PictureMissing
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore

CAMERA = engine_spec("camera")


def _taken(folder: Path) -> tuple[PictureJudge, str]:
    pixels = np.random.default_rng(2).integers(0, 256, (8, 10, 3), np.uint8).repeat(32, 0).repeat(32, 1)
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    pictures = PictureStore(folder)
    return PictureJudge(pictures, 1280), pictures.take_in(png.getvalue(), "blocks.png").sha256


def test_the_same_picture_and_size_are_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, sha256 = _taken(tmp_path)
    started: list[Any] = []
    start = subprocess.Popen

    def count(command: Any, **options: Any) -> Any:
        started.append(command)
        return start(command, **options)

    monkeypatch.setattr("i2v.services.helper.subprocess.Popen", count)
    small, large = CAMERA.options(width=256, height=256), CAMERA.options(width=512, height=512)
    first, again = judge.judge(sha256, small, CAMERA), judge.judge(sha256, small, CAMERA)
    assert (first, len(started)) == (again, 1)
    assert [advice.code for advice in judge.judge(sha256, large, CAMERA)[0]] == ["too_small"]
    assert (first[0], len(started)) == ([], 2)


def test_a_picture_that_cannot_be_measured_costs_the_advice_only(tmp_path: Path) -> None:
    judge, sha256 = _taken(tmp_path)
    path = tmp_path / f"{sha256}.png"
    path.write_bytes(path.read_bytes()[:200])
    assert judge.judge(sha256, None, CAMERA) == ([], None)


def test_without_a_picture_there_is_nothing_to_say(tmp_path: Path) -> None:
    judge, _ = _taken(tmp_path)
    assert judge.judge(None, None, CAMERA) == ([], None)
    with pytest.raises(PictureMissing):
        judge.judge("../../etc/passwd", None, CAMERA)
