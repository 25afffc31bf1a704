"""Which attention the UNet gets, proven without a card: a function that computes the same stands for xFormers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import torch

from i2v.domain.events import Event, Noticed
from i2v.engines.i2vgen_xl import attention
from i2v.engines.i2vgen_xl.attention import set_attention
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import Parts, load_parts
from i2v.engines.i2vgen_xl.spec import Attention, I2VGenXLOptions
from tests.engines.i2vgen_xl.running import MODEL, Run

Attend = Callable[..., torch.Tensor]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return load_parts(open_model_folder(MODEL), torch.device("cpu"), torch.float32)


def chosen(parts: Parts, wanted: Attention, *, exact: bool = False) -> tuple[str, list[Event]]:
    told: list[Event] = []
    return set_attention(parts, I2VGenXLOptions(attention=wanted, exact=exact), told.append), told


def install_xformers(monkeypatch: pytest.MonkeyPatch, attend: Attend) -> None:
    """An xFormers whose kernels are `attend`, for the probe and for the UNet alike."""
    ops = SimpleNamespace(memory_efficient_attention=attend)
    monkeypatch.setitem(sys.modules, "xformers", SimpleNamespace(ops=ops))
    monkeypatch.setitem(sys.modules, "xformers.ops", ops)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which xFormers runs."""
    monkeypatch.setattr(attention, "_why_not_xformers", lambda parts: "")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("theirs", "ours", "taken"), [(1.0, 1.0, "xformers"), (0.9, 1.0, "xformers"), (1.1, 1.0, "sdpa")]
)
def test_auto_takes_xformers_where_it_is_no_slower(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, theirs: float, ours: float, taken: str
) -> None:
    seconds: Iterator[float] = iter((theirs, ours))
    monkeypatch.setattr(attention, "_seconds", lambda work, device: next(seconds))
    assert chosen(parts, "auto") == (taken, [])


@pytest.mark.usefixtures("runs")
def test_xformers_attends_within_frames_and_never_along_time(parts: Parts) -> None:
    assert chosen(parts, "xformers") == ("xformers", [])
    for name, processor in parts.unet.attn_processors.items():
        is_along_time = "temp" in name or name.startswith("transformer_in")
        assert processor.takes_xformers != is_along_time, name
    assert chosen(parts, "sdpa") == ("sdpa", [])
    assert not any(processor.takes_xformers for processor in parts.unet.attn_processors.values())


@pytest.mark.usefixtures("runs")
def test_named_xformers_is_taken_even_if_slower_and_exact_never(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_xformers_is_no_slower", lambda parts: False)
    assert chosen(parts, "xformers") == ("xformers", [])
    assert chosen(parts, "xformers", exact=True) == ("sdpa", [])


def test_xformers_is_never_probed_where_nobody_wants_it(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_why_not_xformers", lambda parts: pytest.fail("probed"))
    assert chosen(parts, "sdpa") == ("sdpa", [])


def no_kernels(*given: object) -> torch.Tensor:
    """What xFormers does where its kernels were built for another PyTorch: the import goes well, the call does not."""
    raise NotImplementedError("No operator found for `memory_efficient_attention_forward` with inputs:\n  query: …")


def test_xformers_that_loads_without_its_kernels_is_told_and_done_without(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_xformers(monkeypatch, no_kernels)
    on_a_card = attention._why_not_xformers
    monkeypatch.setattr(attention, "_probe", lambda parts: torch.ones(1, 4, 2, 8))
    monkeypatch.setattr(
        attention,
        "_why_not_xformers",
        lambda parts: on_a_card(Parts(**{**vars(parts), "device": torch.device("cuda")})),
    )
    taken, told = chosen(parts, "xformers")
    (notice,) = told
    assert isinstance(notice, Noticed)
    assert (taken, notice.code) == ("sdpa", "xformers_unavailable")
    assert notice.values["reason"] == (
        "NotImplementedError: No operator found for `memory_efficient_attention_forward` with inputs"
    )
    assert chosen(parts, "auto") == ("sdpa", [])


@pytest.mark.usefixtures("runs")
def test_a_clip_is_the_same_with_either(
    engine: I2VGenXLEngine, make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)
    batches: list[int] = []

    def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """As xFormers has it: (rows, tokens, heads, channels of a head)."""
        batches.append(query.shape[0])
        by_head = [each.transpose(1, 2) for each in (query, key, value)]
        return torch.nn.functional.scaled_dot_product_attention(by_head[0], by_head[1], by_head[2]).transpose(1, 2)

    install_xformers(monkeypatch, attend)
    theirs = make(attention="xformers", exact=False)
    assert engine.facts()["attention"] == "xformers"
    ours = make(attention="sdpa", exact=False)
    assert float((theirs.latents - ours.latents).norm() / ours.latents.norm()) < 1e-5
    assert batches
    # A batch is branches × frames here; along time it would be branches × pixels.
    assert max(batches) == 2 * 4


def test_no_call_has_more_rows_than_a_cards_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rows = torch.nn.functional.scaled_dot_product_attention, list[int]()

    def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        rows.append(len(query))
        return plain(query, key, value)

    queries, keys, values = torch.randn(3, 65_536 + 7, 2, 1, 8)  # (rows, tokens, heads, channels of a head)
    wanted = plain(*(each.transpose(1, 2) for each in (queries, keys, values))).transpose(1, 2)
    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", attend)
    found = attention._attend(queries, keys, values)
    assert rows == [65_535, 8]
    torch.testing.assert_close(found, wanted)
    rows.clear()
    attention._attend(queries[:4], keys[:4], values[:4])
    assert rows == [4]
