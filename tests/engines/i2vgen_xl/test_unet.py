"""Every saving against the library's own forward pass, in float64: what differs then is no rounding."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from diffusers import I2VGenXLUNet
from diffusers.models.attention_processor import Attention
from diffusers.models.resnet import TemporalConvLayer

from benchmarks.full_size_model import SCHEDULER
from i2v.engines.i2vgen_xl import layers, slices
from i2v.engines.i2vgen_xl.attention import Attend
from i2v.engines.i2vgen_xl.layers import PiecewiseFeedForward, TemporalConv
from i2v.engines.i2vgen_xl.memory import RESIDENT, SLICED, TWO_PASSES, Plan
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.slices import slice_layers
from i2v.engines.i2vgen_xl.unet import DeepFeatures, hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import CLOSE, SIDES, distance, draw, expected

pytestmark = pytest.mark.usefixtures("no_gradients")


@pytest.mark.parametrize("shape", SIDES)
@pytest.mark.parametrize("branches", [1, 2])
@pytest.mark.parametrize("is_two_pass", [False, True])
def test_the_whole_pass_is_the_librarys(
    stock: I2VGenXLUNet, ours: I2VGenXLUNet, shape: tuple[int, int, int], branches: int, is_two_pass: bool
) -> None:
    sample, conditions = draw(*shape, branches)
    constants = hold_constants(ours, conditions)
    for timestep in (981, 1):
        found = predict(ours, sample, torch.tensor(timestep), constants, is_two_pass=is_two_pass)
        assert distance(found, expected(stock, sample, timestep, conditions)) < CLOSE


def test_the_branches_differ_and_stand_in_their_places(stock: I2VGenXLUNet, ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])
    unguided, guided = expected(stock, sample, 500, conditions).chunk(2)
    assert float((unguided - guided).norm() / guided.norm()) > 1e-3
    found = predict(ours, sample, torch.tensor(500), hold_constants(ours, conditions), is_two_pass=False)
    assert distance(found[1:], guided) < CLOSE


def test_convolutions_over_frames_and_pixels_are_bit_equal(stock: I2VGenXLUNet) -> None:
    layer = next(layer for layer in stock.modules() if isinstance(layer, TemporalConvLayer))
    flat, first = TemporalConv(layer), TemporalConv(layer).convs[0]
    values = torch.randn(2 * 5, layer.in_dim, 6, 4, dtype=torch.float64)
    assert torch.equal(flat(values, num_frames=5), layer(values, num_frames=5))
    assert isinstance(first.weight, torch.Tensor)
    assert first.weight.data_ptr() == layer.conv1[-1].weight.data_ptr()  # nothing is held twice
    # As it is in the network's other order of memory, in which nothing is copied.
    channels_last = values.to(memory_format=torch.channels_last)
    made = flat(channels_last, num_frames=5)
    assert made.is_contiguous(memory_format=torch.channels_last)
    assert distance(made, layer(values, num_frames=5)) < CLOSE


@pytest.mark.parametrize("rows", [7, 100])
def test_a_feed_forward_in_pieces_is_the_whole(stock: I2VGenXLUNet, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    feed_forward: Any = stock.transformer_in.transformer_blocks[0].ff
    values = torch.randn(3, 33, feed_forward.net[0].proj.in_features, dtype=torch.float64)
    monkeypatch.setattr(layers, "ROWS_AT_ONCE", rows)
    assert distance(PiecewiseFeedForward(feed_forward)(values), feed_forward(values)) < CLOSE


def test_attention_is_the_librarys(stock: I2VGenXLUNet) -> None:
    """Every layer of it: within frames, along time, and on what sentence and picture say, one row for each branch."""
    attentions = [layer for layer in stock.modules() if type(layer) is Attention]
    kinds = set()
    for theirs in attentions:
        our = copy.copy(theirs)
        our.processor = Attend()
        values = torch.randn(2 * 3, 7, theirs.to_q.in_features, dtype=torch.float64)
        is_cross = theirs.to_k.in_features != theirs.to_q.in_features
        kinds.add((is_cross, theirs.heads))
        context = torch.randn(2, 5, theirs.to_k.in_features, dtype=torch.float64) if is_cross else None
        wanted = theirs(values, context.repeat_interleave(3, 0) if context is not None else None)
        for _ in range(2):  # the second time with keys and values of before
            assert distance(our(values, context), wanted) < CLOSE
    assert {is_cross for is_cross, _ in kinds} == {True, False}


@pytest.mark.parametrize("plan", [RESIDENT, TWO_PASSES, SLICED], ids=lambda plan: plan.name)
@pytest.mark.parametrize("shape", SIDES[:2])
def test_several_steps_are_those_of_the_plain_loop(
    stock: I2VGenXLUNet,
    ours: I2VGenXLUNet,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, int, int],
    plan: Plan,
) -> None:
    """What is held from step to step, constants, keys and values, is held by us alone."""
    monkeypatch.setattr(slices, "VALUES_AT_ONCE", 1500)
    slice_layers(ours, plan.is_sliced)
    noise, conditions = draw(*shape)
    constants = hold_constants(ours, conditions)
    ends = []
    for is_ours in (False, True):
        sampler, latents = create_sampler("ddim", SCHEDULER, 4), noise
        for timestep in sampler.timesteps:
            if is_ours:
                answer = predict(ours, latents, timestep, constants, is_two_pass=plan.is_two_pass)
            else:
                answer = expected(stock, latents, int(timestep), conditions)
            unguided, guided = answer.chunk(2)
            latents = sampler.step(unguided + 9.0 * (guided - unguided), timestep, latents).prev_sample
        ends.append(latents)
    assert ends[0].dtype == torch.float64
    assert distance(ends[1], ends[0]) < 100 * CLOSE  # each step magnifies what guidance has magnified before


def test_keys_and_values_of_the_context_are_made_once_for_a_clip(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])
    layer: Any = ours.mid_block.attentions[0].transformer_blocks[0].attn2
    asked: list[int] = []
    layer.to_k.register_forward_pre_hook(lambda network, given: asked.append(len(given[0])))
    constants = hold_constants(ours, conditions)
    for timestep in (981, 500, 1):
        predict(ours, sample, torch.tensor(timestep), constants, is_two_pass=False)
    assert asked == [2]  # both branches at once, not for each frame
    for timestep in (981, 500):
        predict(ours, sample, torch.tensor(timestep), constants, is_two_pass=True)
    assert asked == [2, 1, 1]
    # Another clip is another context.
    predict(ours, sample, torch.tensor(1), hold_constants(ours, draw(*SIDES[0])[1]), is_two_pass=False)
    assert asked == [2, 1, 1, 2]


def test_keys_and_values_leave_with_their_clip(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[2])
    constants = hold_constants(ours, conditions)
    predict(ours, sample, torch.tensor(1), constants, is_two_pass=False)
    processor: Any = ours.mid_block.attentions[0].transformer_blocks[0].attn2.processor
    assert len(processor._held) == 1
    del constants
    assert len(processor._held) == 0


def test_both_branches_are_one_until_the_first_layer_that_reads_the_sentence(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])
    seen: dict[str, int] = {}

    def note(name: str) -> Any:
        return lambda network, given: seen.update({name: len(given[0])})

    block = ours.down_blocks[0]
    rows = SIDES[0][1] * SIDES[0][2]
    for name, network in (
        ("transformer_in", ours.transformer_in),
        ("resnet", block.resnets[0]),
        ("within frames", block.attentions[0].transformer_blocks[0].attn1),
        ("context", block.attentions[0].transformer_blocks[0].attn2),
        ("along time", block.temp_attentions[0].transformer_blocks[0].attn1),
    ):
        network.register_forward_pre_hook(note(name))
    predict(ours, sample, torch.tensor(1), hold_constants(ours, conditions), is_two_pass=False)
    assert seen == {"transformer_in": 4, "resnet": 4, "within frames": 4, "context": 8, "along time": 2 * rows}


def test_picture_and_speed_are_understood_once_for_a_clip(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])
    asked: list[str] = []
    for name in ("image_latents_proj_in", "image_latents_temporal_encoder", "fps_embedding", "context_embedding"):
        getattr(ours, name).register_forward_pre_hook(lambda network, given, name=name: asked.append(name))
    constants = hold_constants(ours, conditions)
    before = len(asked)
    for timestep in (981, 1):
        predict(ours, sample, torch.tensor(timestep), constants, is_two_pass=False)
    assert before == len(asked) == 5  # the context embedding once for each branch


# --- what the deep layers made, taken over --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SIDES)
@pytest.mark.parametrize("is_two_pass", [False, True])
def test_the_deep_layers_of_the_same_step_taken_over_change_nothing(
    ours: I2VGenXLUNet, shape: tuple[int, int, int], is_two_pass: bool
) -> None:
    sample, conditions = draw(*shape)
    constants, deep = hold_constants(ours, conditions), DeepFeatures()
    plain = predict(ours, sample, torch.tensor(500), constants, is_two_pass=is_two_pass)
    kept = predict(ours, sample, torch.tensor(500), constants, is_two_pass=is_two_pass, deep=deep)
    again = predict(ours, sample, torch.tensor(500), constants, is_two_pass=is_two_pass, deep=deep)
    assert torch.equal(kept, plain)
    assert torch.equal(again, plain)


@pytest.mark.parametrize("is_two_pass", [False, True])
def test_with_the_deep_layers_of_another_step_the_upper_ones_still_see_this_one(
    stock: I2VGenXLUNet, ours: I2VGenXLUNet, is_two_pass: bool
) -> None:
    sample, conditions = draw(*SIDES[0])
    constants, deep = hold_constants(ours, conditions), DeepFeatures()
    asked: list[str] = []
    for name in ("mid_block", "up_blocks.0", "down_blocks.0.downsamplers.0"):
        ours.get_submodule(name).register_forward_pre_hook(lambda network, given, name=name: asked.append(name))
    predict(ours, sample, torch.tensor(520), constants, is_two_pass=is_two_pass, deep=deep)
    asked.clear()
    found = predict(ours, sample, torch.tensor(500), constants, is_two_pass=is_two_pass, deep=deep)
    assert asked == []

    # The library's network, its last block given what that block was given at the step before.
    held: list[torch.Tensor] = []
    hook = stock.up_blocks[-1].register_forward_pre_hook(
        lambda block, args, kwargs: held.append(kwargs["hidden_states"]), with_kwargs=True
    )
    expected(stock, sample, 520, conditions)
    hook.remove()
    hook = stock.up_blocks[-1].register_forward_pre_hook(
        lambda block, args, kwargs: (args, {**kwargs, "hidden_states": held[0]}), with_kwargs=True
    )
    wanted = expected(stock, sample, 500, conditions)
    hook.remove()
    assert distance(found, wanted) < CLOSE
    assert distance(found, expected(stock, sample, 500, conditions)) > 1e-5


@pytest.mark.parametrize("is_two_pass", [False, True])
def test_where_guidance_ends_the_guided_branch_goes_on_with_its_own_deep_layers(
    ours: I2VGenXLUNet, is_two_pass: bool
) -> None:
    sample, conditions = draw(*SIDES[0])
    constants, deep = hold_constants(ours, conditions), DeepFeatures()
    predict(ours, sample, torch.tensor(520), constants, is_two_pass=is_two_pass, deep=deep)
    both = predict(ours, sample, torch.tensor(500), constants, is_two_pass=is_two_pass, deep=deep)
    alone = predict(ours, sample, torch.tensor(500), constants.told(False), is_two_pass=is_two_pass, deep=deep)
    assert len(alone) == 1
    assert distance(alone, both[1:]) < CLOSE
    assert distance(alone, both[:1]) > 1e-5


def test_a_step_without_guidance_is_that_of_the_guided_branch_alone(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])
    constants = hold_constants(ours, conditions)
    assert constants.told(False) is constants.told(False)  # whose keys and values are made once
    both = predict(ours, sample, torch.tensor(500), constants, is_two_pass=False)
    alone = predict(ours, sample, torch.tensor(500), constants.told(False), is_two_pass=False)
    assert distance(alone, both[1:]) < CLOSE
