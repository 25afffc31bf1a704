"""Treatments carried out: one step at a time, and always the same bytes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from i2v.domain.treatment import Enlarging, Treatment
from i2v.media.preprocess import treat_picture

Pixels = npt.NDArray[np.uint8]

EVERY_STEP = Treatment(
    crop=(8, 4, 140, 100),
    size=(70, 50),
    denoise=6.0,
    sharpen=1.1,
    contrast=(1.4, -20.0),
    enlarge=Enlarging(2.0),
)


@pytest.fixture(scope="module")
def scene() -> Pixels:
    """160×120 pixels of soft blotches with some grain."""
    random = np.random.default_rng(5)
    blotches = Image.fromarray(random.integers(40, 200, (12, 16, 3), np.uint8)).resize((160, 120))
    return np.clip(np.asarray(blotches) + random.normal(0, 4, (120, 160, 3)), 0, 255).astype(np.uint8)


def test_a_picture_that_needs_nothing_is_handed_back_itself(scene: Pixels) -> None:
    assert treat_picture(scene, Treatment()) is scene
    assert treat_picture(scene, Treatment(size=(80, 60))) is scene
    assert Treatment(size=(80, 60)).to_json() == {}


def test_the_same_bytes_come_whatever_the_number_of_threads(scene: Pixels) -> None:
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        alone = treat_picture(scene, EVERY_STEP)
        cv2.setNumThreads(4)
        assert np.array_equal(treat_picture(scene, EVERY_STEP), alone)
    finally:
        cv2.setNumThreads(threads)
    assert alone.shape == (100, 140, 3)


def test_the_picture_itself_is_left_as_it_was(scene: Pixels) -> None:
    before = scene.copy()
    treat_picture(scene, EVERY_STEP)
    assert np.array_equal(scene, before)


def test_bars_are_cut_off_and_nothing_else(scene: Pixels) -> None:
    barred = np.pad(scene, ((10, 20), (0, 0), (0, 0)))
    assert np.array_equal(treat_picture(barred, Treatment(crop=(0, 10, 160, 120))), scene)


def test_contrast_moves_each_level_as_it_says(scene: Pixels) -> None:
    treated = treat_picture(scene, Treatment(contrast=(1.5, -40.0)))
    assert np.array_equal(treated, np.clip(np.rint(scene * np.float32(1.5) - 40), 0, 255))


def test_sharpening_takes_back_a_blur(scene: Pixels) -> None:
    sharp = cv2.GaussianBlur(scene, (0, 0), 1)  # of grain, no blur leaves anything to bring back
    blurred = cv2.GaussianBlur(sharp, (0, 0), 1.5)
    treated = treat_picture(blurred, Treatment(sharpen=1.5))
    assert _error(treated, sharp) < 0.6 * _error(blurred, sharp)


def test_denoising_takes_away_most_of_the_grain(scene: Pixels) -> None:
    smooth = cv2.GaussianBlur(scene, (0, 0), 3)
    grain = np.random.default_rng(1).normal(0, 15, smooth.shape)
    grainy = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    assert _error(treat_picture(grainy, Treatment(denoise=10.0)), smooth) < 0.5 * _error(grainy, smooth)


@pytest.mark.parametrize("factor", [1.5, 2.0, 3.2])
def test_an_enlarged_picture_made_small_again_is_the_picture(scene: Pixels, factor: float) -> None:
    small = np.asarray(Image.fromarray(scene).resize((64, 48), Image.Resampling.LANCZOS))
    large = treat_picture(small, Treatment(enlarge=Enlarging(factor)))
    assert large.shape == (round(48 * factor), round(64 * factor), 3)
    lanczos = np.asarray(Image.fromarray(small).resize(large.shape[1::-1], Image.Resampling.LANCZOS))
    assert _error(_shrunk(large), small) < _error(_shrunk(lanczos), small)


def test_a_treatment_tells_its_steps_with_their_numbers() -> None:
    assert EVERY_STEP.to_json() == {
        "crop": [8, 4, 140, 100],
        "size": [70, 50],
        "denoise": 6.0,
        "sharpen": 1.1,
        "contrast": {"gain": 1.4, "offset": -20.0},
        "enlarge": {"factor": 2.0, "method": "lanczos"},
    }


def _shrunk(large: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(large).resize((64, 48), Image.Resampling.LANCZOS))


def _error(one: Pixels, other: Pixels) -> float:
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))
