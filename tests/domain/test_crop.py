"""Which part of a picture a clip shows: arithmetic alone."""

from __future__ import annotations

import random

import pytest

from i2v.domain.crop import MIDDLE, Crop, cover_crop, follow_place, shown_part

Size = tuple[int, int]


def sizes(count: int) -> list[tuple[Size, Size]]:
    """Pictures and clips of any proportions."""
    chance = random.Random(5)
    return [
        ((chance.randint(64, 5000), chance.randint(64, 5000)), (8 * chance.randint(8, 160), 8 * chance.randint(8, 160)))
        for _ in range(count)
    ]


def test_cover_takes_as_much_as_the_clips_proportions_allow() -> None:
    for picture, clip in sizes(200):
        crop = cover_crop(picture, clip)
        assert crop.width / crop.height == pytest.approx(clip[0] / clip[1])
        assert max(crop.width / picture[0], crop.height / picture[1]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("picture", "clip", "place", "crop"),
    [
        ((1600, 900), (512, 512), MIDDLE, Crop(350, 0, 900, 900)),
        ((1600, 900), (512, 512), (0.0, 0.7), Crop(0, 0, 900, 900)),
        ((1600, 900), (512, 512), (1.0, 0.0), Crop(700, 0, 900, 900)),
        ((600, 1000), (1280, 704), (0.9, 0.0), Crop(0, 0, 600, 330)),
        ((600, 1000), (1280, 704), (0.9, 1.0), Crop(0, 670, 600, 330)),
        ((512, 512), (64, 64), (0.3, 0.3), Crop(0, 0, 512, 512)),
    ],
)
def test_the_crop_sits_where_it_is_placed(picture: Size, clip: Size, place: tuple[float, float], crop: Crop) -> None:
    found = cover_crop(picture, clip, place)
    expected = (crop.left, crop.top, crop.width, crop.height)
    assert (found.left, found.top, found.width, found.height) == pytest.approx(expected)


def test_no_place_takes_a_crop_out_of_the_picture() -> None:
    for picture, clip in sizes(100):
        for place in ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.37, 0.81)):
            crop = cover_crop(picture, clip, place)
            assert min(crop.left, crop.top) >= -1e-6
            assert crop.left + crop.width <= picture[0] + 1e-6
            assert crop.top + crop.height <= picture[1] + 1e-6


def test_pad_shows_all_of_the_picture_and_bars_of_equal_width() -> None:
    shown = shown_part((1600, 900), (512, 512), "pad")
    assert shown == Crop(0, -350, 1600, 1600)
    assert shown_part((900, 1600), (512, 512), "pad", (0.0, 0.0)) == Crop(-350, 0, 1600, 1600)


def test_stretch_shows_all_of_the_picture_and_nothing_else() -> None:
    assert shown_part((1600, 900), (512, 512), "stretch", (0.0, 0.0)) == Crop(0, 0, 1600, 900)


def test_cover_shows_its_crop() -> None:
    assert shown_part((1600, 900), (512, 512), "cover", (1.0, 0.5)) == cover_crop((1600, 900), (512, 512), (1.0, 0.5))


def test_a_part_of_other_proportions_follows_the_shown_one_as_far_as_the_picture_goes() -> None:
    picture, clip, square = (2000, 1000), (1280, 704), (64, 64)
    for place in (0.0, 0.3, 0.5, 1.0):
        shown = cover_crop(picture, clip, (place, 0.5))
        followed = cover_crop(picture, square, follow_place(picture, clip, square, (place, 0.5)))
        assert followed.left + followed.width / 2 == pytest.approx(shown.left + shown.width / 2)
    # A wide crop at the very top of a tall picture: the square around it would lie partly outside.
    top = follow_place((1000, 2000), clip, square, (0.5, 0.0))
    assert top == (0.5, 0.0)


def test_what_follows_the_middle_is_exactly_the_middle() -> None:
    """The least rounding error would move the reference's crop by a pixel."""
    assert {follow_place(picture, clip, (64, 64), MIDDLE) for picture, clip in sizes(500)} == {MIDDLE}
