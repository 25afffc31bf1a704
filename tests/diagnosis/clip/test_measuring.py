"""What is measured of clips whose motion and faults are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from i2v.diagnosis.clip.measures import UNITS, ClipMeasures
from i2v.diagnosis.clip.measuring import measure_clip
from tests.diagnosis.clip.films import good_film, measured, with_frames

MOVES = {
    "zoom in": "zoom_in", "zoom out": "zoom_out", "pan left": "pan_left", "pan right": "pan_right",
    "tilt up": "tilt_up", "tilt down": "tilt_down", "orbit left": "orbit", "handheld": "handheld", "still": "still",
    "roll clockwise": "rotate_ccw", "roll counterclockwise": "rotate_cw",
}  # fmt: skip


@pytest.mark.parametrize(("prompt", "move"), MOVES.items())
def test_the_camera_move_is_named_as_it_was_made(prompt: str, move: str) -> None:
    assert measured(good_film(prompt)).moves[0].move == move


def test_the_amount_is_what_the_camera_went() -> None:
    frames = np.stack([np.roll(good_film("still")[0], 3 * at, axis=1) for at in range(8)])
    (move, *_) = measured(frames, fps=10).moves
    assert (move.move, move.unit) == ("pan_left", "%")
    assert move.amount_per_second == pytest.approx(100 * 3 * 10 / 256, rel=0.03)


def test_a_good_clip_has_small_faults_and_every_measure_has_its_unit() -> None:
    clip = measured(good_film())
    assert clip.values.keys() == clip.series.keys() == UNITS.keys()
    assert all(len(course) == 16 for course in clip.series.values())
    assert clip.value("flicker") < 0.3
    assert clip.value("drift") < 3
    assert clip.value("colour_shift") < 0.5
    assert clip.value("noise") < 0.5
    assert clip.value("sharpness") == pytest.approx(100, abs=8)
    assert clip.value("frozen") == clip.value("black") == 0
    assert clip.value("motion") == pytest.approx(clip.moves[0].amount_per_second, rel=0.02)


def test_flicker_is_the_share_of_the_light_that_comes_and_goes() -> None:
    lamp = with_frames(good_film(), lambda at, frame: frame * (1.02 if at % 2 else 0.98))
    assert measured(lamp).value("flicker") == pytest.approx(4, rel=0.15)
    fade = with_frames(good_film(), lambda at, frame: frame - 3 * at)
    assert measured(fade).value("flicker") < 0.2


def test_noise_is_its_spread_in_levels() -> None:
    random = np.random.default_rng(1)
    grainy = with_frames(good_film("still"), lambda at, frame: frame + random.normal(0, 6, (256, 256, 1)))
    assert measure_clip(grainy, 8).value("noise") == pytest.approx(6, rel=0.25)
    assert measure_clip(good_film("still"), 8).value("noise") < 0.05


def test_what_was_measured_survives_its_json() -> None:
    clip = measured(good_film("still"))
    assert ClipMeasures.from_json(json.loads(json.dumps(clip.to_json()))) == clip
    for other in ({}, {"version": 0}, {**clip.to_json(), "moves": [{}]}, {**clip.to_json(), "values": 3}):
        assert ClipMeasures.from_json(other) is None


@pytest.mark.parametrize("shape", [(2, 16, 16), (3, 64, 48), (2, 2000, 64), (4, 8, 8)])
def test_odd_clips_are_measured_too(shape: tuple[int, int, int]) -> None:
    for frames in (np.zeros((*shape, 3), np.uint8), np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)):
        json.dumps(measure_clip(frames, 8).to_json(), allow_nan=False)


@pytest.mark.parametrize("frames", [[], [np.zeros((64, 64, 3), np.uint8)]])
def test_less_than_two_frames_are_no_clip(frames: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]) -> None:
    with pytest.raises(ValueError, match="two frames"):
        measure_clip(frames, 8)
