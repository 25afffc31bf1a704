"""Options, declared once: bounds, and how they are told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from i2v.domain.options import Options, allowed_values, option_extra, rgb_of
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("width", "64 … 4096, n × 8"),
        ("seed", "0 … 4294967295"),
        ("guidance_scale", "1.0 … 30.0"),
        ("sampler", "ddim, dpmpp_2m, unipc, euler"),
        ("exact", "true, false"),
        ("prompt", "Unicode, ≤ 2000"),
        ("fit", "cover, pad, stretch"),
        ("crop_x", "0.0 … 1.0"),
        ("background", "#rrggbb"),
    ],
)
def test_what_an_option_takes_is_told_without_words(name: str, told: str) -> None:
    assert allowed_values(I2VGenXLOptions, name) == told


@pytest.mark.parametrize("prompt", ["nul\0", "\ud800", "a\udfff", "x" * 2001])
def test_a_sentence_that_no_clip_could_carry_is_refused(prompt: str) -> None:
    with pytest.raises(ValidationError):
        Options(prompt=prompt)


@pytest.mark.parametrize("prompt", ["", "推近 🎥", "a\nb\tc", "x" * 2000, "‮ right to left"])
def test_any_other_sentence_stays_as_it_is(prompt: str) -> None:
    assert Options(prompt=prompt).prompt == prompt


def test_every_option_is_told_in_both_languages_with_its_unit() -> None:
    for field in I2VGenXLOptions.model_fields.values():
        extra = option_extra(field)
        assert extra["label"].keys() == extra["help"].keys() == {"en", "zh-CN"}
        assert all([*extra["label"].values(), *extra["help"].values()])
        assert isinstance(extra["unit"], str)


@pytest.mark.parametrize("background", ["red", "#fff", "#ffffff\n", "ffffff", "#gggggg", "", 0xFFFFFF])
def test_a_background_is_a_colour_in_six_digits(background: object) -> None:
    with pytest.raises(ValidationError):
        Options(background=background)  # type: ignore[arg-type]
    assert rgb_of(Options(background="#0aF010").background or "") == (10, 240, 16)
