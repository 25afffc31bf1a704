from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import torch
from diffusers import I2VGenXLUNet

from i2v.engines.i2vgen_xl.streamed import Streamed, streamable_layers
from i2v.engines.i2vgen_xl.unet import hold_constants, predict
from tests.engines.i2vgen_xl.narrow_unet import SIDES, draw

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def test_each_layer_computes_with_its_own_weights_out_of_two_slots(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[0])

    def answer() -> torch.Tensor:
        return predict(ours, sample, torch.tensor(500), hold_constants(ours, conditions), is_two_pass=True)

    wanted = answer()
    layers = streamable_layers(ours)
    streamed = Streamed(ours, layers, CPU)
    slots = [slot.memory.untyped_storage().data_ptr() for slot in streamed._slots]
    places: list[tuple[int, ...]] = []
    for layer in layers:
        layer.register_forward_pre_hook(
            lambda layer, _: places.append(tuple(value.untyped_storage().data_ptr() for value in layer.parameters()))
        )
    for _ in range(3):
        assert torch.equal(answer(), wanted)
    assert len(places) == 3 * (2 * len(layers) - 2)  # transformer_in and the first resnet are one for both branches
    assert {place for each in places for place in each} <= set(slots)
    most = max(sum(value.nbytes for value in layer.parameters()) for layer in layers)
    assert len(slots) == 2
    assert streamed._slots[0].memory.numel() < most + 256 * 40
    streamed.end()
    assert torch.equal(answer(), wanted)


def test_the_next_layer_is_on_its_way_before_it_is_asked_for(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[2], branches=1)
    constants = hold_constants(ours, conditions)
    streamed = Streamed(ours, streamable_layers(ours), CPU)
    waited: list[bool] = []
    for load in streamed._loads:
        load.layer.register_forward_pre_hook(
            lambda *_, load=load: waited.append(streamed._slot_of(load) is None), prepend=True
        )
    predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    assert all(waited)  # nothing is known of the order yet
    waited.clear()
    predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    assert not any(waited[1:])
    streamed.end()


def test_nearly_all_weights_are_streamed_and_the_layer_gone_through_by_parts_is_not(
    ours: I2VGenXLUNet,
) -> None:
    layers = streamable_layers(ours)
    assert ours.down_blocks[0].attentions[0] not in layers
    share = sum(value.numel() for layer in layers for value in layer.parameters()) / sum(
        value.numel() for value in ours.parameters()
    )
    assert share > 0.8


def test_a_pass_that_was_cancelled_leaves_a_network_that_still_computes_right(ours: I2VGenXLUNet) -> None:
    sample, conditions = draw(*SIDES[2])
    constants = hold_constants(ours, conditions)
    wanted = predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    streamed = Streamed(ours, streamable_layers(ours), CPU)

    def cancel(*_: object) -> None:
        raise KeyboardInterrupt

    hook = ours.mid_block.resnets[0].conv1.register_forward_pre_hook(cancel)
    with pytest.raises(KeyboardInterrupt):
        predict(ours, sample, torch.tensor(1), constants, is_two_pass=True)
    hook.remove()
    assert torch.equal(predict(ours, sample, torch.tensor(1), constants, is_two_pass=True), wanted)
    streamed.end()
    assert torch.equal(predict(ours, sample, torch.tensor(1), constants, is_two_pass=True), wanted)


class Streams:
    """Stand in for a card's two streams, and note whether either waits for what it needs of the other."""

    def __init__(self) -> None:
        self.computed, self.known_to_copies = 0, -1
        self.waited_for: list[object] = []
        self.is_idle = False

    def wait_stream(self, other: object) -> None:
        self.known_to_copies = self.computed

    def record_event(self) -> object:
        assert self.known_to_copies == self.computed, "a slot is filled while a layer may still compute with it"
        return object()

    def wait_event(self, event: object) -> None:
        self.waited_for.append(event)

    def synchronize(self) -> None:
        self.is_idle = True


def test_on_a_card_no_slot_is_filled_while_it_is_used_nor_used_before_it_is_filled(
    ours: I2VGenXLUNet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sample, conditions = draw(*SIDES[2])
    streams = Streams()
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: streams)
    monkeypatch.setattr(torch.cuda, "stream", lambda lane: contextlib.nullcontext())
    streamed = Streamed(ours, streamable_layers(ours), CPU)
    streamed._lane = streams
    slots = {slot.memory.untyped_storage().data_ptr(): slot for slot in streamed._slots}

    def compute(layer: torch.nn.Module, given: object) -> None:
        for value in layer.parameters():
            assert slots[value.untyped_storage().data_ptr()].filled in streams.waited_for
        streams.computed += 1

    hooks = [load.layer.register_forward_pre_hook(compute) for load in streamed._loads]
    for _ in range(2):
        predict(ours, sample, torch.tensor(1), hold_constants(ours, conditions), is_two_pass=True)
    assert streams.computed > 2 * len(hooks)
    for hook in hooks:
        hook.remove()
    streamed.end()
    assert streams.is_idle
