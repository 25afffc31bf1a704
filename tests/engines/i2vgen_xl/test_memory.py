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
    denoising_bytes,
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
        (10, NATIVE, ENCODERS_OFFLOADED),
        (8, NATIVE, TWO_PASSES),
        (8, SQUARE, RESIDENT),
        (6, SQUARE, ENCODERS_OFFLOADED),
        (4.75, SQUARE, TWO_PASSES),
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


def test_a_step_takes_little_more_than_half_of_the_librarys() -> None:
    """Which takes 8.88 GiB at the native size, counted by the shapes of its tensors."""
    assert denoising_bytes(RESIDENT, NATIVE) / GIB < 0.55 * 8.88
    assert denoising_bytes(TWO_PASSES, NATIVE) / GIB < 0.30 * 8.88


def test_without_guidance_two_passes_save_nothing() -> None:
    unguided = Shape(1280, 704, 16, is_guided=False, value_bytes=2)
    assert peak_bytes(TWO_PASSES, PUBLISHED, unguided) == peak_bytes(ENCODERS_OFFLOADED, PUBLISHED, unguided)


def test_activations_are_as_the_allocator_counts_them_on_narrow_networks() -> None:
    """A sixteenth of the published widths, both precisions and numbers of branches; `python -m` runs more shapes."""
    found = [*memory_model.steps(16, [(256, 256, 4)]), *memory_model.frames(16, [(192, 128)])]
    assert len(found) == 5
    for what, model, measured in found:
        assert measured / model == pytest.approx(1, abs=0.06), what
