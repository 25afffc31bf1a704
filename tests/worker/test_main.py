from __future__ import annotations

import os
import subprocess
import sys

import pytest

from i2v.worker.__main__ import ALLOCATOR

FIRST_WORD = """
import os, sys
from i2v.worker import __main__ as worker

class Deaf:
    def __init__(self, *files):
        assert "torch" not in sys.modules

    def tell(self, event):
        print(os.environ.get("PYTORCH_ALLOC_CONF"), file=sys.stderr, flush=True)
        os._exit(0)

worker.Channel = Deaf
worker.main()
"""
"""A worker that ends with its first word, which is the setting it works by."""


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
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYTORCH_")}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_WORD], env={**others, **asked}, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == [taken]
