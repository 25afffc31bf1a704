from __future__ import annotations

import socket
from typing import Any

import pytest
import torch
from torch import nn

from i2v.engines.i2vgen_xl.memory import ENCODERS_OFFLOADED, RESIDENT
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import Parts, load_parts
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


def test_a_network_goes_home_when_its_work_was_cancelled(parts: Parts) -> None:
    parts.take_up(ENCODERS_OFFLOADED)
    with pytest.raises(KeyboardInterrupt), parts.visiting(parts.vae):
        raise KeyboardInterrupt
    assert parts.vae.place == "cpu"


def test_loading_asks_nothing_of_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise AssertionError(f"a connection was tried: {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)


def test_loading_leaves_the_global_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)
    assert torch.equal(torch.get_rng_state(), before)
