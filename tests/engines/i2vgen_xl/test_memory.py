from __future__ import annotations

import pytest

from benchmarks import memory_model
from i2v.engines.i2vgen_xl.memory import (
    ENCODERS_OFFLOADED,
    GIB,
    LADDER,
    RESIDENT,
    TWO_PASSES,
    Plan,
    Shape,
    Weights,
    choose_plan,
    peak_bytes,
)

PUBLISHED = Weights(
    unet=int(2.65 * GIB), vae=int(0.31 * GIB), text_encoder=int(0.66 * GIB), image_encoder=int(1.18 * GIB)
)
NATIVE = Shape(1280, 704, 16, is_guided=True, value_bytes=2)
SQUARE = Shape(512, 512, 16, is_guided=True, value_bytes=2)


@pytest.mark.parametrize(
    ("free_gib", "shape", "plan"),
    [
        (24, NATIVE, RESIDENT),
        (13, NATIVE, ENCODERS_OFFLOADED),
        (10, NATIVE, TWO_PASSES),
        (9, SQUARE, RESIDENT),
        (7, SQUARE, ENCODERS_OFFLOADED),
        (5, SQUARE, TWO_PASSES),
        (1, SQUARE, TWO_PASSES),
    ],
)
def test_the_fastest_plan_that_fits_is_taken(free_gib: float, shape: Shape, plan: Plan) -> None:
    assert choose_plan(int(free_gib * GIB), PUBLISHED, shape) is plan


def test_a_cpu_has_nothing_to_offload_to() -> None:
    assert choose_plan(None, PUBLISHED, NATIVE) is RESIDENT


def test_each_plan_takes_less_than_the_one_before() -> None:
    peaks = [peak_bytes(plan, PUBLISHED, NATIVE) for plan in LADDER]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(LADDER)


def test_the_peak_of_the_library_is_as_counted() -> None:
    denoising = peak_bytes(RESIDENT, PUBLISHED, NATIVE) - peak_bytes(
        RESIDENT, PUBLISHED, Shape(1280, 704, 8, is_guided=True, value_bytes=2)
    )
    assert denoising / GIB == pytest.approx(8.88 / 2, rel=0.02)


def test_without_guidance_two_passes_save_nothing() -> None:
    unguided = Shape(1280, 704, 16, is_guided=False, value_bytes=2)
    assert peak_bytes(TWO_PASSES, PUBLISHED, unguided) == peak_bytes(ENCODERS_OFFLOADED, PUBLISHED, unguided)


def test_activations_are_as_the_allocator_counts_them_on_narrow_networks() -> None:
    """A sixteenth of the published widths, both precisions and numbers of branches; `python -m` runs more shapes."""
    found = [*memory_model.steps(16, [(192, 128, 3)]), *memory_model.frames(16, [(192, 128)])]
    assert len(found) == 5
    for what, model, measured in found:
        assert measured / model == pytest.approx(1, abs=0.05), what
