"""What stands out, and whether the cut may take it: told of what is whole and clear in the picture alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.pictures import told
from i2v.diagnosis.picture.measuring import measure_picture
from tests.diagnosis.picture.scenes import Pixels

Disc = tuple[tuple[int, int], tuple[int, int], int]
"""Centre, half axes and level of an ellipse."""


def _on_plain_ground(*discs: Disc) -> Pixels:
    """Grey things on grey ground, uint8 (512, 1024, 3): a square clip shows columns 256 … 768."""
    shown = np.full((512, 1024, 3), 120, np.uint8)
    for centre, axes, level in discs:
        cv2.ellipse(shown, centre, axes, 0, 0, 360, (level,) * 3, -1, cv2.LINE_AA)
    return np.asarray(shown, dtype=np.uint8)


@pytest.mark.parametrize(("centre", "is_told"), [(512, False), (320, False), (290, True), (210, True), (90, False)])
def test_a_thing_of_which_the_cut_takes_a_quarter_is_told_unless_the_edge_takes_some_too(
    centre: int, is_told: bool
) -> None:
    shown = _on_plain_ground(((centre, 256), (95, 150), 20))
    assert ("off_centre" in told(shown, "cover")) == is_told
    assert "off_centre" not in told(shown, "pad")


def test_a_thing_that_stands_on_the_lower_edge_is_told_where_the_cut_lies_beside_it() -> None:
    assert "off_centre" in told(_on_plain_ground(((180, 480), (95, 250), 20)), "cover")


def test_small_things_are_not_what_a_picture_is_of_whose_largest_hardly_differs_from_the_ground() -> None:
    small: tuple[Disc, Disc] = (((160, 256), (100, 110), 250), ((864, 256), (100, 110), 250))
    assert len(measure_picture(_on_plain_ground(*small)).areas["subjects"]) == 2
    shown = _on_plain_ground(((512, 256), (150, 170), 172), *small)
    assert measure_picture(shown).areas["subjects"] == ()


def test_pieces_that_reach_around_each_other_are_one_thing_and_things_apart_are_two() -> None:
    apart = _on_plain_ground(((360, 256), (60, 120), 20), ((660, 256), (60, 120), 20))
    assert "several_subjects" in told(apart, "pad")
    ring = np.full((512, 1024, 3), 120, np.uint8)
    for start in (-60, 120):
        cv2.ellipse(ring, (512, 256), (260, 150), 0, start, start + 160, (20, 20, 20), 40, cv2.LINE_AA)
    assert len(measure_picture(np.asarray(ring, dtype=np.uint8)).areas["subjects"]) == 1
