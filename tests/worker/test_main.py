from __future__ import annotations

import os
import subprocess
import sys

import pytest

from i2v.worker import __main__ as worker
from i2v.worker.__main__ import ALLOCATOR

FIRST_WORD = """
import os, sys
from i2v.worker import __main__ as worker

class Deaf:
    def __init__(self, *files):
        assert "torch" not in sys.modules

    def tell(self, event):
        names = ("PYTORCH_ALLOC_CONF", "CUDA_DEVICE_ORDER")
        print(*(os.environ.get(name) for name in names), file=sys.stderr, flush=True)
        os._exit(0)

worker.Channel = Deaf
worker.main()
"""
"""A worker that ends with its first word, which are the settings it works by."""


def settings(asked: dict[str, str]) -> list[str]:
    """For PyTorch's allocator and for the order of cards, of a worker whose user asked for something."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("PYTORCH_", "CUDA_"))}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_WORD], env={**others, **asked}, capture_output=True, text=True, check=True
    )
    return done.stderr.split()


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ({}, ALLOCATOR),
        ({"PYTORCH_ALLOC_CONF": "expandable_segments:True"}, "expandable_segments:True"),
        ({"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}, "None"),
    ],
    ids=["nothing", "another", "another by its old name"],
)
def test_page_locked_memory_goes_back_to_the_system_unless_the_user_asks_otherwise(
    asked: dict[str, str], taken: str
) -> None:
    assert settings(asked)[0] == taken


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({}, "None"),
        ({"CUDA_VISIBLE_DEVICES": "1"}, "PCI_BUS_ID"),
        ({"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "FASTEST_FIRST"}, "FASTEST_FIRST"),
    ],
    ids=["nothing", "a card by its number", "in an order of its own"],
)
def test_the_number_of_a_card_is_that_of_the_drivers_tool(asked: dict[str, str], order: str) -> None:
    assert settings(asked)[1] == order


@pytest.mark.parametrize(
    ("installed", "knows"),
    [
        ("2.13.0+cu130", True),
        ("2.13.1", True),
        ("3.0.0", True),
        ("2.9.1+cu126", False),
        ("1.13.1", False),
        (None, False),
    ],
)
def test_a_pytorch_that_does_not_know_the_setting_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, installed: str | None, knows: bool
) -> None:
    monkeypatch.setattr(worker, "installed_version", lambda name: installed)
    assert worker.knows_allocator() == knows
    monkeypatch.setattr(os, "environ", {})
    worker._set_environment()
    assert ("PYTORCH_ALLOC_CONF" in os.environ) == knows
