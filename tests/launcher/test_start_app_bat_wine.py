"""start_app.bat run by wine's command interpreter, with a small program in Python's place."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.start_project import AWKWARD, make_project

COMPILER = "x86_64-w64-mingw32-gcc"
MISSING = [
    tool
    for tool in ("wine", "wineserver", COMPILER)
    if not shutil.which(tool, path="/usr/lib/wine:" + os.environ["PATH"])
]
pytestmark = [
    pytest.mark.wine,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(MISSING), reason=f"Windows' start script: no {', '.join(MISSING)}"),
]
ACCEPTS, REFUSES, STORE_ALIAS, CRASHES = "any 0 0", "any 1 0", "any 9009 0", "any -1073741819 0"


class Windows:
    """A wine prefix with folders for stubs on PATH, in the user's profile and for conda."""

    def __init__(self, folder: Path) -> None:
        self.prefix, self.log = folder / "prefix", folder / "log"
        self.stub = folder / "stub.exe"
        source = Path(__file__).with_name("python_stub.c")
        subprocess.run([COMPILER, "-O1", "-s", "-o", str(self.stub), str(source)], check=True, timeout=60)
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CONDA", "I2V_", "PYTHON"))},
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "I2V_STUB_LOG": f"Z:{self.log}".replace("/", "\\"),
            "I2V_NO_PAUSE": "1",
            "LC_ALL": "C.UTF-8",
        }
        self.wine(folder, "wineboot", "-i")

    def wine(self, folder: Path, *command: str, **environ: str) -> tuple[int, str]:
        """Runs a command. Its output goes to a file: wine's services would hold a pipe open."""
        output = self.prefix.with_name("output")
        changed = {name: value for name, value in {**self.environ, **environ}.items() if value}
        with output.open("wb") as out:
            done = subprocess.run(
                ["wine", *command],
                cwd=folder,
                env=changed,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=120,
                check=False,
            )
        return done.returncode, output.read_text(encoding="utf-8", errors="replace")

    def put(self, folder: Path, name: str, behaviour: str) -> Path:
        """Puts a stub into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.stub, folder / name)
        (folder / f"{name}.cfg").write_text(behaviour, encoding="ascii")
        return folder

    def calls(self) -> list[str]:
        """The command lines with which stubs were run, apart from checks."""
        lines = self.log.read_bytes().decode("utf-16-le").splitlines() if self.log.exists() else []
        return [line.strip() for line in lines if "--check-python" not in line]


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """One prefix for all scenarios."""
    machine = Windows(tmp_path_factory.mktemp("wine"))
    yield machine
    server = shutil.which("wineserver", path="/usr/lib/wine:" + os.environ["PATH"]) or "wineserver"
    subprocess.run([server, "-k"], env=machine.environ, check=False, timeout=60)


@pytest.fixture
def project(windows: Windows, tmp_path: Path) -> Path:
    """A project in an awkward folder; the log of the stubs is empty."""
    windows.log.unlink(missing_ok=True)
    return make_project(tmp_path / AWKWARD)


def start(windows: Windows, project: Path, *arguments: str, path: Path, **environ: str) -> tuple[int, str]:
    """Runs start_app.bat with this folder on PATH; its name alone would be taken for the command `start`."""
    tools = f"Z:{path}".replace("/", "\\")
    return windows.wine(project, "cmd", "/c", ".\\start_app.bat", *arguments, WINEPATH=tools, **environ)


def launcher(project: Path) -> str:
    """The launcher's path as Windows has it."""
    return f"Z:{project}\\launcher.py".replace("/", "\\")


