"""Which steps a picture gets, by its measures and by what of it the clip shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from benchmarks.preprocess import (
    add_bars,
    add_blur,
    add_noise,
    draw_leaves,
    draw_subject,
    lower_contrast,
    make_small,
    move_aside,
)
from i2v.diagnosis.picture.treatment import decide_treatment
from i2v.domain.options import Options
from i2v.domain.treatment import Treatment

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def leaves() -> Pixels:
    return draw_leaves(303)


def steps(treatment: Treatment) -> set[str]:
    return set(treatment.to_json())


def test_each_fault_gets_its_own_remedy_and_a_good_picture_none(leaves: Pixels) -> None:
    assert steps(decide_treatment(leaves, Options())) == set()
    assert steps(decide_treatment(add_noise(leaves, 14), Options())) == {"denoise"}
    assert steps(decide_treatment(add_blur(leaves, 2.0), Options())) == {"sharpen"}
    assert steps(decide_treatment(lower_contrast(leaves, 0.3), Options())) == {"contrast"}
    small = make_small(leaves, 2.5, Image.Resampling.LANCZOS)
    assert steps(decide_treatment(small, Options())) == {"enlarge"}
    assert steps(decide_treatment(add_bars(leaves, 0.1), Options())) == {"crop"}


def test_a_stronger_fault_gets_a_stronger_remedy(leaves: Pixels) -> None:
    noise = [decide_treatment(add_noise(leaves, sigma), Options()).denoise for sigma in (10, 20, 30)]
    assert noise == sorted(noise)  # type: ignore[type-var]
    contrasts = [decide_treatment(lower_contrast(leaves, share), Options()).contrast for share in (0.45, 0.35, 0.25)]
    gains = [contrast[0] for contrast in contrasts if contrast]
    assert len(gains) == 3
    assert gains == sorted(gains)


def test_a_picture_is_reduced_only_where_it_is_filtered_and_holds_more_than_the_clip(leaves: Pixels) -> None:
    blurred = add_blur(leaves, 8)
    assert decide_treatment(blurred, Options(width=128, height=128)).size == (256, 256)
    assert decide_treatment(blurred, Options(width=256, height=256)).size is None
    assert decide_treatment(lower_contrast(leaves, 0.3), Options(width=128, height=128)).size is None


def test_bars_that_the_clip_does_not_show_stay(leaves: Pixels) -> None:
    barred = np.pad(leaves, ((0, 0), (90, 90), (0, 0)))  # beside the picture, where a square clip cuts them off
    assert steps(decide_treatment(barred, Options())) == set()
    cut = decide_treatment(barred, Options(fit="pad"))
    assert cut.crop is not None
    assert abs(cut.crop[0] - 90) <= 2
    assert steps(decide_treatment(barred, Options(crop_x=0.0))) == {"crop"}


def test_a_picture_is_enlarged_as_far_as_its_fit_asks_for(leaves: Pixels) -> None:
    wide = leaves[:128]  # 512×128
    assert decide_treatment(wide, Options(fit="pad")).enlarge is None
    enlarging = decide_treatment(wide, Options(fit="cover")).enlarge
    assert enlarging is not None
    assert (enlarging.factor, enlarging.method) == (4.0, "lanczos")


def test_a_cut_that_was_left_in_the_middle_goes_to_what_stands_out_and_no_other() -> None:
    aside = move_aside(draw_subject(303), 0.4)  # 1024×512
    place = decide_treatment(aside, Options()).place
    assert place is not None
    assert place[0] > 0.8
    assert decide_treatment(aside, Options(crop_x=0.4)).place is None
    assert decide_treatment(aside, Options(fit="pad")).place is None
    assert decide_treatment(draw_subject(303), Options()).place is None
