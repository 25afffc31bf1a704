"""Every plan makes the same clip; where memory runs out a clip goes on from its last step under the next one."""

from __future__ import annotations

import itertools
import json
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from i2v.domain.events import Event, Noticed, Step
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import conditioning, decode, denoise, kernels, slices, strips
from i2v.engines.i2vgen_xl import engine as engine_module
from i2v.engines.i2vgen_xl import parts as parts_module
from i2v.engines.i2vgen_xl.checkpoint import read_checkpoint
from i2v.engines.i2vgen_xl.encodings import Encodings
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import LADDER, RESIDENT, SLICED, STREAMED, TWO_PASSES, Plan, plans_for
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.place import Place
from i2v.errors import JobCancelled, OutOfGpuMemory, OutOfMemory
from tests.engines.i2vgen_xl.running import MODEL, Run, run

Make = Callable[..., Run]
CARD, PROCESSOR = torch.device("cuda"), torch.device("cpu")
CLOSE = 2e-5
"""‖a − b‖ / ‖b‖ of latents after three steps in float32."""


@pytest.fixture(scope="module")
def engine() -> Iterator[I2VGenXLEngine]:
    """Its own, whose model no other test's plan has touched, with a checkpoint after each step."""
    engine = I2VGenXLEngine()
    engine.seconds_between_checkpoints = 0.0
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    yield engine
    engine.unload()


@pytest.fixture(autouse=True)
def _small_pieces(engine: I2VGenXLEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model's values would all go into one; and what another clip's encoders made would be remembered."""
    monkeypatch.setattr(engine, "_encodings", Encodings())
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", 1000)
    monkeypatch.setattr(strips, "VALUES_AT_ONCE", 1000)
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)
    # Weights as they lie on a card: in a processor's own order they are not streamed.
    monkeypatch.setattr(parts_module, "can_pack", lambda dtype: False)


def under(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    """A clip begins under this plan, whatever the device, and goes down from there."""
    order = list(LADDER)

    def fitting(parts: Parts, shape: object, highest: Plan) -> Plan:
        return max(plan, highest, key=order.index)

    monkeypatch.setattr(Parts, "fitting_plan", fitting)
    monkeypatch.setattr("i2v.engines.i2vgen_xl.place.plans_for", lambda device: LADDER)
    below = dict(itertools.pairwise(LADDER))
    monkeypatch.setattr("i2v.engines.i2vgen_xl.place.next_plan", lambda plan, device: below.get(plan))


def distance(made: Run, wanted: Run) -> float:
    return float((made.latents - wanted.latents).norm() / wanted.latents.norm())


def near(made: Run, wanted: Run) -> bool:
    """One level of 255 is what rounding may decide."""
    return distance(made, wanted) < CLOSE and int(np.abs(made.frames.astype(int) - wanted.frames).max()) <= 1


@pytest.fixture(scope="module")
def undisturbed(engine: I2VGenXLEngine, picture: Picture) -> Run:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts_module, "can_pack", lambda dtype: False)
        return run(engine, picture)


def test_in_pieces_a_processors_own_order_of_weights_serves_as_well(
    make: Make, undisturbed: Run, monkeypatch: pytest.MonkeyPatch, picture: Picture
) -> None:
    monkeypatch.setattr(parts_module, "can_pack", kernels.can_pack)
    packed = I2VGenXLEngine()
    packed.load(Workplace("cpu", MODEL), lambda event: None)
    under(monkeypatch, SLICED)
    assert near(run(packed, picture), undisturbed)


@pytest.mark.parametrize("plan", LADDER[1:], ids=lambda plan: plan.name)
def test_a_plan_changes_no_pixel(
    engine: I2VGenXLEngine, make: Make, undisturbed: Run, monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    under(monkeypatch, plan)
    made = make()
    assert engine.facts()["plan"] == plan.name
    assert near(made, undisturbed)
    assert made.told(Noticed) == []
    assert np.array_equal(make().frames, made.frames)


@pytest.mark.parametrize("plan", [TWO_PASSES, SLICED, STREAMED], ids=lambda plan: plan.name)
def test_under_each_plan_a_job_stopped_after_any_step_goes_on_to_the_same_frames(
    engine: I2VGenXLEngine, picture: Picture, make: Make, monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    under(monkeypatch, plan)
    whole = make()
    for done in (1, 2, 3):

        def stop(event: Event, done: int = done) -> None:
            if isinstance(event, Step) and event.index == done:
                raise JobCancelled

        told = Run()
        with pytest.raises(JobCancelled):
            run(engine, picture, keep=told, watch=stop)
        resumed = make(checkpoint=told.checkpoint)
        assert np.array_equal(resumed.frames, whole.frames)
        assert "continued_from" not in engine.facts()


def test_a_job_goes_on_under_another_plan_and_the_recipe_tells(
    engine: I2VGenXLEngine, make: Make, undisturbed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Run()
    with pytest.raises(JobCancelled):
        make(keep=told, watch=lambda event: cancel() if isinstance(event, Step) and event.index == 2 else None)
    under(monkeypatch, STREAMED)
    resumed = make(checkpoint=told.checkpoint)
    assert [step.index for step in resumed.told(Step)] == [3]
    assert near(resumed, undisturbed)
    facts = engine.facts()
    assert (facts["plan"], facts["continued_from"]["plan"]) == ("streamed", "resident")
    json.dumps(facts)


def cancel() -> None:
    raise JobCancelled


# --- memory runs out ------------------------------------------------------------------------------------------------

FULL = {
    "card": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "driver": RuntimeError(
        "CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions."
    ),
    "cublas": RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "cublas at its beginning": RuntimeError(
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"
    ),
    "cudnn": RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    "computer": RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
    "python": MemoryError(),
}


class Allocator:
    """Stands in for a memory that is full whenever a call has been made so often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cause: Exception = FULL["card"]) -> None:
        self._monkeypatch, self._cause = monkeypatch, cause
        self.failed = 0

    def fill(self, owner: Any, name: str, *calls: int) -> None:
        """Has `owner.name` fail at these of its calls, counted from 1."""
        plain, made = getattr(owner, name), 0

        def call(*given: Any, **told: Any) -> Any:
            nonlocal made
            made += 1
            if made in calls:
                self.failed += 1
                raise self._cause
            return plain(*given, **told)

        self._monkeypatch.setattr(owner, name, call)


