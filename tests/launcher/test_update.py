"""An update takes the place of what worked only once it works itself, wherever it is cut short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launch.environment import NAME, NEW, OLD
from launch.update import small_picture
from tests.launcher.start_project import STUB_APP, clean_environ, copy_folder, make_project, make_wheel, start

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")

SOURCE = "version = {!r}\ndef main(): print(version)\n"
NO_CLIP = "import sys\nif 'generate' in sys.argv: sys.exit('ERROR: no clip today')\nprint('app')\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, plain: Path) -> Path:
    """A project that works with small 1.0."""
    project = make_project(tmp_path_factory.mktemp("update") / "app", requirements="small==1.0\n", environment=plain)
    make_wheel(project / "wheels", "small", "1.0", SOURCE.format("1.0"))
    done = start(project, "--prepare")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    """The same project, asking for small 2.0, which lies in wheels/."""
    copy = tmp_path / "app"
    copy_folder(prepared, copy)
    want(copy, "2.0", SOURCE.format("2.0"))
    return copy


def want(project: Path, version: str, source: str | None) -> None:
    """Changes the requirements, and makes the wheel unless there is no source."""
    if source is not None:
        make_wheel(project / "wheels", "small", version, source)
    for name in ("requirements.txt", "requirements.lock"):
        write(project / name, f"small=={version}\n")


def write(path: Path, text: str) -> None:
    """Writes a file anew: those of the projects here are shared with the one they are copies of."""
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def version(project: Path) -> str:
    """Which version of small the environment has, asked through a command that pip wrote with the path in it."""
    command = [str(project / NAME / "bin" / "python"), "-c", "import small; print(small.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def leftovers(project: Path) -> list[str]:
    """What an update leaves beside the environment."""
    return [name for name in (NEW, OLD) if (project / name).exists()]


def last_log(project: Path) -> str:
    """The log of the last preparation."""
    return max((project / "logs").glob("install_*.log")).read_text(encoding="utf-8")


def test_a_good_update_makes_a_clip_before_it_takes_the_old_ones_place(project: Path) -> None:
    done = start(project, "--update")
    assert done.returncode == 0, done.stderr
    assert "building the new environment beside the one in use" in done.stdout
    assert "making a small clip with it" in done.stdout
    assert version(project) == "2.0"
    assert leftovers(project) == []
    log = last_log(project)
    assert f"{project / NEW / 'bin' / 'python'} {project / 'main.py'} generate --image" in log
    assert "--engine camera" in log
    assert "--cpu" in log
    again = start(project, "--update")
    assert again.stdout == f"environment: up to date, nothing to update\nenvironment: {project / NAME}\n"
    assert start(project).stdout.splitlines()[0] == f"environment: {project / NAME}"


def test_commands_of_the_new_environment_know_where_it_lies(project: Path) -> None:
    assert start(project, "--update").returncode == 0
    script = project / NAME / "bin" / "small-command"
    assert NEW not in script.read_text(encoding="utf-8")
    assert subprocess.run([str(script)], capture_output=True, text=True, check=True).stdout == "2.0\n"


def test_what_the_old_environment_holds_is_not_touched_while_the_new_one_is_built(project: Path) -> None:
    (old,) = project.glob(f"{NAME}/lib/python3*/site-packages/small.py")
    before = old.read_bytes()
    write(project / "main.py", NO_CLIP)
    assert start(project, "--update").returncode == 1
    assert old.read_bytes() == before
    assert version(project) == "1.0"


@pytest.mark.parametrize(
    ("source", "app", "reason"),
    [
        pytest.param(None, "print('app')", "No matching distribution found for small==3.0", id="install"),
        pytest.param(SOURCE.format("3.0"), NO_CLIP, "no clip could be made with it: ERROR: no clip today", id="clip"),
        # Which is tried once more in an environment made from nothing.
        pytest.param(
            "import helper_i2v", "print('app')", "No module named 'helper_i2v'", id="import", marks=pytest.mark.long
        ),
    ],
)
def test_an_update_that_fails_leaves_the_old_environment_at_work(
    project: Path, source: str | None, app: str, reason: str
) -> None:
    write(project / "main.py", app)
    want(project, "3.0", source)
    done = start(project, "--update")
    assert done.returncode == 1
    assert "the update failed, the environment in use stays as it was: " in done.stderr
    assert reason in done.stderr
    assert version(project) == "1.0"
    assert leftovers(project) == []
    after = start(project)
    assert after.returncode == 0
    assert after.stdout.splitlines()[-1] == "app"
    assert "in use are the packages of an earlier version" in after.stdout
    assert "(again: --update)" in after.stdout
    assert "building" not in after.stdout  # not every start tries again


def test_a_start_takes_up_changed_requirements_and_keeps_what_works_where_it_cannot(project: Path) -> None:
    want(project, "3.0", None)
    first, second = start(project), start(project)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "building" in first.stdout
    assert "building" not in second.stdout
    assert "No matching distribution" in second.stdout
    assert version(project) == "1.0"
    want(project, "1.0", None)
    assert "earlier version" not in start(project).stdout
    want(project, "3.0", SOURCE.format("3.0"))
    assert start(project, "--update").returncode == 0
    assert "earlier version" not in start(project).stdout
    assert version(project) == "3.0"


KILLED = """
import os, signal, sys
sys.path.insert(0, {project!r})
sys.argv = ["launcher.py"]
import launcher
from launch import install, update

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def after(module, name, times=1):
    whole, calls = getattr(module, name), []

    def count(*arguments, **named):
        result = whole(*arguments, **named)
        calls.append(name)
        return die() if len(calls) == times else result

    setattr(module, name, count)

