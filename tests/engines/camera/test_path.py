"""Where the camera looks: inside the picture always, smoothly, and as far as the clip's length allows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from i2v.domain.crop import cover_crop
from i2v.domain.motion import read_motion
from i2v.engines.camera.path import CameraPath, Timing, corners, plan_path

Array = npt.NDArray[np.float64]

SENTENCES = (
    "zoom in", "zoom out", "pan left", "pan right", "tilt up", "tilt down", "roll clockwise", "roll counterclockwise",
    "orbit left", "orbit right", "handheld", "still", "a cat turns its head", "panning left while zooming in",
    "zoom in, then pan right", "quickly zoom out, then dramatically roll clockwise, handheld",
    "very fast dramatic zoom in and pan left and tilt up and roll clockwise and orbit left",
)  # fmt: skip
PICTURES = ((512, 512), (1600, 900), (900, 1600), (3000, 500), (500, 3000), (64, 64), (97, 61), (1, 1))
CLIPS = ((512, 512), (1280, 704), (704, 1280), (64, 64), (4096, 64))


def path_of(
    sentence: str,
    picture: tuple[int, int] = (1600, 1200),
    clip: tuple[int, int] = (512, 512),
    num_frames: int = 33,
    fps: int = 8,
    seed: int = 1,
    place: tuple[float, float] = (0.5, 0.5),
) -> CameraPath:
    return plan_path(read_motion(sentence), picture, clip, Timing(num_frames, fps), seed, place)


def centres(path: CameraPath, width: int = 512, height: int = 512) -> Array:
    """What the middle of each frame shows: (frames, 2) as x, y."""
    points = path.poses @ np.array([width / 2, height / 2, 1.0])
    centre: Array = points[:, :2] / points[:, 2:]
    return centre


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_pose_ever_leaves_the_picture(sentence: str, picture: tuple[int, int], clip: tuple[int, int]) -> None:
    path = path_of(sentence, picture, clip, num_frames=16)
    quads = corners(path.poses, *clip)
    slack = 1e-9 * max(picture)
    assert quads.min() >= -slack
    assert (quads.max(axis=(0, 1)) <= np.array(picture) + slack).all()


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_pose_shows_less_than_two_fifths_of_the_cover_crop(sentence: str, clip: tuple[int, int]) -> None:
    path = path_of(sentence, (1600, 900), clip, num_frames=256)
    quads = corners(path.poses, *clip)
    heights = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    assert heights.min() >= 0.399 * cover_crop((1600, 900), clip).height


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_first_pose_is_the_start_crop(sentence: str) -> None:
    path = path_of(sentence)
    crop = path.start_crop
    left, top, right, bottom = crop.left, crop.top, crop.left + crop.width, crop.top + crop.height
    expected = [[left, top], [right, top], [right, bottom], [left, bottom]]
    assert corners(path.poses, 512, 512)[0] == pytest.approx(np.array(expected))


@pytest.mark.parametrize("picture", [(1600, 900), (900, 1600), (512, 512), (97, 61)])
def test_a_zoom_in_starts_at_the_cover_crop_and_a_zoom_out_ends_there(picture: tuple[int, int]) -> None:
    cover = cover_crop(picture, (704, 512))
    start = path_of("zoom in", picture, (704, 512)).start_crop
    assert (start.left, start.top, start.width, start.height) == pytest.approx(
        (cover.left, cover.top, cover.width, cover.height)
    )
    last = corners(path_of("zoom out", picture, (704, 512)).poses, 704, 512)[-1]
    assert last[0] == pytest.approx((cover.left, cover.top))
    assert last[2] == pytest.approx((cover.left + cover.width, cover.top + cover.height))


def test_still_gives_one_pose_over_the_whole_cover_crop() -> None:
    path = path_of("static shot", (1600, 900), (512, 512))
    assert (path.poses == path.poses[0]).all()
    assert path.start_crop == cover_crop((1600, 900), (512, 512))


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.3, 0.9), (1.0, 1.0)])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_pose_leaves_the_picture_wherever_the_crop_sits(sentence: str, place: tuple[float, float]) -> None:
    for picture in ((1600, 900), (900, 1600)):
        quads = corners(path_of(sentence, picture, num_frames=16, place=place).poses, 512, 512)
        assert quads.min() >= -1e-6
        assert (quads.max(axis=(0, 1)) <= np.array(picture) + 1e-6).all()


@pytest.mark.parametrize("sentence", ["zoom in", "still"])
@pytest.mark.parametrize("place", [(0.0, 0.5), (0.25, 0.5), (1.0, 0.5)])
def test_a_move_without_a_way_of_its_own_starts_at_the_crop(sentence: str, place: tuple[float, float]) -> None:
    start = path_of(sentence, (1600, 900), place=place).start_crop
    cover = cover_crop((1600, 900), (512, 512), place)
    assert (start.left, start.top, start.width) == pytest.approx((cover.left, cover.top, cover.width))


def test_a_pan_away_from_the_pictures_edge_begins_there() -> None:
    assert path_of("pan right", (1600, 900), place=(0.0, 0.5)).start_crop.left == pytest.approx(0)
    assert path_of("pan right", (1600, 900), place=(1.0, 0.5)).start_crop.left > 300


def test_a_wide_picture_gives_a_pan_room_without_a_smaller_crop() -> None:
    assert path_of("pan left", (1600, 900)).start_crop.height == pytest.approx(900)
    assert path_of("pan left", (900, 900)).start_crop.height < 850


@pytest.mark.parametrize(
    ("sentence", "picture"),
    [("pan left", (6000, 2000)), ("tilt up", (2000, 6000)), ("zoom in, then pan right", (6000, 2000))],
)
def test_the_way_is_centred_in_a_picture_with_room(sentence: str, picture: tuple[int, int]) -> None:
    way = centres(path_of(sentence, picture))
    assert (way[0] + way[-1]) / 2 == pytest.approx(np.array(picture) / 2, abs=1e-6)


@pytest.mark.parametrize(("sentence", "axis"), [("pan right", 0), ("tilt down", 1)])
def test_a_move_eases_in_keeps_its_speed_and_eases_out(sentence: str, axis: int) -> None:
    speeds = np.diff(centres(path_of(sentence, num_frames=65, fps=32))[:, axis])
    middle = speeds[17:-17]
    assert np.std(middle) / np.mean(middle) < 1e-3
    assert speeds[0] < 0.1 * middle[0]
    assert speeds[-1] < 0.1 * middle[0]
    assert (np.diff(speeds[:15]) > 0).all()
    assert (np.diff(speeds[-15:]) < 0).all()


def test_a_pan_keeps_its_speed_on_the_screen_while_zooming() -> None:
    path = path_of("pan right while zooming in", num_frames=65)
    sizes = np.linalg.norm(np.diff(corners(path.poses, 512, 512)[:, :2], axis=1)[:, 0], axis=1)
    on_screen = np.diff(centres(path)[:, 0]) / ((sizes[1:] + sizes[:-1]) / 2)
    middle = on_screen[17:-17]
    assert np.std(middle) / np.mean(middle) < 0.01


@pytest.mark.parametrize(
    "sentence",
    ["zoom in, then pan right", "pan left, then pan right", "zoom in, then out, then tilt up", "zoom in then still"],
)
def test_speed_never_jumps_between_segments(sentence: str) -> None:
    """Halving the time between frames halves every change of speed between frames: the path has no corner."""

    def largest_change(num_frames: int) -> float:
        quads = corners(path_of(sentence, num_frames=num_frames, fps=(num_frames - 1) // 4).poses, 512, 512)
        speeds = np.diff(quads, axis=0) * (num_frames - 1)
        return float(np.abs(np.diff(speeds, axis=0)).max())

    assert largest_change(257) < 0.55 * largest_change(129)


def test_the_camera_does_not_stop_between_two_moves() -> None:
    quads = corners(path_of("zoom in, then pan right", num_frames=65).poses, 512, 512)
    speeds = np.abs(np.diff(quads, axis=0)).max(axis=(1, 2))
    assert speeds[10:-10].min() > 0.4 * np.median(speeds)


def test_segments_follow_each_other() -> None:
    way = centres(path_of("pan right, then tilt down", num_frames=65))
    x, y = np.diff(way, axis=0).T
    assert x[:20].min() > 10 * abs(y[:20]).max()
    assert y[-20:].min() > 10 * abs(x[-20:]).max()


def test_a_quick_move_takes_less_of_the_clip_than_a_slow_one() -> None:
    x, y = np.diff(centres(path_of("quickly pan right, then slowly tilt down", num_frames=65)), axis=0).T
    assert int(np.argmax(y > x)) < 26


def zoom_factor(sentence: str, num_frames: int = 16, fps: int = 8) -> float:
    path = path_of(sentence, num_frames=num_frames, fps=fps)
    return math.sqrt(float(np.linalg.det(path.poses[0, :2, :2]) / np.linalg.det(path.poses[-1, :2, :2])))


def test_words_of_pace_order_how_far_a_zoom_goes() -> None:
    sentences = (
        "very slowly zoom in",
        "slowly zoom in",
        "zoom in",
        "quickly zoom in",
        "quickly and dramatically zoom in",
    )
    factors = [zoom_factor(sentence) for sentence in sentences]
    assert factors == sorted(factors)
    assert 1.05 < factors[0] < factors[1] < 1.13
    assert 1.15 < factors[2] < 1.3
    assert factors[-1] < 1.9


def test_a_longer_clip_goes_further_but_never_beyond_twofold() -> None:
    factors = [zoom_factor("zoom in", num_frames) for num_frames in (8, 16, 32, 64, 256)]
    assert factors == sorted(factors)
    assert factors[-1] <= 2.0


def test_the_shortest_clip_still_moves() -> None:
    assert zoom_factor("zoom in", num_frames=2, fps=60) > 1.05


def test_handheld_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert (path_of("handheld", seed=3).poses == path_of("handheld", seed=3).poses).all()
    assert not np.allclose(path_of("handheld", seed=3).poses, path_of("handheld", seed=4).poses)


def test_a_seed_changes_nothing_but_the_shake() -> None:
    assert (path_of("zoom in", seed=3).poses == path_of("zoom in", seed=4).poses).all()


def test_handheld_is_a_slow_small_tremor() -> None:
    way = centres(path_of("handheld", num_frames=241, fps=24), 512, 512)
    offsets = way - way.mean(axis=0)
    spectrum = np.abs(np.fft.rfft(offsets[:-1], axis=0)) ** 2
    frequencies = np.fft.rfftfreq(240, 1 / 24)
    assert spectrum[frequencies > 2.6].sum() < 1e-3 * spectrum.sum()
    assert 2 < offsets.std() < 20


def test_handheld_loops_without_a_jerk() -> None:
    way = centres(path_of("handheld", num_frames=33))
    assert way[-1] == pytest.approx(way[0], abs=1e-6)


def test_a_handheld_camera_put_down_stands_still() -> None:
    way = centres(path_of("handheld, then still", num_frames=65))
    assert np.abs(np.diff(way[-16:], axis=0)).max() < 1e-9
    assert np.abs(np.diff(way[:24], axis=0)).max() > 0.5


@pytest.mark.parametrize("sentence", ["a cat", "猫转头", ""])
def test_without_a_move_the_camera_pushes_in_gently(sentence: str) -> None:
    assert path_of(sentence).poses == pytest.approx(path_of("slowly zoom in").poses)


@pytest.mark.parametrize(
    "sentence",
    [
        "don't zoom in",
        "no pan",
        "no zoom, pan or tilt",
        "no camera shake",
        "不要推近",
        "别推近，女孩微笑",
        "don't zoom. A cat runs.",
    ],
)
def test_where_moves_are_refused_and_none_is_named_the_camera_stays_still(sentence: str) -> None:
    poses = path_of(sentence).poses
    assert (poses == poses[0]).all()


def test_orbit_left_brings_the_left_side_nearer() -> None:
    last = corners(path_of("orbit left").poses, 512, 512)[-1]
    left_edge, right_edge = np.linalg.norm(last[3] - last[0]), np.linalg.norm(last[2] - last[1])
    assert left_edge < 0.97 * right_edge


def test_hundreds_of_segments_make_a_path_too() -> None:
    path = path_of("zoom in then pan left then " * 70)
    assert np.isfinite(path.poses).all()