def test_python_on_the_path_runs_the_launcher_in_an_awkward_folder(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    assert start(windows, project, path=tools)[0] == 0
    assert windows.calls() == [f'"python.exe"  "{launcher(project)}"']


def test_the_py_launcher_comes_first_with_the_version_that_it_has(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    windows.put(tools, "py.exe", "-3.13 0 0")
    assert start(windows, project, "--prepare", path=tools)[0] == 0
    assert windows.calls() == [f'"py.exe" -3.13 "{launcher(project)}" --prepare']


def test_arguments_with_spaces_and_signs_arrive_unchanged(windows: Windows, project: Path, tmp_path: Path) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    (project / "call.bat").write_bytes(b'@".\\start_app.bat" generate --prompt "a cat & a (dog)" --seed 7\r\n')
    windows.wine(project, "cmd", "/c", ".\\call.bat", WINEPATH=f"Z:{tools}".replace("/", "\\"))
    assert windows.calls()[0].endswith(f'"{launcher(project)}" generate --prompt "a cat & a (dog)" --seed 7')


@pytest.mark.parametrize("code", [1, 2, 3, 42])
def test_the_exit_code_is_passed_through(windows: Windows, project: Path, tmp_path: Path, code: int) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", f"any 0 {code}")
    assert start(windows, project, path=tools)[0] == code
    assert len(windows.calls()) == 1


def test_a_crash_counts_as_a_failure_although_its_code_is_negative(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", "any 0 -1073741819")
    code, output = start(windows, project, path=tools, I2V_NO_PAUSE="")
    assert code != 0
    assert "Press any key" in output or "Press Return" in output


def test_without_any_python_the_line_to_install_one_is_printed(windows: Windows, project: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    code, output = start(windows, project, path=tmp_path / "tools")
    assert code == 1
    assert "start: no 64-bit Python 3.11 to 3.13 was found" in output
    assert "what to do: winget install -e --id Python.Python.3.12" in output


@pytest.mark.parametrize(
    "behaviour", [REFUSES, STORE_ALIAS, CRASHES], ids=["old or 32-bit", "Store alias", "dead shim"]
)
def test_a_python_that_will_not_do_is_refused(windows: Windows, project: Path, tmp_path: Path, behaviour: str) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", behaviour)
    code, output = start(windows, project, path=tools)
    assert code == 1
    assert "Python was not accepted" in output
    assert windows.calls() == []


def test_an_activated_conda_environment_is_used_before_all_others(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    conda = windows.put(tmp_path / "envs (1) & 图" / "i2v", "python.exe", ACCEPTS)
    prefix = f"Z:{conda}".replace("/", "\\")
    start(windows, project, path=tools, CONDA_PREFIX=prefix, CONDA_DEFAULT_ENV="i2v")
    assert windows.calls() == [f'"{prefix}\\python.exe"  "{launcher(project)}"']


def test_condas_base_does_not_displace_an_installed_python(windows: Windows, project: Path, tmp_path: Path) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    conda = windows.put(tmp_path / "conda", "python.exe", ACCEPTS)
    prefix = f"Z:{conda}".replace("/", "\\")
    start(windows, project, path=tools, CONDA_PREFIX=prefix, CONDA_DEFAULT_ENV="base")
    assert windows.calls() == [f'"python.exe"  "{launcher(project)}"']


def test_a_conda_that_is_not_on_the_path_is_found_where_it_usually_lies(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "tools").mkdir()
    conda = windows.put(windows.prefix / "drive_c" / "ProgramData" / "miniconda3", "python.exe", ACCEPTS)
    try:
        assert start(windows, project, path=tmp_path / "tools")[0] == 0
    finally:
        shutil.rmtree(conda)
    assert windows.calls() == [f'"C:\\ProgramData\\miniconda3\\python.exe"  "{launcher(project)}"']


def test_the_window_waits_after_a_failure_unless_told_not_to(windows: Windows, project: Path, tmp_path: Path) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", "any 0 5")
    waiting = start(windows, project, path=tools, I2V_NO_PAUSE="")
    going_on = start(windows, project, path=tools)
    assert (waiting[0], going_on[0]) == (5, 5)
    assert "Press" in waiting[1]
    assert "Press" not in going_on[1]


def test_a_folder_without_the_launcher_asks_for_the_whole_archive(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    (project / "launcher.py").unlink()
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    code, output = start(windows, project, path=tools)
    assert code == 1
    assert "unpack the whole archive" in output
    assert windows.calls() == []


def test_it_runs_from_another_folder(windows: Windows, project: Path, tmp_path: Path) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    plain = make_project(tmp_path / "plain")
    script = f"Z:{plain}\\start_app.bat".replace("/", "\\")
    assert windows.wine(tmp_path, "cmd", "/c", script, WINEPATH=f"Z:{tools}".replace("/", "\\"))[0] == 0
    assert windows.calls() == [f'"python.exe"  "{launcher(plain)}"']


def test_a_shim_that_is_a_script_itself_does_not_make_the_window_vanish(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "python.bat").write_bytes(b"@exit /b 0\r\n")
    code, output = start(windows, project, path=tmp_path / "tools")
    assert code == 1
    assert "start: no 64-bit Python 3.11 to 3.13 was found" in output
    windows.put(tmp_path / "tools", "python.exe", ACCEPTS)
    assert start(windows, project, path=tmp_path / "tools")[0] == 0
    assert windows.calls() == [f'"python.exe"  "{launcher(project)}"']


def test_where_there_is_uv_it_brings_the_python(windows: Windows, project: Path, tmp_path: Path) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", STORE_ALIAS)
    windows.put(tools, "uv.exe", ACCEPTS)
    assert start(windows, project, "--background", path=tools)[0] == 0
    uv = '"uv.exe" run --no-project --python 3.12 python'
    assert windows.calls() == [f'{uv} "{launcher(project)}" --background']


def test_where_only_conda_has_no_fitting_python_it_makes_the_projects_own(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    tools = windows.put(tmp_path / "tools", "python.exe", STORE_ALIAS)
    conda = windows.put(windows.prefix / "drive_c" / "ProgramData" / "miniconda3", "python.exe", REFUSES)
    windows.put(conda / "Scripts", "conda.exe", ACCEPTS)
    own = launcher(project).replace("launcher.py", ".conda")
    try:
        for _ in range(2):
            assert start(windows, project, path=tools)[0] == 0
    finally:
        shutil.rmtree(conda)
    make, *runs = windows.calls()
    options = "--override-channels --channel conda-forge python=3.12 pip"
    program = '"C:\\ProgramData\\miniconda3\\Scripts\\conda.exe"'
    assert make == f'{program} create --yes --prefix "{own}" {options}'
    assert runs == [f'"{own}\\python.exe"  "{launcher(project)}"'] * 2


def test_an_environment_whose_maker_is_gone_still_starts_and_a_broken_one_is_told(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "tools").mkdir()
    windows.put(project / ".venv" / "Scripts", "python.exe", ACCEPTS)
    assert start(windows, project, path=tmp_path / "tools")[0] == 0
    own = launcher(project).replace("launcher.py", ".venv\\Scripts\\python.exe")
    assert windows.calls() == [f'"{own}"  "{launcher(project)}"']
    windows.put(project / ".venv" / "Scripts", "python.exe", CRASHES)
    code, output = start(windows, project, path=tmp_path / "tools")
    assert code == 1
    assert "winget install" in output
    assert len(windows.calls()) == 1


def test_two_starts_at_once_do_not_touch_each_other_nor_the_folder(
    windows: Windows, project: Path, tmp_path: Path
) -> None:
    """So it runs from a folder that is read-only too; whether the app does is the launcher's to say."""
    tools = windows.put(tmp_path / "tools", "python.exe", "any 0 7")
    before = sorted(project.rglob("*"))
    command = ["wine", "cmd", "/c", ".\\start_app.bat", "--port", "1"]
    environ = {**windows.environ, "WINEPATH": f"Z:{tools}".replace("/", "\\")}
    quiet = subprocess.DEVNULL
    both = [
        subprocess.Popen(command, cwd=project, env=environ, stdin=quiet, stdout=quiet, stderr=quiet) for _ in range(2)
    ]
    assert [child.wait(60) for child in both] == [7, 7]
    assert windows.calls() == [f'"python.exe"  "{launcher(project)}" --port 1'] * 2
    assert sorted(project.rglob("*")) == before


def test_git_bash_hands_over_to_it_in_an_awkward_folder(windows: Windows, project: Path, tmp_path: Path) -> None:
    """start_app.sh with an `uname` of Git Bash; cmd.exe is wine's, with MSYS' `//c` put right as MSYS does it."""
    tools, unix = windows.put(tmp_path / "tools", "python.exe", "any 0 6"), tmp_path / "unix"
    unix.mkdir()
    for name, text in (
        ("uname", "echo MINGW64_NT-10.0-19045"),
        ("cygpath", "printf '%s' \"Z:$2\" | tr / '\\\\'"),
        ("cmd.exe", 'shift; exec wine cmd /c "$@"'),
    ):
        (unix / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (unix / name).chmod(0o755)
    path, windows_path = f"{unix}:{windows.environ['PATH']}", f"Z:{tools}".replace("/", "\\")
    environ = {**windows.environ, "PATH": path, "WINEPATH": windows_path}
    command = ["bash", str(project / "start_app.sh"), "generate", "--prompt", "a cat and a dog", "--seed", "7"]
    quiet = subprocess.DEVNULL
    done = subprocess.run(command, env=environ, stdin=quiet, stdout=quiet, stderr=quiet, timeout=60, check=False)
    assert done.returncode == 6
    assert windows.calls() == [f'"python.exe"  "{launcher(project)}" generate --prompt "a cat and a dog" --seed 7']
