"""What a preparation does when packages are missing, broken, or meant for a card: with wheels made here, no network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.start_project import card, clean_environ, make_project, make_wheel, start, torch_source

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")


def test_wheels_in_the_project_are_enough_without_a_network(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="torch==0.0.1\nsmall==1.0\n", environment=plain)
    make_wheel(project / "wheels", "torch", "0.0.1+cpu", torch_source("+cpu"))
    make_wheel(project / "wheels", "small", "1.0", "")
    environ = clean_environ(I2V_TORCH_INDEX="cpu")
    done = start(project, "--prepare", environ=environ)
    assert done.returncode == 0, done.stderr
    assert "PyTorch 0.0.1 (cpu: I2V_TORCH_INDEX=cpu)" in done.stdout
    assert done.stdout.endswith("PyTorch 0.0.1+cpu\n")
    assert "made in" not in start(project, "--prepare", environ=environ).stdout


def test_a_card_that_gets_the_cpu_build_is_told_so_at_every_start(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="torch==0.0.1\n", environment=plain)
    make_wheel(project / "wheels", "torch", "0.0.1+cpu", torch_source("+cpu"))
    environ = card(tmp_path)
    sentence = (
        "on the CPU in spite of an NVIDIA card: NVIDIA H200, driver 580.82.07: "
        "https://download.pytorch.org/whl/cu130 could not be reached"
    )
    for again in range(2):
        done = start(project, environ=environ)
        assert sentence in done.stdout, again
    assert "made in" in start(project, "--prepare", environ=environ).stdout


def test_a_package_that_cannot_be_had_is_named_with_the_way_out(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="no-such-package-i2v==1.0\n", environment=plain)
    done = start(project)
    assert done.returncode == 1
    assert "No matching distribution found for no-such-package-i2v==1.0" in done.stderr
    assert "what to do: check the network (proxy: HTTPS_PROXY" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "app" not in done.stdout.splitlines()


def test_an_environment_that_does_not_load_is_made_anew_once(tmp_path: Path) -> None:
    project = make_project(tmp_path / "app", requirements="small==1.0\n")
    make_wheel(project / "wheels", "small", "1.0", "import helper_i2v")
    first = start(project, "--prepare")
    assert first.returncode == 1
    assert "packages do not load: small: ModuleNotFoundError: No module named 'helper_i2v'" in first.stderr
    assert first.stdout.count("making .venv") == 1
    make_wheel(project / "wheels", "small", "1.0", "")
    second = start(project, "--prepare")
    assert second.returncode == 0, second.stderr
    assert "making the environment anew" in second.stdout


def test_changed_requirements_are_taken_up_at_the_next_start(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", environment=plain)
    assert start(project, "--prepare").returncode == 0
    make_wheel(project / "wheels", "small", "1.0", "")
    for name in ("requirements.txt", "requirements.lock"):
        (project / name).write_text("small==1.0\n", encoding="utf-8")
    done = start(project, "--prepare")
    assert done.returncode == 0, done.stderr
    assert "packages of requirements.lock" in done.stdout
    assert "making .venv" not in done.stdout


def test_a_package_left_half_installed_by_a_killed_start_is_installed_again(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="small==1.0\n", environment=plain)
    make_wheel(project / "wheels", "small", "1.0", "")
    assert start(project, "--prepare").returncode == 0
    (site,) = (project / ".venv").glob("lib/python3*/site-packages")
    (site / "small-1.0.dist-info" / "RECORD").unlink()
    (site / "small.py").unlink()
    (project / ".venv" / "i2v_ready.json").unlink()
    done = start(project, "--prepare")
    assert done.returncode == 0, done.stderr
    assert "making .venv" not in done.stdout
    assert (site / "small.py").is_file()


def test_a_conda_environment_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    project = make_project(tmp_path / "app")
    environ = {**clean_environ(), "CONDA_PREFIX": str(tmp_path / "envs" / "i2v"), "CONDA_DEFAULT_ENV": "i2v"}
    done = start(project, environ=environ)
    assert done.returncode == 1
    assert f"the conda environment {tmp_path / 'envs' / 'i2v'} has no pip" in done.stderr
    assert "what to do: conda env create -f environment_i2v.yaml && conda activate i2v" in done.stderr


def test_a_conda_environment_is_filled_where_it_is(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", environment=plain)
    assert start(project, "--prepare").returncode == 0
    conda = tmp_path / "envs" / "i2v"
    conda.parent.mkdir()
    (project / ".venv").rename(conda)  # has an interpreter and pip, which is all that matters here
    environ = {**clean_environ(), "CONDA_PREFIX": str(conda), "CONDA_DEFAULT_ENV": "i2v"}
    done = start(project, environ=environ)
    assert done.returncode == 0, done.stderr
    assert f"environment: {conda}\n" in done.stdout
    assert not (project / ".venv").exists()


def test_an_environment_of_another_python_is_made_anew(tmp_path: Path, plain: Path) -> None:
    """Of a Python that is too old, or one that was updated and finds its packages no more."""
    project = make_project(tmp_path / "app", environment=plain)
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    done = start(project)
    assert done.returncode == 0, done.stderr
    assert "rebuilding the broken .venv with Python" in done.stdout
    assert python.is_symlink()


def test_a_build_that_is_there_already_is_not_fetched_again(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="torch==0.0.1\n", environment=plain)
    make_wheel(project / "wheels", "torch", "0.0.1+cu130", torch_source("+cu130"))
    environ = card(tmp_path)
    assert start(project, "--prepare", environ=environ).returncode == 0
    (project / "requirements.txt").write_text("torch==0.0.1\n# a remark\n", encoding="utf-8")
    done = start(project, "--prepare", environ=environ)
    assert "making a small clip with it" in done.stdout
    assert "PyTorch 0.0.1 (cu130" not in done.stdout


LOCKED_ONCE = """#!/bin/sh
case "$*" in *"pip install"*)
  if [ ! -e "{told}" ]; then touch "{told}"; echo "ERROR: [WinError 32] used by another process"; exit 1; fi
