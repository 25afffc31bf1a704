"""Savings that change something: guidance within an interval, deep layers taken over from an earlier step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from i2v.domain.events import Latents, Step, Tick
from i2v.domain.request import Start
from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl import ticking
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from tests.engines.i2vgen_xl.running import Run, run

Make = Callable[..., Run]


def test_guidance_throughout_and_deep_layers_at_every_step_are_the_plain_loop(make: Make) -> None:
    named = {"guidance_start": 0.0, "guidance_end": 1.0, "deep_cache_interval": 1}
    assert torch.equal(make(**named).latents, make().latents)


def test_steps_outside_the_interval_compute_one_branch(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)
    make(num_inference_steps=1)
    assert engine._parts is not None
    batches: list[int] = []
    watch = engine._parts.unet.mid_block.register_forward_pre_hook(
        lambda network, given: batches.append(len(given[0]) // 4)
    )
    interval = {"num_inference_steps": 5, "guidance_start": 0.2, "guidance_end": 0.6, "exact": False}
    between = make(**interval)
    whole = list(batches)
    batches.clear()
    make(**interval, deep_cache_interval=2)
    watch.remove()
    assert whole == [1, 2, 2, 1, 1]
    assert batches == [1, 2, 1]  # the third and the fifth step take over what lies below
    # Guidance that is never in force is none.
    never = make(num_inference_steps=5, guidance_start=0.0, guidance_end=0.01, exact=False)
    assert torch.equal(never.latents, make(num_inference_steps=5, guidance_scale=1.0, exact=False).latents)
    assert not torch.equal(between.latents, never.latents)


def test_a_clip_that_begins_in_the_middle_has_deep_layers_of_its_own(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)
    start = Start(make().told(Latents)[0].data, 0.6)
    made = make(start=start, num_inference_steps=5, deep_cache_interval=2, exact=False)
    assert [step.index for step in made.told(Step)] == [1, 2, 3]
    assert not torch.equal(made.latents, make(start=start, num_inference_steps=5, exact=False).latents)


def test_a_cancel_is_heard_inside_a_step_that_takes_over_deep_layers(
    engine: I2VGenXLEngine, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "_SECONDS_BETWEEN_TICKS", 0.0)
    told = Run()
    run(engine, picture, keep=told, num_inference_steps=2, deep_cache_interval=2, exact=False)
    first, second = (place for place, event in enumerate(told.events) if isinstance(event, Step))
    assert sum(isinstance(event, Tick) for event in told.events[first:second]) > 10
