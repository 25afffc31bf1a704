"""What looks like a fault is told from it: paper from burnt-out light, a joint from a seam, softness from a drawing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.pictures import told
from i2v.diagnosis.picture.layout import measure_borders
from i2v.diagnosis.picture.measuring import measure_picture
from tests.diagnosis.picture.faults import FAULTS, put_in
from tests.diagnosis.picture.scenes import Pixels, paint_scene

_FAULTS = {fault.code: fault for fault in FAULTS}


def _stones(least: float, most: float) -> Pixels:
    """Grey texture from edge to edge, uint8 (512, 512, 3)."""
    random = np.random.default_rng(5)
    grain = cv2.GaussianBlur(random.standard_normal((512, 512)), (0, 0), 2)
    grain = np.clip((grain / grain.std() + 2) / 4, 0, 1)
    return np.repeat((least + (most - least) * grain).astype(np.uint8)[..., None], 3, axis=2)


def test_texture_without_colour_or_white_is_told_as_washed_out_and_white_paper_is_not() -> None:
    stones = _stones(30, 220)
    assert "too_bright" not in told(stones, "pad")
    assert "too_bright" in told(put_in(_FAULTS["too_bright"], stones, 2, 0), "pad")
    on_paper = np.full((512, 512, 3), 255, np.uint8)
    thing = cv2.ellipse(np.zeros((512, 512), np.uint8), (250, 470), (110, 300), 0, 0, 360, 1, -1) > 0
    on_paper[thing] = stones[thing]
    assert "too_bright" not in told(on_paper, "pad")


def test_joints_between_bricks_are_no_seams_and_pictures_stacked_evenly_are_told() -> None:
    wall = _stones(70, 120)
    for start in range(40, 512, 120):
        wall[:, start : start + 6] = _stones(170, 210)[:, start : start + 6]
    assert "collage" not in told(wall, "pad")
    sea, street = (cv2.resize(paint_scene(kind, 7), (512, 384)) for kind in ("portrait", "street"))
    assert "collage" in told(np.vstack((sea, street)), "pad")
    assert "collage" not in told(np.vstack((sea, street))[200:], "pad")


def test_few_colours_make_a_drawing_also_of_a_texture_and_a_soft_ground_makes_none() -> None:
    stones = _stones(30, 220)
    assert "drawn" not in told(stones, "pad")
    assert "drawn" in told(stones // 24 * 24, "pad")
    across, down = np.meshgrid(np.linspace(0, 1, 700), np.linspace(0, 1, 512))
    soft = np.stack((60 + 50 * across, 110 + 60 * down, 50 + 40 * across * down), axis=2)
    assert "drawn" not in told(np.rint(soft).astype(np.uint8), "pad")


def test_bars_around_a_dark_picture_are_told_and_its_own_darkness_is_not() -> None:
    dark = (_stones(0, 60) * np.linspace(0.3, 1, 512)[:, None, None]).astype(np.uint8)
    assert "borders" not in told(dark, "pad")
    assert "borders" in told(np.pad(dark, ((40, 40), (0, 0), (0, 0))), "pad")


@pytest.mark.parametrize("radii", [(60, 60), (140, 100), (100, 190), (200, 180)])
def test_the_plain_ground_around_a_thing_is_no_bar(radii: tuple[int, int]) -> None:
    thing = cv2.ellipse(np.zeros((512, 512), np.uint8), (256, 256), radii, 0, 0, 360, 1, -1) > 0
    for ground in (12, 128, 250):
        shown = np.full((512, 512, 3), ground, np.uint8)
        shown[thing] = _stones(60, 200)[thing]
        assert measure_borders(shown) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("side", [512, 560, 640, 768, 900, 1100])
def test_noise_is_read_as_the_clip_shows_it_whatever_the_picture_is_reduced_by(side: int) -> None:
    grain = np.random.default_rng(2).normal(0, 16, (side, side, 1))
    noisy = np.clip(np.rint(128 + grain), 0, 255).astype(np.uint8).repeat(3, axis=2)
    read = measure_picture(noisy, (512, 512)).noise_levels
    assert read == pytest.approx(16 * 512 / side, rel=0.12)


def test_a_sky_that_keeps_its_colour_is_not_washed_out_and_a_smaller_white_one_is() -> None:
    for share, colour, is_told in ((0.18, (150, 205, 255), False), (0.07, (255, 255, 255), True)):
        shown = _stones(30, 200)
        shown[: round(share * len(shown))] = colour
        assert ("too_bright" in told(shown, "pad")) == is_told


def test_paper_a_little_below_white_is_paper() -> None:
    paper = np.random.default_rng(3).integers(247, 255, (512, 512, 3)).astype(np.uint8)
    thing = cv2.ellipse(np.zeros((512, 512), np.uint8), (250, 300), (170, 150), 0, 0, 360, 1, -1) > 0
    paper[thing] = _stones(30, 220)[thing]
    assert "too_bright" not in told(paper, "pad")


def _row_of_leaves(heights: tuple[int, ...], gaps: tuple[int, ...]) -> Pixels:
    """Pale shapes on one line, uint8 (512, 512, 3)."""
    random, shown = np.random.default_rng(8), np.full((512, 512, 3), 60, np.uint8)
    left = 60
    for number in range(14):
        height, width = heights[number % len(heights)], int(random.integers(6, 20))
        outline = [(left, 300 - height), (left + width, 300), (left, 300)]
        cv2.polylines(shown, [np.array(outline, np.int32)], True, (210, 210, 210), 3, cv2.LINE_AA)
        left += width + gaps[number % len(gaps)]
    return shown


def test_a_row_of_shapes_is_lettering_only_where_heights_and_spaces_are_those_of_a_hand() -> None:
    assert "text" in told(_row_of_leaves((24, 26, 25), (8,)), "pad")
    assert "text" not in told(_row_of_leaves((14, 27), (8,)), "pad")
    assert "text" not in told(_row_of_leaves((24, 26, 25), (7, 7, 36)), "pad")


def test_letters_stand_on_even_ground_or_in_an_outline() -> None:
    random = np.random.default_rng(6)
    spots = cv2.GaussianBlur(random.standard_normal((512, 512)), (0, 0), 8)
    for spread, is_told in ((10, True), (50, False)):
        row = _row_of_leaves((24, 26, 25), (8,))
        ground = (row == 60).all(axis=2)
        row[ground] = np.clip(60 + spread * spots / spots.std(), 0, 255)[ground, None].astype(np.uint8)
        assert ("text" in told(row, "pad")) == is_told


def test_a_word_of_six_large_letters_is_text_and_one_of_four_is_not() -> None:
    for word, is_told in (("Before", True), ("Noon", False)):
        image = Image.fromarray(_stones(70, 120))
        font = ImageFont.load_default(90)
        ImageDraw.Draw(image).text((40, 60), word, "#ffffff", font, stroke_width=8, stroke_fill="#000000")
        assert ("text" in told(np.asarray(image), "pad")) == is_told


def test_a_face_before_a_wall_that_burnt_out_is_washed_out_and_one_before_white_paper_is_not() -> None:
    head = cv2.ellipse(np.zeros((512, 512), np.uint8), (250, 330), (150, 300), 0, 0, 360, 1, -1) > 0
    for burnt_rows, is_told in ((120, True), (0, False)):
        shown = np.full((512, 512, 3), 255, np.uint8)
        shown[head] = _stones(30, 220)[head]
        skin = head & (np.arange(512)[:, None] < 30 + burnt_rows)
        shown[skin] = (255, 236, 215)
        assert ("too_bright" in told(shown, "pad")) == is_told


def test_leaves_from_edge_to_edge_are_no_clutter_and_things_of_all_colours_are() -> None:
    random = np.random.default_rng(4)
    for colours, is_told in (((40, 80, 20), (150, 190, 100)), False), (((10, 10, 10), (245, 245, 245)), True):
        full = np.zeros((512, 512, 3), np.uint8)
        for _ in range(900):
            place = (int(random.integers(0, 512)), int(random.integers(0, 512)))
            colour = random.integers(*colours).tolist()
            cv2.ellipse(full, place, (16, 9), float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        assert ("cluttered" in told(full, "pad")) == is_told