esac
exec "{python}" "$@"
"""


def test_a_file_that_a_virus_scanner_holds_is_tried_again(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="small==1.0\n", environment=plain)
    make_wheel(project / "wheels", "small", "1.0", "")
    python = project / ".venv" / "bin" / "python"
    real = python.rename(python.with_name("python-itself"))
    python.write_text(LOCKED_ONCE.format(told=tmp_path / "told", python=real), encoding="utf-8")
    python.chmod(0o755)
    done = start(project, "--prepare")
    assert done.returncode == 0, done.stderr
    (log,) = (project / "logs").glob("install_*.log")
    assert "WinError 32" in log.read_text(encoding="utf-8")


def processor_seconds(*command: str) -> float:
    """What a command costs at best, whatever else the machine is doing."""
    import resource  # which Windows does not have

    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=clean_environ(), stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_a_start_that_finds_everything_ready_adds_less_than_a_tenth_of_a_second(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", environment=plain)
    # As many packages as a real environment has, each of which the stamp vouches for.
    (site,) = (project / ".venv").glob("lib/python3*/site-packages")
    for number in range(100):
        (site / f"package{number}-1.0.dist-info").mkdir()
        for name in ("INSTALLER", "RECORD"):
            (site / f"package{number}-1.0.dist-info" / name).touch()
    assert start(project, "--prepare").returncode == 0
    bare = processor_seconds(sys.executable, "-c", "pass")
    ready = processor_seconds(sys.executable, str(project / "launcher.py"), "--prepare")
    print(f"a bare interpreter {1000 * bare:.0f} ms, a start that finds everything ready {1000 * ready:.0f} ms")
    assert ready - bare < 0.1
