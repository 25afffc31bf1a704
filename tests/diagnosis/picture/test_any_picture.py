"""Whatever the intake lets through is measured."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measures import PictureMeasures
from i2v.diagnosis.picture.measuring import measure_picture

SIZES = ((64, 64), (512, 64), (64, 512), (1000, 125), (700, 513))


def _pictures(width: int, height: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(3)
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    board = (np.indices((height, width)).sum(axis=0) % 2 * 255).astype(np.uint8)
    return {
        "black": np.zeros((height, width, 3), np.uint8),
        "white": np.full((height, width, 3), 255, np.uint8),
        "one colour": np.full((height, width, 3), (200, 30, 90), np.uint8),
        "grey ramp": np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy(),
        "noise": generator.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "chess board": np.repeat(board[..., None], 3, axis=2),
        "one bright pixel": np.pad(np.full((1, 1, 3), 255, np.uint8), ((5, height - 6), (5, width - 6), (0, 0))),
    }


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("clip", [(512, 512), (64, 4096), (1280, 704), None], ids=str)
def test_any_picture_is_measured_with_finite_figures_and_boxes_inside(
    size: tuple[int, int], clip: tuple[int, int] | None
) -> None:
    for name, pixels in _pictures(*size).items():
        measures = measure_picture(pixels, clip)
        told = json.loads(json.dumps(measures.to_json(), allow_nan=False))
        assert PictureMeasures.from_json(told) == measures, name
        assert all(math.isfinite(value) for value in told.values() if isinstance(value, int | float)), name
        for boxes in measures.areas.values():
            for left, top, width, height in boxes:
                assert 0 <= left <= left + width <= 1.0002, name
                assert 0 <= top <= top + height <= 1.0002, name


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(64, 400), st.integers(64, 400)),
    clip=st.tuples(st.integers(8, 160), st.integers(8, 160)),
    fit=st.sampled_from(["cover", "pad", "stretch"]),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    flags=st.tuples(st.booleans(), st.booleans()),
    seed=st.integers(0, 2**32 - 1),
)
def test_advice_follows_for_any_framing(size, clip, fit, place, flags, seed) -> None:  # type: ignore[no-untyped-def]
    blocks = np.random.default_rng(seed).integers(0, 256, (size[1] // 32 + 1, size[0] // 32 + 1, 3), dtype=np.uint8)
    pixels = np.repeat(np.repeat(blocks, 32, axis=0), 32, axis=1)[: size[1], : size[0]]
    clip = (clip[0] * 8, clip[1] * 8)
    framing = Framing(clip_size=clip, fit=fit, place=place, is_model=flags[0], has_preprocess=flags[1])
    for advice in advise_on_picture(measure_picture(pixels, clip), framing):
        told = advice.to_json("zh-CN")
        assert told["message"]
        if told["remedy"] and "options" in told["remedy"]:
            options = told["remedy"]["options"]
            assert 0 <= options.get("crop_x", 0) <= 1
            assert 0 <= options.get("crop_y", 0) <= 1
            assert all(64 <= options.get(side, 64) <= 1280 for side in ("width", "height"))
            assert all(options.get(side, 64) % 8 == 0 for side in ("width", "height"))


def test_a_picture_eight_times_as_wide_as_high_is_measured() -> None:
    strip = np.random.default_rng(1).integers(0, 256, (1000, 8000, 3), dtype=np.uint8)
    assert measure_picture(strip, (512, 512)).width == 8000
