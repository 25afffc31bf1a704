"""Values that leave the range of 16 bits: which, that float32 values hold it, and that a clip goes on from there."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import I2VGenXLUNet
from torch import nn

from i2v.domain.events import Event, Noticed, Step
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import conditioning, denoise, kernels
from i2v.engines.i2vgen_xl import engine as engine_module
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.parts import Parts, load_parts
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from i2v.engines.i2vgen_xl.wide import take_wide_values
from i2v.errors import ClipFaulty, I2VError, JobCancelled
from tests.engines.i2vgen_xl.narrow_unet import SIDES, distance, draw
from tests.engines.i2vgen_xl.running import MODEL, Run, run

Make = Callable[..., Run]
AFTER = "float32_values_after_step"
LARGEST = torch.finfo(torch.float16).max

# --- what leaves the range ------------------------------------------------------------------------------------------


def scale(*layers: Any, factor: float) -> None:
    for layer in layers:
        layer.weight.data *= factor


GROWTHS: dict[str, Callable[[I2VGenXLUNet], None]] = {
    "the residual stream": lambda unet: scale(unet.conv_in, factor=100_000),
    "a gate": lambda unet: scale(unet.mid_block.attentions[0].transformer_blocks[0].ff.net[0].proj, factor=20_000),
    "a product": lambda unet: scale(unet.down_blocks[1].resnets[0].conv1, factor=500_000),
}


def answer(network: I2VGenXLUNet, dtype: torch.dtype) -> torch.Tensor:
    """With values of this type, whatever the weights are."""
    sample, conditions = draw(*SIDES[0])
    sample, conditions = sample.half().to(dtype), conditions.to(torch.float16).to(dtype)
    with torch.inference_mode():
        constants = hold_constants(network, conditions)
        return predict(network, sample, torch.tensor(500), constants, is_two_pass=False)


@pytest.mark.parametrize("growth", GROWTHS)
def test_float32_values_hold_what_overflows_in_float16_and_no_norm_is_the_first_to(
    ours: I2VGenXLUNet,
    growth: str,
) -> None:
    GROWTHS[growth](ours)
    take_wide_values(ours.half())
    assert all(value.isfinite().all() for value in ours.parameters())
    overflown: set[str] = set()

    def look(layer: nn.Module, given: tuple[Any, ...], made: Any) -> None:
        if not made.isfinite().all() and all(value.isfinite().all() for value in given):
            overflown.add(type(layer).__name__)

    hooks = [layer.register_forward_hook(look) for layer in ours.modules() if not list(layer.children())]
    assert not answer(ours, torch.float16).isfinite().all()
    assert not {name for name in overflown if "Norm" in name}
    for hook in hooks:
        hook.remove()
    found = answer(ours, torch.float32)
    assert found.isfinite().all()
    # As with weights of float32 throughout that hold no more than float16 does.
    assert distance(found, answer(ours.float(), torch.float32)) < 1e-4


def test_attention_gathers_in_float32_by_itself() -> None:
    queries, keys = (torch.randn(2, 5, 64, 64).mul(LARGEST / 6).half() for _ in range(2))
    values = torch.randn(2, 5, 64, 64).half()
    attend = nn.functional.scaled_dot_product_attention
    assert distance(attend(queries, keys, values).float(), attend(queries.float(), keys.float(), values.float())) < 1e-3


def test_values_of_the_weights_own_type_get_the_same_bits(ours: I2VGenXLUNet) -> None:
    ours.half()
    before = answer(ours, torch.float16)
    take_wide_values(ours)
    assert torch.equal(answer(ours, torch.float16), before)


@pytest.mark.skipif(not kernels.can_pack(torch.bfloat16), reason="this processor has no oneDNN kernels")
def test_packed_layers_take_wider_values_too(ours: I2VGenXLUNet) -> None:
    network = ours.to(torch.bfloat16)
    plain, packed = copy.deepcopy(network).double(), copy.deepcopy(network)
    kernels.pack(packed)
    take_wide_values(packed)
    assert distance(answer(packed, torch.float32).double(), answer(plain, torch.float64)) < 1e-4


# --- a clip goes on -------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _half(monkeypatch: pytest.MonkeyPatch) -> None:
    """bf16, as on a processor that is faster with it."""
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 2.5)


@pytest.fixture
def saving(engine: I2VGenXLEngine, monkeypatch: pytest.MonkeyPatch) -> I2VGenXLEngine:
    monkeypatch.setattr(engine, "seconds_between_checkpoints", 0.0)
    return engine


class Spoiled:
    """Has the UNet answer with NaN at some of its calls; keeps the type of values and weights of each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *calls: int, always_wide: bool = False) -> None:
        self.types: list[tuple[torch.dtype, torch.dtype]] = []
        plain = denoise._predict

        def spoiled(parts: Parts, *given: Any) -> torch.Tensor:
            self.types.append((parts.value_dtype, parts.dtype))
            made = plain(parts, *given)
            is_bad = len(self.types) in calls or (always_wide and parts.is_wide)
            return made * float("nan") if is_bad else made

        monkeypatch.setattr(denoise, "_predict", spoiled)


