"""Bars and stretching, with real pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from i2v.media.framing import LARGEST_SCALE, frame_picture

Pixels = npt.NDArray[np.uint8]


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(3).integers(1, 256, (height, width, 3), np.uint8)


def test_cover_leaves_the_picture_to_the_engine() -> None:
    pixels = noise(160, 96)
    assert frame_picture(pixels, (64, 64), "cover") is pixels


@pytest.mark.parametrize(
    ("size", "shape", "inside"),
    [
        ((160, 96), (160, 160), np.s_[32:128, :]),
        ((96, 160), (160, 160), np.s_[:, 32:128]),
        ((128, 128), (128, 128), np.s_[:, :]),
    ],
)
def test_bars_change_no_pixel_of_the_picture(
    size: tuple[int, int], shape: tuple[int, int], inside: tuple[slice, slice]
) -> None:
    pixels = noise(*size)
    framed = frame_picture(pixels, (64, 64), "pad", (0, 200, 0))
    assert framed.shape == (*shape, 3)
    assert np.array_equal(framed[inside], pixels)
    framed = framed.copy()
    framed[inside] = (0, 200, 0)
    assert (framed == (0, 200, 0)).all()


def test_stretch_pulls_the_ends_of_the_picture_to_the_ends_of_the_clip() -> None:
    pixels = np.zeros((96, 160, 3), np.uint8)
    pixels[:48, :80], pixels[48:, 80:] = (255, 0, 0), (0, 0, 255)
    framed = frame_picture(pixels, (64, 128), "stretch")
    assert framed.shape == (320, 160, 3)
    assert tuple(framed[10, 10]) == (255, 0, 0)
    assert tuple(framed[150, 70]) == (255, 0, 0)
    assert tuple(framed[170, 90]) == (0, 0, 255)
    assert tuple(framed[310, 10]) == (0, 0, 0)


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize(("size", "clip"), [((4000, 500), (64, 1024)), ((500, 4000), (1024, 64)), ((65, 64), (64, 72))])
def test_the_frame_has_the_clips_proportions_and_bounds(fit: str, size: tuple[int, int], clip: tuple[int, int]) -> None:
    framed = frame_picture(noise(*size), clip, fit)  # type: ignore[arg-type]
    height, width = framed.shape[:2]
    assert width / height == pytest.approx(clip[0] / clip[1], rel=0.02)
    assert width <= LARGEST_SCALE * clip[0]
    assert height <= LARGEST_SCALE * clip[1]