{point}
launcher.start(["--update"])
"""
POINTS = {
    "half copied": ("update.shutil.copystat = die", "1.0"),
    "copied": ("after(update, 'copy_environment')", "1.0"),
    "while installing": ("install.install_pinned = die", "1.0"),
    "installed": ("after(install, 'install_pinned')", "1.0"),
    "before the clip": ("update.prove_clip = die", "1.0"),
    "clip made": ("after(update, 'prove_clip')", "1.0"),
    "before the swap": ("after(update, 'write_stamp')", "1.0"),
    "between the renames": ("after(update, 'rename')", "1.0"),
    "swapped": ("after(update, 'rename', 2)", "2.0"),
}


# The moments at which most could be lost; the others take their time with `--test all`.
DECISIVE = {"copied", "while installing", "between the renames", "swapped"}


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=() if point in DECISIVE else pytest.mark.long) for point in POINTS]
)
def test_an_update_that_is_killed_leaves_an_environment_that_works(project: Path, point: str) -> None:
    how, left = POINTS[point]
    script = KILLED.format(project=str(project), point=how)
    done = subprocess.run([sys.executable, "-c", script], env=clean_environ(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    for wheel in (project / "wheels").glob("small-2*"):
        wheel.unlink()  # so that the next start cannot make up for it
    after = start(project, "x")
    assert after.returncode == 0, after.stderr
    assert after.stdout.splitlines()[-1] == 'app ["x"] 1 1'
    assert version(project) == left
    assert ("an update was cut short" in after.stdout) == (point == "between the renames")
    assert leftovers(project) == []


def test_an_update_waits_until_the_app_has_been_stopped(project: Path) -> None:
    waits = "if len(sys.argv) == 1: import time; print('ready', flush=True); time.sleep(30)"
    write(project / "main.py", f"{STUB_APP}\n{waits}\n")
    want(project, "1.0", None)  # a start does not update by itself then
    with subprocess.Popen(
        ["bash", str(project / "start_app.sh")], env=clean_environ(), stdout=subprocess.PIPE, text=True
    ) as app:
        assert app.stdout is not None
        while "ready" not in app.stdout.readline():
            pass
        want(project, "2.0", None)
        done = start(project, "--update")
        app.terminate()
    assert done.returncode == 1
    assert f"the app is running from {project / NAME}" in done.stderr
    assert "stop it with --stop, then start with --update again" in done.stderr
    assert version(project) == "1.0"
    assert start(project, "--update").returncode == 0


def test_a_folder_that_cannot_be_written_to_goes_on_with_what_it_has(project: Path) -> None:
    (project / ".venv.lock").unlink()
    (project / ".venv.lock").mkdir()  # as little to be opened for writing as a file in a read-only folder
    done = start(project, "x")
    assert done.returncode == 0, done.stderr
    assert "the environment in use stays as it was: cannot write to" in done.stdout
    assert done.stdout.splitlines()[-1] == 'app ["x"] 1 1'


def test_condas_environment_is_updated_in_place_and_its_packages_come_back(project: Path, tmp_path: Path) -> None:
    conda = tmp_path / "envs" / "any"
    conda.parent.mkdir()
    (project / NAME).rename(conda)  # has an interpreter and pip, which is all that matters here
    environ = clean_environ(CONDA_PREFIX=str(conda), CONDA_DEFAULT_ENV="any")
    main = (project / "main.py").read_text(encoding="utf-8")
    write(project / "main.py", NO_CLIP)
    done = start(project, "--update", environ=environ)
    assert done.returncode == 1
    assert "updating conda's environment in place" in done.stdout
    assert "the packages of before are back" in done.stdout
    (small,) = conda.glob("lib/python3*/site-packages/small.py")
    assert "1.0" in small.read_text(encoding="utf-8")
    assert start(project, environ=environ).stdout.splitlines()[-1] == "app"
    write(project / "main.py", main)
    assert start(project, "--update", environ=environ).returncode == 0
    assert "2.0" in small.read_text(encoding="utf-8")


def test_the_small_picture_is_one_that_programs_open(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "picture.bmp"
    path.write_bytes(small_picture())
    with Image.open(path) as picture:
        picture.load()
        assert (picture.size, picture.mode) == ((64, 64), "RGB")
        assert len(picture.getcolors(64 * 64) or ()) > 1000
