"""What the engine does on a card, told by a processor: the driver's answers are made up, and no kernel runs."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from i2v.domain.events import Event, Noticed
from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl import engine as engine_module
from i2v.engines.i2vgen_xl import parts as parts_module
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.faults import Whereabouts
from i2v.engines.i2vgen_xl.memory import ENCODERS_OFFLOADED, RESIDENT, Plan, Shape, Weights, published_weights
from i2v.engines.i2vgen_xl.parts import Parts, free_cached_memory
from i2v.engines.i2vgen_xl.place import Place
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions
from i2v.engines.i2vgen_xl.spilling import SpillWatch
from i2v.engines.i2vgen_xl.ticking import Ticker
from i2v.machine.memory import GIB
from tests.engines.i2vgen_xl.running import request, run

CARD = torch.device("cuda")
PIXELS = Picture(torch.zeros(64, 64, 3, dtype=torch.uint8).numpy(), "of no account")


class Loaded(Parts):
    """A model of the published size, of which only that is looked at."""

    def __init__(self) -> None:
        super().__init__(None, None, None, None, None, None, {}, CARD, torch.float16)

    def weights(self) -> Weights:
        return published_weights(2)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A card of 12 GiB; gives what sets its free memory, what of it is ours, and whether the driver spills."""

    def fill(free_gib: float, ours_gib: float, *, spills: bool) -> Parts:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free_gib * GIB), 12 * GIB))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: int(ours_gib * GIB))
        monkeypatch.setattr("i2v.machine.gpu.driver_spills", lambda: spills)
        return Loaded()

    return fill


@pytest.mark.parametrize(
    ("free", "ours", "spills", "usable"), [(5, 0, False, 5), (5, 3, False, 8), (5, 3, True, 8), (8, 4, True, 10.8)]
)
def test_what_we_hold_of_a_card_is_free_for_us_and_the_desktops_share_is_not(
    card: Any, free: float, ours: float, spills: bool, usable: float
) -> None:
    assert parts_module.free_bytes(card(free, ours, spills=spills)) / GIB == pytest.approx(usable)


def test_the_plan_follows_from_what_is_free(card: Any) -> None:
    native = Shape(1280, 704, 16, is_guided=True, value_bytes=2)  # 10.3 GiB, or 8.2 with the encoders outside
    assert card(7, 4, spills=False).fitting_plan(native, RESIDENT) is RESIDENT
    assert card(7, 4, spills=False).fitting_plan(native, ENCODERS_OFFLOADED) is ENCODERS_OFFLOADED
    assert card(7, 2, spills=False).fitting_plan(native, RESIDENT) is ENCODERS_OFFLOADED


def test_a_plan_counts_values_as_wide_as_they_are_and_a_peak_is_of_one_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    value_bytes: list[int] = []
    restarted: list[torch.device] = []

    class Planned(Loaded):
        def fitting_plan(self, shape: Shape, highest: Plan) -> Plan:
            value_bytes.append(shape.value_bytes)
            return highest

        def take_up(self, plan: Plan) -> None:
            return

    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", restarted.append)
    monkeypatch.setattr(engine_module, "load_parts", lambda *given: Planned())
    monkeypatch.setattr(engine_module, "set_attention", lambda *given: "sdpa")
    engine = I2VGenXLEngine()
    monkeypatch.setattr(engine, "_folder", "of no account")
    for wide_from in (None, 3):
        place = Place(CARD, torch.float16, wide_from=wide_from)
        engine._prepare(place, I2VGenXLOptions(), lambda event: None, Whereabouts("loading", CARD))
    assert value_bytes == [2, 4]
    assert restarted == [CARD, CARD]


def test_a_clip_gives_back_what_a_card_and_its_copies_had_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[str] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: freed.append("card"))
    monkeypatch.setattr(torch.accelerator, "empty_host_cache", lambda: freed.append("page-locked"))
    free_cached_memory(torch.device("cpu"))
    assert freed == []
    free_cached_memory(CARD)
    assert freed == ["card", "page-locked"]


@pytest.mark.parametrize(
    ("device", "spills", "watched"), [("cuda", True, True), ("cuda", False, False), ("cpu", True, False)]
)
def test_only_where_a_driver_spills_the_times_of_steps_are_watched(
    monkeypatch: pytest.MonkeyPatch, device: str, spills: bool, watched: bool
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(engine_module, "driver_spills", lambda: spills)
    monkeypatch.setattr(engine_module, "estimate_step", lambda flops, *given: asked.append(flops))
    parts = Loaded()
    parts.device = torch.device(device)
    options = I2VGenXLOptions(width=512, height=512, num_frames=16, num_inference_steps=50)
    told: list[Event] = []
    job = engine_module._Job(
        request(), options, PIXELS, told.append, Ticker(told.append), Whereabouts("generating", parts.device)
    )
    assert isinstance(engine_module._watch_for_spilling(parts, job), SpillWatch) == watched
    assert asked == ([pytest.approx(41.9e12, rel=0.01)] if watched else [])


def test_steps_that_became_many_times_slower_are_told(
    engine: I2VGenXLEngine, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(itertools.accumulate([0, 1, 1, 1, 30, 31, 32]))
    monkeypatch.setattr(
        engine_module, "_watch_for_spilling", lambda parts, job: SpillWatch(None, job.report, lambda: next(times))
    )
    made = run(engine, picture, num_inference_steps=7, num_frames=2)
    assert made.told(Noticed) == [Noticed("card_spills", {"step": 5, "times": 30})]
