from __future__ import annotations

import socket
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from i2v.engines.i2vgen_xl import parts as parts_module
from i2v.engines.i2vgen_xl.memory import ENCODERS_OFFLOADED, RESIDENT, SLICED, STREAMED, TWO_PASSES, Plan
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import Parts, PoolOnCpu, choose_device, choose_dtype, load_parts
from i2v.engines.i2vgen_xl.streamed import Streamed
from tests.engines.i2vgen_xl.running import MODEL

META = torch.device("meta")
"""Stands for a GPU: another device than main memory."""


class Network(nn.Module):
    """Keeps only where it was sent last."""

    def __init__(self) -> None:
        super().__init__()
        self.place = "cpu"

    def to(self, device: Any) -> Network:  # type: ignore[override]
        self.place = str(device)
        return self


@pytest.fixture
def parts() -> Parts:
    text, image, unet, vae = (Network() for _ in range(4))
    return Parts(None, text, image, None, unet, vae, {}, META, torch.float16)


def places(parts: Parts) -> list[str]:
    return [network.place for network in (parts.text_encoder, parts.image_encoder, parts.unet, parts.vae)]


def test_with_room_everything_stays_on_the_device(parts: Parts) -> None:
    parts.take_up(RESIDENT)
    with parts.visiting(parts.text_encoder):
        assert places(parts) == ["meta"] * 4
    assert places(parts) == ["meta"] * 4


def test_without_room_networks_visit_the_device_one_at_a_time(parts: Parts) -> None:
    parts.take_up(RESIDENT)
    parts.take_up(ENCODERS_OFFLOADED)
    assert places(parts) == ["cpu"] * 4
    with parts.visiting(parts.image_encoder):
        assert places(parts) == ["cpu", "meta", "cpu", "cpu"]
    assert places(parts) == ["cpu"] * 4


@pytest.mark.parametrize(("plan", "place"), [(RESIDENT, "meta"), (TWO_PASSES, "meta"), (SLICED, "cpu")])
def test_the_unet_leaves_for_the_vae_where_layers_go_in_pieces_and_else_waits_for_the_next_clip(
    parts: Parts, plan: Plan, place: str
) -> None:
    parts.take_up(plan)
    with parts.visiting(parts.unet):
        assert parts.unet.place == "meta"
    assert parts.unet.place == place


def test_a_network_goes_home_when_its_work_was_cancelled(parts: Parts) -> None:
    parts.take_up(ENCODERS_OFFLOADED)
    with pytest.raises(KeyboardInterrupt), parts.visiting(parts.vae):
        raise KeyboardInterrupt
    assert parts.vae.place == "cpu"


def read_all() -> None:
    """The whole model, the encoders too."""
    parts = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)
    for name in ("text_encoder", "image_encoder"):
        with parts.working(name):
            pass


def leaving(parts: Parts, name: str) -> weakref.ref[nn.Module]:
    with parts.working(name):
        network = weakref.ref(getattr(parts, name))
        assert network() is not None
    return network


@pytest.mark.parametrize("name", ["text_encoder", "image_encoder"])
def test_an_encoder_comes_for_its_work_and_leaves_memory_afterwards(name: str) -> None:
    parts = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)
    before = parts.weights()
    assert getattr(parts, name) is None
    gone = leaving(parts, name)
    assert getattr(parts, name) is None
    assert gone() is None
    with parts.working(name):  # and it can come again
        now = parts.weights()
    for size, resting in ((now.text_encoder, before.text_encoder), (now.image_encoder, before.image_encoder)):
        assert resting <= size < resting + 1000  # numbers of places, which no file holds


def test_an_encoder_leaves_when_its_work_was_cancelled() -> None:
    parts = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)
    with pytest.raises(KeyboardInterrupt), parts.working("text_encoder"):
        raise KeyboardInterrupt
    assert parts.text_encoder is None


@pytest.mark.parametrize(("plan", "stays"), [(RESIDENT, True), (ENCODERS_OFFLOADED, False)])
def test_a_card_with_room_keeps_its_encoders_and_one_without_does_not(parts: Parts, plan: Plan, stays: bool) -> None:
    parts.folder = open_model_folder(MODEL)
    parts.take_up(plan)
    for name in ("text_encoder", "image_encoder", "vae"):
        with parts.working(name):
            assert getattr(parts, name).place == "meta"
    assert [parts.text_encoder is not None, parts.image_encoder is not None] == [stays, stays]
    assert parts.vae.place == ("meta" if stays else "cpu")
    parts.take_up(plan)  # with or without encoders


