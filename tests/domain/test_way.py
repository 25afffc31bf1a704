"""The steps from draft to final clip, as data and arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i2v.domain.options import Options, option
from i2v.domain.way import DRAFT, FINAL, REFINE, Size, Spread, Way, phase_of, refined_values, spread_values

SHAPES = (((512, 512), (768, 768), (1024, 1024)), ((704, 384), (1280, 704)))
WHOLE = Way(shapes=SHAPES, refine={"num_frames": 16}, spread=Spread("guidance", (-1.0, 0.0, 1.0)))
SHORT = Way()


class Guided(Options):
    guidance: float = option(9.0, ("Guidance", "How closely."), ("引导", "服从程度。"), ge=1.0, le=30.0)


def test_a_way_without_refining_leads_from_the_draft_to_the_final_clip() -> None:
    assert WHOLE.phases == (DRAFT, REFINE, FINAL)
    assert [WHOLE.after(phase) for phase in WHOLE.phases] == [REFINE, FINAL, None]
    assert SHORT.phases == (DRAFT, FINAL)
    assert [SHORT.after(phase) for phase in (DRAFT, REFINE, FINAL)] == [FINAL, FINAL, None]


@pytest.mark.parametrize(
    ("picture", "size"),
    [((4000, 3000), (512, 512)), ((1920, 1080), (704, 384)), ((1080, 1920), (384, 704)), ((100, 100), (512, 512))],
)
def test_a_draft_has_the_shape_that_is_nearest_to_its_picture(picture: Size, size: Size) -> None:
    assert WHOLE.draft_size(picture) == size


def test_what_a_wish_for_a_draft_names_stays() -> None:
    free = {"prompt": "waves", "preset": None}
    assert WHOLE.fill_draft(free, (1920, 1080)) == {"prompt": "waves", "preset": "fast", "width": 704, "height": 384}
    assert WHOLE.fill_draft({}, None) == {"preset": "fast", "width": 512, "height": 512}
    assert WHOLE.fill_draft({"preset": "high"}, (1920, 1080)) == {"preset": "high"}
    assert WHOLE.fill_draft({"width": 640}, (1920, 1080)) == {"width": 640, "preset": "fast"}


@pytest.mark.parametrize(
    ("clip", "sizes"),
    [
        ((512, 512), [(768, 768), (1024, 1024)]),
        ((768, 768), [(1024, 1024)]),
        ((704, 384), [(1280, 704)]),
        ((384, 704), [(704, 1280)]),
        ((640, 352), [(1280, 704)]),  # a size typed by hand, of the same shape
        ((64, 64), [(96, 96), (128, 128)]),  # too far from any of the engine's own
        ((600, 400), [(896, 600), (1200, 800)]),  # a shape of its own
        ((1280, 704), [(1920, 1056), (2560, 1408)]),
    ],
)
def test_the_next_size_is_the_engines_own_or_half_as_large_again(clip: Size, sizes: list[Size]) -> None:
    assert WHOLE.final_sizes(clip) == sizes


@given(st.tuples(st.integers(8, 512), st.integers(8, 512)))
def test_a_final_size_is_larger_and_of_the_same_shape(eighths: Size) -> None:
    clip = (8 * eighths[0], 8 * eighths[1])
    for width, height in WHOLE.final_sizes(clip):
        assert width % 8 == height % 8 == 0
        assert width >= clip[0]
        assert height >= clip[1]
        assert width * height > clip[0] * clip[1]
        assert abs(width * clip[1] / (height * clip[0]) - 1) < 0.34  # one step of 8 is a third of the narrowest clip


@pytest.mark.parametrize(
    ("centre", "values"), [(9.0, [8.0, 9.0, 10.0]), (1.0, [1.0, 2.0]), (1.4, [1.0, 1.4, 2.4]), (30.0, [29.0, 30.0])]
)
def test_a_spread_stays_within_its_bounds_and_makes_nothing_twice(centre: float, values: list[float]) -> None:
    assert WHOLE.spread is not None
    assert spread_values(Spread("guidance", (-1.0, 0.0, 1.0)), Guided, centre) == values


def test_nothing_that_was_better_gets_worse() -> None:
    least = {"num_frames": 16, "num_inference_steps": 60}
    assert refined_values(least, {"num_frames": 8, "num_inference_steps": 25}) == least
    longer = {"num_frames": 24, "num_inference_steps": 50}
    assert refined_values(least, longer) == {"num_frames": 24, "num_inference_steps": 60}


def test_a_clip_is_what_its_size_beside_its_parents_says() -> None:
    small, long, large = Options(), Options(num_frames=32), Options(width=768, height=768)
    assert phase_of(small, None) == DRAFT
    assert phase_of(long, small) == REFINE
    assert phase_of(large, long) == FINAL
    assert phase_of(small, large) == REFINE
