"""While a card computes, a cancel is heard; a stand-in for the card's own events, since the wait is ours alone."""

from __future__ import annotations

import pytest
import torch

from i2v.domain.events import Event
from i2v.engines.i2vgen_xl import ticking
from i2v.engines.i2vgen_xl.ticking import Ticker, wait_for
from i2v.errors import JobCancelled

CARD = torch.device("cuda")


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A card that is done at the fourth look; how many looks there were."""
    taken: list[int] = []

    class CardEvent:
        def record(self) -> None:
            taken.clear()

        def query(self) -> bool:
            taken.append(len(taken))
            return len(taken) == 4

    monkeypatch.setattr(torch.cuda, "Event", CardEvent)
    monkeypatch.setattr(ticking, "_SECONDS_BETWEEN_TICKS", 0.0)
    return taken


def test_a_wait_for_the_card_ends_when_it_is_done_and_ticks_meanwhile(looks: list[int]) -> None:
    told: list[Event] = []
    wait_for(CARD, Ticker(told.append))
    assert (len(looks), len(told)) == (4, 3)


def test_a_cancel_is_heard_while_the_card_computes(looks: list[int]) -> None:
    def report(event: Event) -> None:
        if len(looks) == 2:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        wait_for(CARD, Ticker(report))
    assert len(looks) == 2


def test_a_processor_is_not_waited_for(looks: list[int]) -> None:
    wait_for(torch.device("cpu"), Ticker(lambda event: None))
    assert looks == []