PLACES: dict[str, tuple[Any, str, int, str, int]] = {
    "loading": (engine_module, "load_parts", 1, "loading", 0),
    "taking up": (parts_module, "slice_layers", 1, "loading", 0),
    "encoding": (conditioning, "_encode_image", 1, "encoding", 0),
    "step 1": (denoise, "_predict", 1, "generating", 0),
    "step 3": (denoise, "_predict", 3, "generating", 2),
    "first frame": (decode, "_decode", 1, "decoding", 3),
    "last frame": (decode, "_decode", 4, "decoding", 3),
}
"""What fails, at which of its calls, the stage that is told, and the steps done by then."""


@pytest.mark.parametrize(
    ("where", "plan"),
    [*((where, RESIDENT) for where in PLACES), *itertools.product(("step 3", "first frame"), LADDER[1:-1])],
    ids=lambda given: given if isinstance(given, str) else given.name,
)
def test_a_full_memory_costs_one_plan_and_no_step(
    engine: I2VGenXLEngine,
    make: Make,
    undisturbed: Run,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    plan: Plan,
) -> None:
    owner, name, call, stage, done = PLACES[where]
    if where == "loading":
        engine.unload()
    under(monkeypatch, plan)
    allocator = Allocator(monkeypatch)
    allocator.fill(owner, name, call)
    made = make()
    assert allocator.failed == 1
    (notice,) = made.told(Noticed)
    assert (notice.code, notice.values["stage"], notice.values["step"]) == ("plan_lowered", stage, done)
    assert [step.index for step in made.told(Step)] == [1, 2, 3]
    assert near(made, undisturbed)
    facts = engine.facts()
    # Where not even the model was loaded nothing is known of its plan but the fastest.
    before = RESIDENT if where == "loading" else plan
    assert facts["plan"] == max(plan, LADDER[LADDER.index(before) + 1], key=LADDER.index).name
    assert facts["memory_ran_out"] == [{"stage": stage, "plan": before.name, "step": done}]
    assert ("continued_from" in facts) == (done > 0)
    json.dumps(facts)


