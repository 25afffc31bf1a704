"""Frames against what an ideal lens would have seen."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from i2v.engines.base import Frame
from i2v.engines.camera.render import _prepare_source, render_frames
from tests.engines.camera.scenes import film, scene

Array = npt.NDArray[np.float64]

ROOT = Path(__file__).parents[3]
SIZE = 128  # of the frames
_SAMPLES = 6  # of the ideal lens, per pixel along each side


def zone_plate(x: Array, y: Array, picture_side: int) -> Array:
    """Rings that get finer outwards, to 0.45 cycles per pixel of the picture at the middle of its edges."""
    radius_squared = (x - picture_side / 2) ** 2 + (y - picture_side / 2) ** 2
    rings: Array = 127.5 + 100 * np.cos(np.pi * 0.45 * radius_squared / (picture_side / 2))
    return rings


def picture_of_zone_plate(side: int) -> Frame:
    y, x = np.mgrid[:side, :side] + 0.5
    grey = np.rint(zone_plate(x, y, side)).astype(np.uint8)
    return np.dstack([grey] * 3)


def ideal_frame(pose: Array, picture_side: int) -> Array:
    """The frame of a lens that resolves exactly what a pixel can hold (Lanczos-3), from the formula itself."""
    margin = 4 * _SAMPLES
    along = (np.arange(SIZE * _SAMPLES + 2 * margin) + 0.5 - margin) / _SAMPLES
    x, y = np.meshgrid(pose[0, 0] * along + pose[0, 2], pose[1, 1] * along + pose[1, 2])
    t = (np.arange(6 * _SAMPLES) - (6 * _SAMPLES - 1) / 2) / _SAMPLES
    kernel = np.append(np.sinc(t) * np.sinc(t / 3), 0)
    kernel /= kernel.sum()
    filtered = cv2.sepFilter2D(zone_plate(x, y, picture_side), cv2.CV_64F, kernel, kernel)
    first = margin + _SAMPLES // 2
    ideal: Array = filtered[first::_SAMPLES, first::_SAMPLES][:SIZE, :SIZE]
    return ideal


def slow_zoom(picture_side: int, num_frames: int = 6) -> Array:
    """Poses (frames, 3, 3) that go in by five percent and drift by a third of a pixel."""
    poses = []
    for step in np.linspace(0, 1, num_frames):
        scale = picture_side / SIZE / 1.05**step
        offset = (picture_side - scale * SIZE) / 2 + 0.3 * step
        poses.append([[scale, 0, offset], [0, scale, offset], [0, 0, 1]])
    return np.array(poses)


def shimmer(frames: list[Frame], poses: Array, picture_side: int) -> float:
    """Change from frame to frame, in grey levels, that no motion of the rings explains."""
    errors = [frame[..., 0] - ideal_frame(pose, picture_side) for frame, pose in zip(frames, poses, strict=True)]
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    inside = np.stack(errors)[:, np.hypot(x, y) < SIZE / 2 - 8]  # beyond, the picture itself cannot hold the rings
    return float(np.sqrt(np.mean(np.diff(inside, axis=0) ** 2)))


def naive_frames(pixels: Frame, poses: Array, interpolation: int) -> list[Frame]:
    """One warp with OpenCV as most programs do it."""
    to_centres, from_centres = np.eye(3), np.eye(3)
    to_centres[:2, 2], from_centres[:2, 2] = -0.5, 0.5
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return [
        cv2.warpPerspective(pixels, to_centres @ pose @ from_centres, (SIZE, SIZE), flags=flags, borderMode=1)
        for pose in poses
    ]


@pytest.mark.parametrize("picture_side", [SIZE, round(1.5 * SIZE), round(2.3 * SIZE), 5 * SIZE])
def test_a_slow_zoom_over_fine_rings_does_not_shimmer(picture_side: int) -> None:
    pixels, poses = picture_of_zone_plate(picture_side), slow_zoom(picture_side)
    assert shimmer(list(render_frames(pixels, poses, SIZE, SIZE)), poses, picture_side) < 2.0
    for naive in (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4):
        assert shimmer(naive_frames(pixels, poses, naive), poses, picture_side) > 2.3


def test_the_same_size_unmoved_is_the_picture_itself() -> None:
    pixels = scene(128, 96)
    (frame,) = render_frames(pixels, np.eye(3)[None], 128, 96)
    assert cv2.PSNR(frame, pixels) > 45


@pytest.mark.parametrize("colour", [(255, 255, 255), (12, 200, 90), (1, 0, 0)])
@pytest.mark.parametrize("sentence", ["zoom out", "roll clockwise", "orbit left", "handheld", "pan left, then tilt up"])
@pytest.mark.parametrize("side", [40, 320, 1500])
def test_a_plain_picture_stays_plain_to_the_last_corner(sentence: str, colour: tuple[int, int, int], side: int) -> None:
    plain = np.full((side, side, 3), colour, np.uint8)
    frames, _ = film(sentence, plain, width=128, height=96, num_frames=4)
    assert (frames == colour).all()


def test_a_border_of_the_picture_is_shown_but_nothing_beyond_it() -> None:
    """A red frame one pixel wide: zooming out to the whole shows it once, never doubled by a mirrored edge."""
    pixels = np.full((96, 128, 3), 255, np.uint8)
    pixels[[0, -1]], pixels[:, [0, -1]] = (255, 0, 0), (255, 0, 0)
    frames, _ = film("zoom out", pixels, width=128, height=96, num_frames=8)
    redness = 255 - frames[-1][..., 1].astype(float)
    assert redness[:, 0].min() > 200
    assert redness[2:-2, 2:-2].max() < 40


_DIGEST = """
import cv2, hashlib, sys
cv2.setNumThreads(int(sys.argv[1]))
from tests.engines.camera.scenes import film, scene
frames, _ = film("roll clockwise, handheld, zoom in", scene(), num_frames=4)
print(hashlib.sha256(frames.tobytes()).hexdigest())
"""


def test_frames_are_the_same_bytes_in_another_process_with_other_threads() -> None:
    frames, _ = film("roll clockwise, handheld, zoom in", scene(), num_frames=4)
    here = hashlib.sha256(frames.tobytes()).hexdigest()
    others = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST, threads], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        for threads in ("1", "3")
    ]
    assert others == [here, here]


def test_a_large_clip_is_made_from_a_less_dense_source() -> None:
    """At three samples per pixel this source would hold 36 million samples."""
    source, _ = _prepare_source(np.tile(scene(400, 400), (5, 5, 1)), np.eye(3)[None], 2000, 2000)
    assert 2 * 2000 <= source.shape[0] <= 2.5 * 2000
