"""Lengths as the model counts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from i2v.diagnosis.sentence.tokens import LIMIT, measure_length

TOKENIZER = Path(__file__).parents[2] / "golden" / "model" / "tokenizer"


@pytest.mark.parametrize(
    "sentence",
    [
        "zoom in",
        "The camera pans left, slowly!",
        "it's 42 years old",
        "推近",
        "",
        "thing_with under-scores…",
        "naïve café",
    ],
)
def test_the_models_own_tokenizer_counts_the_same(sentence: str) -> None:
    reference = CLIPTokenizer.from_pretrained(TOKENIZER)
    assert measure_length(sentence, TOKENIZER).tokens == len(reference(sentence).input_ids)


def test_what_fits_is_told_to_the_character() -> None:
    sentence = "a " * 100
    length = measure_length(sentence, None)
    assert length.is_too_long
    assert len(sentence[: length.fits_until].split()) == LIMIT - 2
    assert measure_length(sentence[: length.fits_until], None).is_too_long is False


def test_without_the_models_files_the_count_is_about_right_and_says_so() -> None:
    length = measure_length("A woman walks slowly along the beach toward the camera, waves roll in.", None)
    assert (length.tokens, length.is_exact) == (17, False)
