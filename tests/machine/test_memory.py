"""Main memory, of a computer and of a container."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from i2v.machine.memory import GIB, main_memory, resident_bytes


def container(folder: Path, limit: str, used: int = GIB, cached_files: int = 0) -> Path:
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\ninactive_file {cached_files}\n")
    return folder


def test_without_a_container_it_is_the_computers(tmp_path: Path) -> None:
    memory = main_memory(tmp_path)
    assert memory.total == psutil.virtual_memory().total
    assert 0 < memory.available < memory.total


def test_a_container_without_a_limit_changes_nothing(tmp_path: Path) -> None:
    assert main_memory(container(tmp_path, "max")).total == psutil.virtual_memory().total


@pytest.mark.parametrize(("cached_files", "left"), [(0, GIB), (GIB // 4, GIB * 5 // 4)])
def test_a_containers_limit_counts_and_its_cached_files_are_free(tmp_path: Path, cached_files: int, left: int) -> None:
    memory = main_memory(container(tmp_path, str(2 * GIB), cached_files=cached_files))
    assert (memory.total, memory.available) == (2 * GIB, left)


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert resident_bytes(os.getpid()) > 2**20
    assert resident_bytes(2**22 + 1) == 0
