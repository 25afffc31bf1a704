"""Which environment a start uses, as a table, and what conda is asked to make: with a stand-in that notes its calls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launch.conda import Conda, conda_paths, create_command, find_conda, read_conda_file
from launch.environment import find_environment
from tests.launcher.start_project import ROOT, clean_environ, make_project, start

YAML = (ROOT / "environment_i2v.yaml").read_text(encoding="utf-8")
BASE = {"CONDA_PREFIX": "/opt/conda", "CONDA_DEFAULT_ENV": "base"}


def test_an_activated_conda_environment_of_any_name_is_used(tmp_path: Path) -> None:
    for name in ("i2v", "other", "/srv/envs/by_path"):
        active = {"CONDA_PREFIX": f"/opt/conda/envs/{name}", "CONDA_DEFAULT_ENV": name}
        found = find_environment(tmp_path, active, windows=False)
        assert (found.python, found.is_conda) == (Path(f"/opt/conda/envs/{name}/bin/python"), True)
        assert find_environment(tmp_path, active, windows=True).python.name == "python.exe"


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    """An installed conda."""
    program = tmp_path / "conda" / "bin" / "conda"
    program.parent.mkdir(parents=True)
    program.touch()
    return Conda(str(program), tmp_path / "conda")


def test_base_is_left_alone_and_who_starts_from_it_gets_an_environment_of_condas(tmp_path: Path, conda: Conda) -> None:
    assert find_environment(tmp_path, BASE, False).folder == tmp_path / ".venv"
    assert find_environment(tmp_path, BASE, False, conda, tmp_path).folder == tmp_path / ".conda"
    assert find_environment(tmp_path, {}, False).folder == tmp_path / ".venv"


def test_what_the_project_has_already_is_kept(tmp_path: Path, conda: Conda) -> None:
    (tmp_path / ".venv").mkdir()
    assert find_environment(tmp_path, BASE, False, conda, tmp_path).folder == tmp_path / ".venv"
    (tmp_path / ".conda").mkdir()
    assert find_environment(tmp_path, {}, False, None, tmp_path).folder == tmp_path / ".conda"


@pytest.mark.parametrize("where", ["conda/envs/i2v", ".conda/envs/i2v"])
def test_the_environment_that_the_yaml_names_is_used_without_being_activated(
    tmp_path: Path, conda: Conda, where: str
) -> None:
    python = tmp_path / where / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    project = tmp_path / "project"
    assert find_environment(project, BASE, False, conda, tmp_path).folder == tmp_path / where
    assert find_environment(project, {}, False, None, tmp_path).folder == project / ".venv"


def test_conda_counts_only_where_the_user_starts_from_it(tmp_path: Path, conda: Conda) -> None:
    told = {"CONDA_EXE": conda.executable}
    assert find_conda(told, tmp_path, False) is None  # installed, not activated, and another Python runs this
    assert find_conda({**told, **BASE}, tmp_path, False) == conda
    assert find_conda({"MAMBA_EXE": conda.executable, **BASE}, tmp_path, False) == conda
    (conda.root / "conda-meta").mkdir()
    assert find_conda({}, conda.root, False) == conda
    assert find_conda({}, conda.root, True) is None  # Windows' lies in Scripts
    (conda.root / "Scripts").mkdir()
    (conda.root / "Scripts" / "conda.exe").touch()
    assert find_conda({}, conda.root, True) == Conda(str(conda.root / "Scripts" / "conda.exe"), conda.root)


def test_conda_is_asked_for_python_and_pip_from_the_channels_of_the_yaml() -> None:
    assert read_conda_file(YAML) == (["conda-forge", "nodefaults"], ["python=3.12", "pip"])
    command = create_command(Conda("/opt/conda/bin/conda", Path("/opt/conda")), Path("/srv/i2v/.conda"), YAML)
    assert command == [
        *("/opt/conda/bin/conda", "create", "--yes", "--prefix", "/srv/i2v/.conda"),
        *("--override-channels", "--channel", "conda-forge", "python=3.12", "pip"),
    ]


def test_condas_libraries_on_windows_are_on_the_path() -> None:
    assert str(Path("C:/i2v/.conda/Library/bin")) in conda_paths(Path("C:/i2v/.conda"))


# --- With a stand-in for conda ----------------------------------------------------------------------------------------

CREATE = """#!/bin/sh
echo "$@" >> "{calls}"
{fails}
mkdir -p "$4" && cp -a "{plain}/." "$4" && mkdir -p "$4/conda-meta"
"""


def start_from_conda(folder: Path, plain: Path, fails: str = "") -> dict[str, str]:
    """The environment of somebody whose conda has its base activated."""
    program = folder / "conda" / "bin" / "conda"
    program.parent.mkdir(parents=True)
    program.write_text(CREATE.format(calls=folder / "calls", plain=plain, fails=fails), encoding="utf-8")
    program.chmod(0o755)
    active = {"CONDA_PREFIX": str(folder / "conda"), "CONDA_DEFAULT_ENV": "base", "CONDA_EXE": str(program)}
    return clean_environ(**active, HOME=str(folder))


unix = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")


@unix
def test_who_starts_from_conda_gets_an_environment_of_condas_in_the_project(tmp_path: Path, plain: Path) -> None:
    environ, project = start_from_conda(tmp_path, plain), make_project(tmp_path / "app")
    done = start(project, environ=environ)
    assert done.returncode == 0, done.stderr
    assert f"making .conda with {tmp_path}/conda/bin/conda: python=3.12, pip" in done.stdout
    assert f"environment: {project / '.conda'}\n" in done.stdout
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    wanted = f"create --yes --prefix {project / '.conda'} --override-channels --channel conda-forge python=3.12 pip"
    assert calls == [wanted]
    again = start(project, environ=clean_environ())  # from a shell that knows nothing of conda
    assert again.stdout.startswith(f"environment: {project / '.conda'}\n")
    (project / ".conda" / "bin" / "python").unlink()
    assert start(project, environ=environ).returncode == 0
    assert len((tmp_path / "calls").read_text(encoding="utf-8").splitlines()) == 2


@unix
def test_where_conda_cannot_make_one_a_plain_environment_is_made_and_said(tmp_path: Path, plain: Path) -> None:
    environ = start_from_conda(tmp_path, plain, fails="echo 'CondaHTTPError: no network' >&2; exit 1")
    project = make_project(tmp_path / "app")
    done = start(project, environ=environ)
    assert done.returncode == 0, done.stderr
    assert "conda could not make .conda, so it is a plain .venv: CondaHTTPError: no network" in done.stderr
    assert f"environment: {project / '.venv'}\n" in done.stdout
    assert not (project / ".conda").exists()
