"""What is measured of clips whose motion and faults are known."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from benchmarks.clip_faults import tile
from benchmarks.clip_material import Clip
from benchmarks.clip_pictures import picture_named
from i2v.diagnosis.clip.judgement import thresholds
from i2v.diagnosis.clip.measures import UNITS, ClipMeasures
from i2v.diagnosis.clip.measuring import measure_clip
from i2v.media.video import read_film
from tests.diagnosis.clip.films import Film, good_film, measured, to_mp4, with_frames
from tests.engines.camera.scenes import scene

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
    assert clip.value("noise") < 1
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


def drawing() -> Film:
    """A still clip of large flat areas: nothing to see but their edges."""
    frame = np.full((256, 256, 3), (120, 170, 220), np.uint8)
    frame[150:] = (60, 140, 60)
    frame[100:180, 150:220] = (200, 90, 70)
    frame[40:80, 30:70] = (250, 220, 90)
    return np.stack([frame] * 16)


def windows() -> Film:
    """Equal windows that go by, one window's way in five frames."""
    wall = np.full((256, 320, 3), 150, np.uint8)
    for row in range(8, 256, 32):
        for column in range(0, 320, 20):
            wall[row : row + 18, column : column + 10] = 40
    return np.stack([wall[:, 4 * at : 4 * at + 256] for at in range(16)])


@pytest.mark.parametrize("prompt", ["zoom in", "zoom out", "pan left", "tilt up", "roll clockwise", "orbit left"])
def test_a_camera_that_moves_within_its_picture_is_true_to_it(prompt: str) -> None:
    with read_film(to_mp4(good_film(prompt))) as (decoded, rate):
        clip = measure_clip(decoded, rate, scene())
    assert max(value for value in clip.series["drift"] if value is not None) < 10
    assert clip.value("bend") < 0.2
    assert clip.value("colour_shift") < 1


def test_a_clip_that_is_wrong_from_its_first_frame_on_is_told_by_its_picture() -> None:
    picture = good_film("still")[0]
    tinted = with_frames(good_film("still"), lambda at, frame: frame + np.array([12, 0, -12]))
    assert measure_clip(tinted, 8).value("colour_shift") < 0.5
    assert measure_clip(tinted, 8, picture).value("colour_shift") > 4
    other = good_film("still")[:, ::-1].copy()
    assert measure_clip(other, 8).value("drift") < 5
    assert measure_clip(other, 8, picture).value("drift") > 30


def test_a_black_first_frame_is_no_picture_to_be_true_to() -> None:
    late = good_film("still").copy()
    late[0] = 0
    clip = measure_clip(late, 8)
    assert clip.series["drift"][0] is None
    assert clip.value("drift") < 5


def test_a_seam_is_told_in_flat_areas_and_between_equal_windows() -> None:
    flat = np.stack([np.roll(frame, 3 * at, axis=1) for at, frame in enumerate(drawing())])
    for film in (flat, windows()):
        assert measure_clip(film, 8).value("seam") < 0.5
        stepped = film.astype(np.int16)
        stepped[:, :, 80:] += 6
        assert measured(np.clip(stepped, 0, 255).astype(np.uint8)).value("seam") == pytest.approx(6, rel=0.5)


def test_a_seam_in_a_flat_sky_is_told_though_little_of_the_picture_lies_above_it() -> None:
    clip = Clip("drawing", picture_named("cartoon 5407"), "tilt down")
    assert measured(tile(clip, 6)).value("seam") == pytest.approx(6, rel=0.3)
    assert measured(clip.plain).value("seam") < 0.5


@pytest.mark.parametrize("prompt", ["pan left", "zoom in", "tilt up"])
def test_bars_beside_the_picture_are_no_seams(prompt: str) -> None:
    for bars in ((slice(None), slice(0, 40)), (slice(0, 30), slice(None))):
        barred = good_film(prompt).copy()
        barred[(slice(None), *bars)] = 12
        assert measured(barred).value("seam") < 1


def test_a_clip_of_512_by_512_and_16_frames_is_measured_within_a_second_of_one_core() -> None:
    """Of a texture for whose trembling camera others are tried at nearly every step."""
    clip = Clip("wool", picture_named("knit 1"), "handheld", (512, 512))
    film, took = to_mp4(clip.film()), []
    for _ in range(3):
        began = time.process_time()
        with read_film(film) as (frames, rate):
            measure_clip(frames, rate, clip.picture)
        took.append(time.process_time() - began)
    assert min(took) < 1


def test_held_frames_are_held_between_equal_windows_too() -> None:
    film = windows()
    film[5:12] = film[5]
    assert measured(film).series["frozen"][6:12] == (100,) * 6
    assert measured(film).series["frozen"][12] == 0


def test_the_camera_over_a_flat_drawing_is_not_its_one_thing_with_texture() -> None:
    random = np.random.default_rng(3)
    thing = random.integers(0, 256, (36, 36, 3), np.uint8)
    film = drawing()
    for at, frame in enumerate(film):
        frame[190:226, 20 + 5 * at : 56 + 5 * at] = thing
    clip = measured(film)
    assert [move.move for move in clip.moves] == ["still"]
    assert clip.direction == "right"


@pytest.mark.parametrize(
    ("name", "prompt", "move"), [("facade 12", "pan left", "pan_left"), ("weave 12", "zoom in", "zoom_in")]
)
def test_a_texture_that_repeats_is_not_taken_for_its_neighbour(name: str, prompt: str, move: str) -> None:
    clip = measured(Clip(name, picture_named(name), prompt).plain)
    assert [each.move for each in clip.moves] == [move]
    assert clip.value("unevenness") < thresholds()["unevenness"] / 2
    assert clip.value("jump") < thresholds()["jump"] / 2


def test_fine_texture_that_goes_by_is_no_noise_and_noise_in_it_is() -> None:
    film = Clip("gravel", picture_named("gravel 5"), "zoom in").plain
    assert measured(film).value("noise") < 0.8 * thresholds()["noise"]
    random = np.random.default_rng(2)
    grainy = with_frames(film, lambda at, frame: frame + random.normal(0, 6, frame.shape))
    assert measured(grainy).value("noise") > thresholds()["noise"]


def test_the_part_of_a_fine_texture_that_a_clip_begins_with_is_found() -> None:
    clip = Clip("gravel", picture_named("gravel 1"), "tilt up")
    with read_film(to_mp4(clip.plain)) as (decoded, rate):
        assert max(each for each in measure_clip(decoded, rate, clip.picture).series["drift"] if each) < 6
