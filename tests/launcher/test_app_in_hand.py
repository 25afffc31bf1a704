"""The whole way from start_app.sh to a running app and back: in the background, ended, started anew, twice at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from i2v.storage.ownership import read_owner
from tests.launcher.start_project import AWKWARD, ROOT, clean_environ, make_project, start
from tests.serving import free_port

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")


# The app in its own environment, with the packages of the one that this test runs in.
BORROW = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"


def make_app(folder: Path, environment: Path | None = None) -> Path:
    """The real app in a folder of its own, on a port of its own."""
    app = BORROW + (ROOT / "main.py").read_text(encoding="utf-8")
    make_project(folder, app, environment=environment)
    shutil.copytree(ROOT / "i2v", folder / "i2v")
    (folder / "config.yaml").write_text(f"port: {free_port()}\nopen_browser: false\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, plain: Path) -> Iterator[Path]:
    """A prepared app; nothing of it runs on when the tests are over."""
    folder = make_app(tmp_path_factory.mktemp("app") / AWKWARD, plain)
    assert start(folder, "--prepare").returncode == 0
    yield folder
    start(folder, "--stop")


def owner(project: Path) -> psutil.Process:
    """The process of the running app."""
    return psutil.Process(int(str(read_owner(project / "outputs" / ".i2v")["pid"])))


def test_the_app_is_started_in_the_background_started_anew_and_ended(project: Path) -> None:
    started = start(project, "--background")
    assert started.returncode == 0, started.stdout + started.stderr
    first = owner(project)
    assert f"(process {first.pid})" in started.stderr
    launcher = first.parent()
    assert launcher is not None
    assert str(project / "launcher.py") in launcher.cmdline()
    assert os.getsid(launcher.pid) == launcher.pid

    again = start(project)
    assert again.returncode == 0, again.stderr
    assert f"running already: http://localhost:{(project / 'config.yaml').read_text().split()[1]}" in again.stderr

    anew = start(project, "--restart", "--background")
    assert anew.returncode == 0, anew.stderr
    assert not first.is_running()
    assert owner(project).pid != first.pid
    assert anew.stderr.count("Nothing to stop") == 0

    ended = start(project, "--stop")
    assert ended.returncode == 0, ended.stderr
    assert "environment:" not in ended.stdout
    assert psutil.wait_procs([launcher], timeout=5)[1] == []
    assert read_owner(project / "outputs" / ".i2v") == {}


def test_a_killed_launcher_leaves_no_app_and_a_killed_app_no_obstacle(project: Path) -> None:
    assert start(project, "--background").returncode == 0
    app = owner(project)
    app.kill()
    app.wait(5)
    assert start(project, "--background").returncode == 0
    app = owner(project)
    assert app.parent() is not None
    app.parents()[0].kill()
    if sys.platform == "linux":
        assert psutil.wait_procs([app], timeout=10)[1] == []
    assert start(project, "--stop").returncode == 0


def test_two_starts_at_once_on_a_fresh_folder_prepare_once_and_serve_once(tmp_path: Path) -> None:
    folder = make_app(tmp_path / AWKWARD)
    command = ["bash", str(folder / "start_app.sh")]
    both = [
        subprocess.Popen(command, env=clean_environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    until = time.monotonic() + 90
    while all(child.poll() is None for child in both):
        assert time.monotonic() < until
        time.sleep(0.1)
    (second,) = [child for child in both if child.poll() is not None]
    assert second.returncode == 0
    assert start(folder, "--stop").returncode == 0
    said = "".join(child.communicate(timeout=30)[0] for child in both)
    assert [child.returncode for child in both] == [0, 0], said
    assert said.count("making .venv") == 1
    assert said.count("another start is preparing it, waiting") == 1
    assert said.count("running already") == 1
    assert said.count("port: ") == 1


def test_there_is_nothing_to_stop_where_there_is_no_environment(tmp_path: Path) -> None:
    folder = make_project(tmp_path / AWKWARD)
    done = start(folder, "--stop")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to stop" in done.stdout
    assert not (folder / ".venv").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_the_unit_is_all_that_is_printed_for_its_file(project: Path) -> None:
    done = start(project, "--systemd", "--port", "7900")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[Unit]\n")
    assert f'ExecStart=/bin/sh "{project}/start_app.sh" --port 7900\n' in done.stdout
    assert "I2V_LAUNCHED" not in done.stdout
    assert "environment: " in done.stderr