HALF, WIDE = (torch.bfloat16, torch.bfloat16), (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("bad", [1, 3])
def test_nan_at_a_step_costs_that_step_alone_and_the_recipe_tells(engine: I2VGenXLEngine, make: Make, bad: int) -> None:
    options = {"exact": False}
    undisturbed = make(**options)
    loaded = engine._parts
    with pytest.MonkeyPatch.context() as patched:
        spoiled = Spoiled(patched, bad)
        made = make(**options)
    assert spoiled.types == [HALF] * bad + [WIDE] * (4 - bad)
    assert engine._parts is loaded  # nothing was read again
    (notice,) = made.told(Noticed)
    assert (notice.code, notice.values) == ("went_on_in_float32", {"step": bad - 1})
    assert [step.index for step in made.told(Step)] == [1, 2, 3]
    facts = engine.facts()
    assert (facts["dtype"], facts[AFTER]) == ("bfloat16", bad - 1)
    json.dumps(facts)
    assert made.latents.isfinite().all()
    assert 0 < distance(made.latents, undisturbed.latents) < 0.1
    assert np.array_equal(make(**options).frames, undisturbed.frames)  # the next clip is in 16 bits again
    assert AFTER not in engine.facts()


def test_nan_with_deep_layers_taken_over_is_made_good_with_those_of_float32(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = Spoiled(monkeypatch, 4)
    made = make(exact=False, num_inference_steps=5, deep_cache_interval=2)
    assert [step.index for step in made.told(Step)] == [1, 2, 3, 4, 5]
    # The third step's deep layers are computed again, and only then the fourth step.
    assert spoiled.types == [HALF] * 4 + [WIDE] * 3
    assert made.latents.isfinite().all()


def test_nan_a_second_time_is_an_error_and_yields_no_frame(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = Spoiled(monkeypatch, 2, always_wide=True)
    told = Run()
    with pytest.raises(ClipFaulty, match="nan"):
        make(exact=False, keep=told)
    assert spoiled.types == [HALF, HALF, WIDE]
    assert [step.index for step in told.told(Step)] == [1]


def test_nan_in_float32_is_an_error_at_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = Spoiled(monkeypatch, 2)
    with pytest.raises(ClipFaulty, match="nan"):
        make(exact=True)
    assert len(spoiled.types) == 2


def test_a_clip_with_float32_values_that_is_stopped_goes_on_to_the_same_frames(
    saving: I2VGenXLEngine, picture: Picture, make: Make
) -> None:
    options: dict[str, Any] = {"exact": False}
    with pytest.MonkeyPatch.context() as patched:
        Spoiled(patched, 2)
        whole = make(**options)

    def stop(event: Event) -> None:
        if isinstance(event, Step) and event.index == 2:
            raise JobCancelled

    told = Run()
    with pytest.MonkeyPatch.context() as patched:
        Spoiled(patched, 2)
        with pytest.raises(JobCancelled):
            run(saving, picture, keep=told, watch=stop, **options)
    resumed = make(checkpoint=told.checkpoint, **options)
    assert [step.index for step in resumed.told(Step)] == [3]
    assert np.array_equal(resumed.frames, whole.frames)
    assert saving.facts()[AFTER] == 1
    assert "continued_from" not in saving.facts()


def test_a_model_that_overflows_in_float16_gives_the_clip_that_float32_gives(
    picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is spoiled here: values before a norm are too large for float16, by a factor that the norm undoes."""

    def load_large(*given: Any) -> Parts:
        parts = load_parts(*given)
        resnet = parts.unet.down_blocks[1].resnets[0]
        for value in (*resnet.conv1.parameters(), *resnet.time_emb_proj.parameters()):
            value.data *= 2.0**17 if parts.dtype == torch.float16 else 1.0
        return parts

    monkeypatch.setattr(engine_module, "load_parts", load_large)
    clips = {}
    for dtype in (torch.float32, torch.float16):
        monkeypatch.setattr(engine_module, "choose_dtype", lambda device, dtype=dtype: dtype)
        engine = I2VGenXLEngine()
        engine.load(Workplace("cpu", MODEL), lambda event: None)
        clips[dtype] = run(engine, picture, exact=False)
    assert [notice.code for notice in clips[torch.float16].told(Noticed)] == ["went_on_in_float32"]
    assert distance(clips[torch.float16].latents, clips[torch.float32].latents) < 0.01


# --- encoders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "code"), [("text_encoder", "_encode_text"), ("vae", "_encode_latents")])
def test_an_encoder_that_overflows_answers_in_float32_for_that_time(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    engine._encodings.forget()
    plain, types = getattr(conditioning, code), list[torch.dtype]()

    def overflowing(parts: Parts, given: torch.Tensor) -> torch.Tensor:
        types.append(getattr(parts, name).dtype)
        made: torch.Tensor = plain(parts, given)
        return made * float("nan") if len(types) == 1 else made

    monkeypatch.setattr(conditioning, code, overflowing)
    made = make(exact=False, num_inference_steps=1)
    assert types[-1] == torch.float32
    assert made.latents.isfinite().all()
    assert made.told(Noticed) == []
    assert engine._parts is not None
    assert engine._parts.text_encoder is None


def test_an_encoder_that_answers_nan_in_float32_too_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def broken(parts: Parts, given: torch.Tensor) -> torch.Tensor:
        asked.append(1)
        return torch.full((1, 77, 8), float("nan"))

    monkeypatch.setattr(conditioning, "_encode_text", broken)
    with pytest.raises(I2VError, match="nan"):
        make(exact=False, prompt="Nobody asked this of a broken encoder", negative_prompt="nor this")
    assert len(asked) == 4  # both sentences, in both types
