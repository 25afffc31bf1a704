from __future__ import annotations

import pytest

from benchmarks import memory_model
from i2v.engines.i2vgen_xl.memory import (
    ENCODERS_OFFLOADED,
    LADDER,
    RESIDENT,
    SLICED,
    STREAMED,
    TWO_PASSES,
    Plan,
    Shape,
    choose_plan,
    denoising_bytes,
    next_plan,
    peak_bytes,
    published_weights,
)
from i2v.machine.memory import GIB

PUBLISHED = published_weights(2)
NATIVE = Shape(1280, 704, 16, is_guided=True, value_bytes=2)
SQUARE = Shape(512, 512, 16, is_guided=True, value_bytes=2)
LARGE = Shape(1024, 1024, 32, is_guided=True, value_bytes=2)
SLACK = 0.75
"""GiB of every figure that stand for the driver's own, which a card's allocator does not count."""


@pytest.mark.parametrize(
    ("free_gib", "shape", "plan"),
    [
        (24, NATIVE, RESIDENT),
        (10, NATIVE, ENCODERS_OFFLOADED),
        (7, NATIVE, TWO_PASSES),
        (5, NATIVE, SLICED),
        (3, NATIVE, STREAMED),
        (8, SQUARE, RESIDENT),
        (6, SQUARE, ENCODERS_OFFLOADED),
        (4.4, SQUARE, TWO_PASSES),
        (4, SQUARE, SLICED),
        (2, SQUARE, STREAMED),
        (1, SQUARE, STREAMED),
    ],
)
def test_the_fastest_plan_that_fits_is_taken(free_gib: float, shape: Shape, plan: Plan) -> None:
    assert choose_plan(int(free_gib * GIB), PUBLISHED, shape, "cuda") is plan


def test_a_plan_that_was_found_too_large_is_not_taken_again() -> None:
    assert choose_plan(24 * GIB, PUBLISHED, NATIVE, "cuda", highest=SLICED) is SLICED
    assert [next_plan(plan, "cuda") for plan in LADDER] == [*LADDER[1:], None]


def test_a_cpu_has_nothing_to_offload_to() -> None:
    plans = {choose_plan(int(gib * GIB), PUBLISHED, NATIVE, "cpu") for gib in range(1, 40)}
    assert plans == {RESIDENT, TWO_PASSES, SLICED}
    assert next_plan(SLICED, "cpu") is None


@pytest.mark.parametrize("shape", [NATIVE, SQUARE, LARGE])
def test_each_plan_takes_less_than_the_one_before(shape: Shape) -> None:
    peaks = [peak_bytes(plan, PUBLISHED, shape) for plan in LADDER]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(LADDER)


def test_a_step_takes_little_more_than_half_of_the_librarys() -> None:
    """Which takes 8.88 GiB at the native size, counted by the shapes of its tensors."""
    assert denoising_bytes(RESIDENT, NATIVE) / GIB < 0.55 * 8.88
    assert denoising_bytes(TWO_PASSES, NATIVE) / GIB < 0.30 * 8.88
    assert denoising_bytes(SLICED, NATIVE) / GIB < 0.15 * 8.88


@pytest.mark.parametrize(
    ("shape", "unet_resident", "streamed"), [(SQUARE, 3.4, 1.0), (NATIVE, 4.8, 1.8), (LARGE, 7.6, 3.4)]
)
def test_small_cards_are_enough(shape: Shape, unet_resident: float, streamed: float) -> None:
    assert peak_bytes(SLICED, PUBLISHED, shape) / GIB - SLACK <= unet_resident
    assert peak_bytes(STREAMED, PUBLISHED, shape) / GIB - SLACK <= streamed


@pytest.mark.parametrize("plan", LADDER[:-1], ids=lambda plan: plan.name)  # streamed, the VAE takes the most
def test_float32_values_take_twice_the_activations_and_leave_the_weights_as_they_are(plan: Plan) -> None:
    """And the largest layer's weights once more, as wide as the values: 113 MiB."""
    wide = Shape(1280, 704, 16, is_guided=True, value_bytes=4)
    more = peak_bytes(plan, PUBLISHED, wide) - peak_bytes(plan, PUBLISHED, NATIVE)
    assert more == pytest.approx(denoising_bytes(plan, NATIVE) + 113 * 2**20, rel=0.01)


def test_without_guidance_two_passes_save_nothing() -> None:
    unguided = Shape(1280, 704, 16, is_guided=False, value_bytes=2)
    assert peak_bytes(TWO_PASSES, PUBLISHED, unguided) == peak_bytes(ENCODERS_OFFLOADED, PUBLISHED, unguided)


def test_the_model_is_what_the_allocator_counts_on_narrow_networks() -> None:
    """A sixteenth of the published widths, every plan; `python -m benchmarks.memory_model` has ten shapes and more."""
    found = [*memory_model.steps(16, [(256, 256, 4), (320, 192, 4)]), *memory_model.frames(16, [(192, 128)])]
    assert len(found) == 9
    for what, model, measured in found:
        assert measured / model == pytest.approx(1, abs=0.15), what


def test_the_model_is_what_the_published_networks_tensors_take_by_their_shapes() -> None:
    found = [
        *memory_model.counted_steps([(1280, 704, 16)], [TWO_PASSES, STREAMED]),
        *memory_model.counted_frames([(1280, 704)]),
    ]
    assert len(found) == 4
    for what, model, counted in found:
        assert counted / model == pytest.approx(1, abs=0.15), what
