"""An environment that projects of tests are given a copy of: making one takes seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.start_project import copy_folder


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new .venv with nothing in it but pip."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def uv(tmp_path_factory: pytest.TempPathFactory, plain: Path) -> Path:
    """A real uv, from the package index."""
    folder = tmp_path_factory.mktemp("uv") / "tools"
    copy_folder(plain, folder)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "uv==0.13.8"], check=True, timeout=300)
    return folder / "bin" / "uv"