def test_under_the_last_plan_unet_and_encoders_are_streamed_and_under_the_one_before_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streamed: list[tuple[str, bool]] = []

    class Noted(Streamed):
        def __init__(self, network: nn.Module, layers: Sequence[nn.Module], device: torch.device) -> None:
            streamed.append((type(network).__name__, len(layers) > 0))
            super().__init__(network, layers, device)

    monkeypatch.setattr(parts_module, "Streamed", Noted)
    monkeypatch.setattr(parts_module, "can_pack", lambda dtype: False)
    parts = load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)
    for plan in (SLICED, STREAMED):
        parts.take_up(plan)
        assert streamed == []
        for name in ("text_encoder", "image_encoder", "vae"):
            with parts.working(name):
                pass
        with parts.visiting(parts.unet):
            pass
    assert streamed == [("CLIPTextModel", True), ("CLIPVisionModelWithProjection", True), ("I2VGenXLUNet", True)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not list a process's mapped files")
def test_weights_of_the_wanted_type_stay_mapped_to_their_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """On their way to a card they take no main memory of their own. The files of the tiny model hold float32."""
    monkeypatch.setattr(parts_module, "can_pack", lambda dtype: False)
    for dtype, is_mapped in ((torch.float32, True), (torch.bfloat16, False)):
        parts = load_parts(open_model_folder(MODEL), torch.device("cpu"), dtype)
        with parts.working("text_encoder"):
            for network in (parts.unet, parts.text_encoder):
                mapped = sum(value.nbytes for value in network.parameters() if is_of_a_file(value))
                assert (mapped > 0.99 * sum(value.nbytes for value in network.parameters())) == is_mapped


def is_of_a_file(value: torch.Tensor) -> bool:
    for line in Path("/proc/self/maps").read_text().splitlines():
        begin, _, end = line.split()[0].partition("-")
        if int(begin, 16) <= value.data_ptr() < int(end, 16):
            return line.endswith(".safetensors")
    return False


def test_loading_asks_nothing_of_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise AssertionError(f"a connection was tried: {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    read_all()


def test_loading_leaves_the_global_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    read_all()
    assert torch.equal(torch.get_rng_state(), before)


def test_on_mps_the_one_pool_it_cannot_do_is_done_on_the_cpu() -> None:
    for device, kind in (("mps", PoolOnCpu), ("cpu", nn.AdaptiveAvgPool2d)):
        unet = load_parts(open_model_folder(MODEL), torch.device(device), torch.float32).unet
        assert [type(layer) for layer in unet.image_latents_context_embedding if "Pool" in type(layer).__name__] == [
            kind
        ]


@pytest.mark.parametrize(
    ("present", "wanted", "taken"),
    [
        (("cuda", "mps"), "auto", "cuda"),
        (("mps",), "auto", "mps"),
        ((), "auto", "cpu"),
        (("cuda", "mps"), "cpu", "cpu"),
        (("cuda", "mps"), "mps", "mps"),
    ],
)
def test_auto_takes_the_fastest_device_there_is_and_a_named_one_is_taken_at_its_word(
    monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...], wanted: str, taken: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in present)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in present)
    assert choose_device(wanted).type == taken


@pytest.mark.parametrize(
    ("device", "float32_seconds", "bf16_seconds", "dtype"),
    [
        ("cuda", 1.0, 1.0, torch.float16),
        ("mps", 1.0, 1.0, torch.float16),
        ("cpu", 1.0, 0.4, torch.bfloat16),
        ("cpu", 1.0, 0.9, torch.float32),
        ("cpu", 1.0, 4.0, torch.float32),
    ],
)
def test_a_card_works_in_fp16_and_a_cpu_in_bf16_only_where_that_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, device: str, float32_seconds: float, bf16_seconds: float, dtype: torch.dtype
) -> None:
    took = {torch.float32: float32_seconds, torch.bfloat16: bf16_seconds}
    monkeypatch.setattr(parts_module, "_seconds_to_multiply", took.__getitem__)
    parts_module._bf16_speedup.cache_clear()
    assert choose_dtype(torch.device(device)) == dtype
    parts_module._bf16_speedup.cache_clear()
