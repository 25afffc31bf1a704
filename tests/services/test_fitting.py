"""Lights and the largest clip that fits, over engines' own figures."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as draw

from i2v.domain.options import Options
from i2v.engines.base import EngineSpec, MemoryNeed, Site, fitting_need
from i2v.engines.i2vgen_xl.memory import LADDER, Shape, choose_plan, published_weights
from i2v.engines.registry import engine_specs
from i2v.machine.memory import GIB
from i2v.services.fitting import FEWEST_FRAMES, Case, clip_size, judge, largest_that_fits
from i2v.services.forecast import Span

CARD = Site("cuda", 2)
PLANNED = engine_specs()["i2vgen-xl"]
EIGHTS = draw.integers(8, 160).map(lambda eighths: 8 * eighths)
WISHES = {"width": EIGHTS, "height": EIGHTS, "num_frames": draw.integers(2, 32)}


def peak(spec: EngineSpec, options: Options, site: Site) -> int:
    """Of the plan that takes least."""
    assert spec.memory is not None
    return spec.memory(options, site)[-1].peak_bytes


@pytest.mark.parametrize("spec", engine_specs().values(), ids=list(engine_specs()))
@pytest.mark.parametrize("site", [CARD, Site("cpu", 4), Site("mps", 2)], ids=lambda site: site.device)
def test_every_engine_tells_its_memory_and_it_grows_with_the_clip(spec: EngineSpec, site: Site) -> None:
    peaks = [
        peak(spec, spec.options(width=side, height=side, num_frames=frames), site)
        for side, frames in ((256, 8), (512, 8), (768, 32), (1024, 32))
    ]
    assert peaks == sorted(peaks)
    assert len(set(peaks)) == 4
    smaller = peak(spec, spec.options(), Site(site.device, site.value_bytes, size_share=0.01))
    assert smaller < peak(spec, spec.options(), site) or not spec.needs_weights


@given(free_gb=draw.floats(0.1, 80), guidance=draw.sampled_from([1.0, 9.0]), **WISHES)
@settings(deadline=None)
def test_the_light_names_the_plan_that_the_engine_takes(free_gb: float, guidance: float, **size: int) -> None:
    options: Any = PLANNED.options.model_validate({**size, "guidance_scale": guidance})
    assert PLANNED.memory is not None
    case = Case(PLANNED.memory(options, CARD), int(free_gb * GIB))
    shape = Shape(options.width, options.height, options.num_frames, options.is_guided, 2)
    assert case.chosen.plan == choose_plan(case.free, published_weights(2), shape, "cuda").name


def _smallest(width: int, height: int) -> dict[str, int]:
    """The least size of about these proportions: the shorter side has 64 pixels, both are multiples of 8."""
    if width <= height:
        return {"width": 64, "height": round(64 * height / width / 8) * 8}
    return {"width": math.ceil(60 * width / height / 8) * 8, "height": 64}


@given(free_gb=draw.floats(1, 20), site=draw.sampled_from([CARD, Site("cpu", 4)]), **WISHES)
@settings(deadline=None, max_examples=60)
def test_what_is_offered_instead_fits_and_nothing_larger_of_its_kind_does(
    free_gb: float, site: Site, **size: int
) -> None:
    """Larger means: of a larger size, or of that size and longer."""
    free = free_gb * GIB
    wish = PLANNED.options.model_validate(size)

    def fits(options: Options) -> bool:
        return peak(PLANNED, options, site) <= free

    offered = largest_that_fits(wish, fits)
    fewest = min(FEWEST_FRAMES, wish.num_frames)
    if offered is None:
        assert not fits(wish.model_copy(update={**_smallest(wish.width, wish.height), "num_frames": fewest}))
        return
    assert fits(offered)
    PLANNED.options.model_validate(offered.model_dump())  # within bounds and steps
    assert fewest <= offered.num_frames <= wish.num_frames
    assert offered.height == pytest.approx(offered.width * wish.height / wish.width, abs=4)
    longer = wish.model_copy(update={**clip_size(offered), "num_frames": offered.num_frames + 1})  # type: ignore[dict-item]
    assert longer.num_frames > wish.num_frames or not fits(longer)
    for width in itertools.chain(range(offered.width + 8, wish.width, 8), [wish.width] * (offered.width < wish.width)):
        height = wish.height if width == wish.width else round(width * wish.height / wish.width / 8) * 8
        assert not fits(wish.model_copy(update={"width": width, "height": height, "num_frames": fewest}))


def test_a_clip_loses_frames_before_it_loses_size() -> None:
    wish = PLANNED.options(width=512, height=512, num_frames=32)
    shorter = largest_that_fits(wish, lambda options: options.num_frames <= 20)
    assert clip_size(shorter) == {"width": 512, "height": 512, "num_frames": 20}
    smaller = largest_that_fits(wish, lambda options: options.width * options.num_frames <= 400 * 10)
    assert clip_size(smaller) == {"width": 496, "height": 496, "num_frames": 8}
    assert largest_that_fits(wish, lambda options: False) is None


def needs(*peaks_gb: float) -> Any:
    return [MemoryNeed(plan.name, int(gb * GIB), "gpu") for plan, gb in zip(LADDER, peaks_gb, strict=False)]


@pytest.mark.parametrize(
    ("free", "at_most", "light"),
    [(9, 9, "green"), (7, 7, "amber"), (4, 4, "red"), (4, 9, "unknown"), (7, 9, "amber")],
)
def test_the_light_is_sure_or_says_that_nobody_is(free: int, at_most: int, light: str) -> None:
    told = needs(8, 6, 5)
    cautious, hopeful = Case(told, free * GIB), Case(told, at_most * GIB)
    assert judge(cautious, hopeful, lambda need: None)[0] == light


def test_a_clip_that_was_made_here_proves_that_it_fits() -> None:
    case = Case(needs(8, 6, 5), int(4.5 * GIB))
    assert case.light(None) == "red"
    assert case.light(Span(4.1, 4.4)) == "amber"
    assert case.light(Span(4.1, 4.6)) == "red"
    light, needed, basis = judge(case, case, lambda need: Span(4.1, 4.4))
    assert (light, needed, basis) == ("amber", Span(4.1, 4.4), "learned")


def test_the_fastest_plan_that_fits_is_the_first() -> None:
    told = needs(8, 6, 5)
    assert fitting_need(told, 8 * GIB) is told[0]
    assert fitting_need(told, 8 * GIB - 1) is told[1]
    assert fitting_need(told, GIB) is None
