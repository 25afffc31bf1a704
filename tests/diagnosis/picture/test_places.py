"""Where a fault is: parts are counted as people count them, words are outlined whole; buttons are for what helps."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measuring import measure_picture
from tests.diagnosis.picture.scenes import Pixels, paint_scene


@cache
def _scene(kind: str) -> Pixels:
    return paint_scene(kind, 7)


def _grid(columns: int, rows: int, gap: int, ground: int) -> Pixels:
    """Landscapes and seas, whose horizons run from edge to edge, uint8 (height, width, 3)."""
    sheet = np.full((rows * 240 + (rows - 1) * gap, columns * 320 + (columns - 1) * gap, 3), ground, np.uint8)
    for place in range(columns * rows):
        scene = Image.fromarray(_scene(("sea", "landscape")[place % 2])).resize((320, 240))
        left, top = place % columns * (320 + gap), place // columns * (240 + gap)
        sheet[top : top + 240, left : left + 320] = np.asarray(scene)
    return sheet


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (3, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize(("gap", "ground"), [(0, 0), (6, 255), (12, 0)])
def test_a_collage_has_as_many_parts_as_pictures_whatever_horizons_they_have(
    columns: int, rows: int, gap: int, ground: int
) -> None:
    assert len(measure_picture(_grid(columns, rows, gap, ground)).areas["parts"]) == columns * rows


def _lettered(left: int, top: int, words: str) -> Pixels:
    image = Image.fromarray(_scene("landscape")).resize((900, 675))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(60)
    draw.text((left, top), words, "#ffffff", font, stroke_width=3, stroke_fill="#000000")
    return np.asarray(image)


@pytest.mark.parametrize(("left", "top"), [(-70, 300), (160, 300), (560, 480), (100, -20)])
def test_words_that_the_edge_cuts_are_outlined_up_to_the_edge(left: int, top: int) -> None:
    words = "SUMMER SALE ENDS TODAY"
    (box,) = measure_picture(_lettered(left, top, words)).areas["text"]
    ends = max(0, left), min(900, left + ImageFont.load_default(60).getlength(words))
    assert 900 * box[0] == pytest.approx(ends[0], abs=24)
    assert 900 * (box[0] + box[2]) == pytest.approx(ends[1], abs=24)


@pytest.mark.parametrize("level", [0, 128, 240, 255])
def test_an_empty_picture_gets_no_button_for_nothing_can_be_brought_out_of_it(level: int) -> None:
    empty = measure_picture(np.full((512, 512, 3), level, np.uint8))
    told = advise_on_picture(empty, Framing(has_preprocess=True))
    assert told
    assert [advice.remedy for advice in told if advice.remedy] == []


def test_a_dull_picture_has_its_button_and_one_without_any_range_has_none_and_is_still_told() -> None:
    scene = _scene("landscape").astype(np.float64)
    for share, has_button in ((0.3, True), (0.08, False)):
        dull = measure_picture(np.rint(128 + share * (scene - 128)).astype(np.uint8))
        for is_preprocessed in (False, True):
            framing = Framing(has_preprocess=True, is_preprocessed=is_preprocessed)
            said = {advice.code: advice.remedy for advice in advise_on_picture(dull, framing)}
            assert bool(said.get("low_contrast")) == (has_button and not is_preprocessed)
            assert ("low_contrast" in said) == (not (has_button and is_preprocessed))
