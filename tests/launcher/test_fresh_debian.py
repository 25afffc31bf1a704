"""On a Debian 12 with nothing but python3 and git, one command makes the environment and the next starts the app."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.fresh_debian import MARKS, Debian
from tests.launcher.start_project import ROOT, make_project

pytestmark = MARKS


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    """The fresh root with the project in /opt/i2v, as a clone would leave it."""
    machine = Debian(tmp_path_factory.mktemp("debian") / "root", "python3", "git", "ca-certificates")
    project = make_project(machine.root / "opt" / "i2v")
    for name in ("requirements.txt", "requirements.lock"):
        shutil.copy2(ROOT / name, project / name)
    machine.bring_wheels(project)
    yield machine
    machine.remove()


def test_a_user_without_rights_is_told_the_one_line_that_installs_venv(debian: Debian) -> None:
    os.chown(debian.root / "opt" / "i2v", 1000, 1000)
    done = debian.run("bash", "/opt/i2v/start_app.sh", "--prepare", user="1000:1000")
    assert done.returncode == 1
    assert "what to do: sudo apt-get install -y python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_command_makes_the_environment_and_the_next_starts_the_app(debian: Debian) -> None:
    done = debian.run("bash", "/opt/i2v/start_app.sh", "--prepare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "environment: installing python3-venv" in done.stdout
    assert "PyTorch 2.13.0" in done.stdout.splitlines()[-1]
    again = debian.run("bash", "/opt/i2v/start_app.sh", "--port", "7860")
    assert again.stdout.splitlines()[-1] == 'app ["--port", "7860"] 1 1'
    assert len(again.stdout.splitlines()) == 2
