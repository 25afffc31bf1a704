from __future__ import annotations

import random

import numpy as np
import pytest
from diffusers.pipelines.deprecated.i2vgen_xl.pipeline_i2vgen_xl import _center_crop_wide
from PIL import Image

from i2v.engines.i2vgen_xl.pictures import fit_picture, square_view


def sizes(count: int) -> list[tuple[int, int, int, int]]:
    """Picture's and clip's width and height; the first are common ones for which the reference falls short."""
    drawn = random.Random(7)
    common = [
        (512, 512, 1280, 704),
        (1024, 1024, 1280, 704),
        (1024, 576, 1280, 704),
        (1280, 704, 1280, 1280),
        (1280, 704, 512, 512),
        (4000, 3000, 1280, 704),
    ]
    random_ones = [
        (drawn.randint(64, 700), drawn.randint(64, 700), 8 * drawn.randint(8, 60), 8 * drawn.randint(8, 60))
        for _ in range(count - len(common))
    ]
    return common + random_ones


@pytest.mark.parametrize("exact", [True, False])
def test_no_size_leaves_a_border(exact: bool) -> None:
    for picture_width, picture_height, width, height in sizes(550):
        white = np.full((picture_height, picture_width, 3), 255, np.uint8)
        fitted = fit_picture(white, (width, height), exact=exact)
        assert fitted.size == (width, height)
        darkest = int(np.asarray(fitted).min())
        assert darkest == 255, f"{picture_width}×{picture_height} → {width}×{height} has a border"


def test_the_reference_has_the_border_that_is_mended_here() -> None:
    reference = np.asarray(_center_crop_wide(Image.new("RGB", (512, 512), "white"), (1280, 704)))
    assert int(reference[:, 0].max()) == 0


def test_exact_equals_the_reference_wherever_that_has_no_border() -> None:
    pixels = np.random.default_rng(3)
    compared = 0
    for picture_width, picture_height, width, height in sizes(120):
        original = pixels.integers(1, 256, (picture_height, picture_width, 3), np.uint8)
        reference = np.asarray(_center_crop_wide(Image.fromarray(original), (width, height)))
        edges = (reference[0], reference[-1], reference[:, 0], reference[:, -1])
        if all(edge.any() for edge in edges):
            compared += 1
            assert np.array_equal(np.asarray(fit_picture(original, (width, height), exact=True)), reference)
    assert compared > 40


def test_a_small_picture_is_enlarged_smoothly_and_exactly_in_blocks() -> None:
    edge = np.zeros((32, 32, 3), np.uint8)
    edge[:, 16:] = 200
    smooth = np.asarray(fit_picture(edge, (256, 256), exact=False))
    blocks = np.asarray(fit_picture(edge, (256, 256), exact=True))
    assert set(np.unique(blocks)) == {0, 200}
    assert len(np.unique(smooth)) > 4


def test_grey_and_transparent_pictures_become_rgb() -> None:
    grey = np.full((80, 90), 120, np.uint8)
    clear = np.dstack([np.full((80, 90, 3), 120, np.uint8), np.zeros((80, 90), np.uint8)])
    for pixels in (grey, clear):
        fitted = np.asarray(fit_picture(pixels, (64, 64), exact=True))
        assert fitted.shape == (64, 64, 3)
        assert set(np.unique(fitted)) == {120}


def test_the_image_encoder_sees_the_middle_of_the_original_not_of_the_clip() -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255  # the middle square
    assert int(np.asarray(square_view(pixels, (64, 32), 56, exact=True)).min()) == 255


def thirds() -> np.ndarray:
    """240×80 pixels: three squares, red, green, blue."""
    pixels = np.zeros((80, 240, 3), np.uint8)
    for third in range(3):
        pixels[:, third * 80 : (third + 1) * 80, third] = 255
    return pixels


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(("place", "channel"), [(0.0, 0), (0.5, 1), (1.0, 2)])
def test_picture_and_encoder_see_the_part_where_the_crop_sits(exact: bool, place: float, channel: int) -> None:
    fitted = np.asarray(fit_picture(thirds(), (64, 64), (place, 0.5), exact=exact))
    viewed = np.asarray(square_view(thirds(), (64, 64), 56, (place, 0.5), exact=exact))
    for seen in (fitted, viewed):
        assert (seen[..., channel] == 255).all()
        assert seen.sum() == 255 * seen[..., 0].size