def test_a_memory_that_stays_full_costs_each_plan_once_and_then_has_its_name(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    under(monkeypatch, RESIDENT)
    allocator = Allocator(monkeypatch)
    allocator.fill(denoise, "_predict", *range(2, 100))
    told = Run()
    with pytest.raises(OutOfGpuMemory, match="generating"):
        make(keep=told)
    assert allocator.failed == len(LADDER)
    assert [notice.values["plan"] for notice in told.told(Noticed)] == [plan.name for plan in LADDER[:-1]]
    assert [step.index for step in told.told(Step)] == [1]
    checkpoint = read_checkpoint(told.checkpoint)
    assert checkpoint is not None
    assert checkpoint.done == 1  # nothing is lost even then


def test_several_failures_in_one_clip_go_down_one_plan_each(
    engine: I2VGenXLEngine, make: Make, undisturbed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    under(monkeypatch, RESIDENT)
    allocator = Allocator(monkeypatch)
    allocator.fill(conditioning, "_encode_image", 1)
    allocator.fill(denoise, "_predict", 2)
    allocator.fill(decode, "_decode", 2)
    made = make()
    assert allocator.failed == 3
    assert [notice.values["step"] for notice in made.told(Noticed)] == [0, 1, 3]
    assert [step.index for step in made.told(Step)] == [1, 2, 3]
    assert engine.facts()["plan"] == "sliced"
    assert near(made, undisturbed)


@pytest.mark.parametrize("cause", FULL)
def test_every_kind_of_full_memory_is_known(
    make: Make, undisturbed: Run, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    allocator = Allocator(monkeypatch, FULL[cause])
    allocator.fill(denoise, "_predict", 2)
    made = make()
    assert [notice.code for notice in made.told(Noticed)] == ["plan_lowered"]
    assert near(made, undisturbed)


def test_on_a_processor_the_computers_full_memory_has_its_name_after_the_last_plan(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    allocator = Allocator(monkeypatch, FULL["computer"])
    allocator.fill(denoise, "_predict", *range(1, 100))
    with pytest.raises(OutOfMemory, match="generating"):
        make()
    assert allocator.failed == len(plans_for("cpu"))


def test_another_fault_costs_no_plan(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    allocator = Allocator(monkeypatch, RuntimeError("shapes differ"))
    allocator.fill(denoise, "_predict", 1)
    with pytest.raises(RuntimeError, match="shapes differ"):
        make()
    assert allocator.failed == 1


def test_nothing_of_a_failed_step_is_held_while_the_next_plan_begins(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool | str] = []
    half_made: list[Any] = []

    class Watched(nn.Module):
        """Something as large as what a step holds."""

    def fail(*given: Any, **told: Any) -> Any:
        large = Watched()
        half_made.append(weakref.ref(large))
        raise torch.OutOfMemoryError("CUDA out of memory.")

    plain, take_up = denoise._predict, Parts.take_up

    def predict(*given: Any, **told: Any) -> Any:
        return plain(*given, **told) if half_made else fail()

    def noted(parts: Parts, plan: Plan) -> None:
        held.extend(reference() is not None for reference in half_made)
        take_up(parts, plan)

    monkeypatch.setattr(denoise, "_predict", predict)
    monkeypatch.setattr(Parts, "take_up", noted)
    monkeypatch.setattr(engine_module, "free_cached_memory", lambda device: held.append("freed"))
    make()
    assert held == ["freed", False, "freed"]  # at last by the clip's end


def test_after_a_cards_last_plan_the_processor_goes_on() -> None:
    place = Place(CARD, torch.float16)
    names = []
    while place.device == CARD:
        names.append(place.highest.name)
        below = place.below(None)
        assert below is not None
        place = below
    assert names == [plan.name for plan in LADDER]
    assert (place.device, place.highest) == (PROCESSOR, RESIDENT)
    assert place.dtype in (torch.float32, torch.bfloat16)
    assert Place(CARD, torch.float32, STREAMED).below(None) == Place(PROCESSOR, torch.float32)
