"""start_app.sh run for real, on a project with a stub for the app, in a folder with an awkward name."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.launcher.start_project import AWKWARD, ROOT, clean_environ, make_project, start

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared project."""
    folder = make_project(tmp_path_factory.mktemp("start") / AWKWARD)
    done = start(folder, "--prepare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "making .venv" in done.stdout
    return folder


def script(folder: Path, name: str, text: str) -> Path:
    """Writes an executable shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def app(project: Path, text: str) -> None:
    """Puts another stub in the app's place."""
    (project / "main.py").write_text(text, encoding="utf-8")


def test_arguments_reach_the_app_as_they_were_given(project: Path) -> None:
    app(project, "import json, os, sys; print(json.dumps([*sys.argv[1:], os.environ['I2V_LAUNCHED']]))")
    arguments = ["--image", "a b & 图.png", "", '"quoted"', "$HOME", "*"]
    done = start(project, *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [*arguments, "1"]


def test_the_app_runs_in_the_projects_environment_and_the_users_folder(project: Path) -> None:
    app(project, "import json, os, sys; print(json.dumps([sys.prefix, os.getcwd(), sys.flags.utf8_mode]))")
    assert json.loads(start(project).stdout.splitlines()[-1]) == [str(project / ".venv"), "/", 1]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_exit_code_is_passed_through(project: Path, code: int) -> None:
    app(project, f"raise SystemExit({code})")
    assert start(project).returncode == code


def test_an_app_that_was_killed_ends_as_a_shell_would_say_it(project: Path) -> None:
    app(project, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert start(project).returncode == 137


def test_exit_code_42_starts_the_app_again(project: Path) -> None:
    app(
        project,
        "import sys; f = open(sys.argv[1], 'a+'); f.write('x'); f.seek(0); sys.exit(42 if len(f.read()) < 3 else 5)",
    )
    counted = project / "starts"
    assert start(project, str(counted)).returncode == 5
    assert counted.read_text(encoding="utf-8") == "xxx"


def test_a_second_start_does_nothing_and_adds_less_than_a_second(project: Path) -> None:
    app(project, "print('app')")
    started = time.monotonic()
    done = start(project)
    assert time.monotonic() - started < 1
    assert done.stdout == f"environment: {project / '.venv'}\napp\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_start_reaches_the_app(project: Path, number: signal.Signals) -> None:
    app(project, WAIT_FOR_SIGNAL)
    with subprocess.Popen(
        ["bash", str(project / "start_app.sh")],
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        while "ready" not in child.stdout.readline():
            pass
        child.send_signal(number)
        assert f"told {number.value}" in child.stdout.read()
    assert child.returncode == 7


WAIT_FOR_SIGNAL = """
import signal, sys, time
def told(number, frame):
    print("told", int(number), flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, told)
signal.signal(signal.SIGINT, told)
print("ready", flush=True)
time.sleep(30)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_an_app_does_not_outlive_a_start_that_was_killed(project: Path) -> None:
    app(project, "import os, time; print('pid', os.getpid(), flush=True); time.sleep(30)")
    command = ["bash", str(project / "start_app.sh")]
    with subprocess.Popen(command, env=clean_environ(), stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        line = ""
        while not line.startswith("pid"):
            line = child.stdout.readline()
        child.kill()
    for _ in range(50):
        if has_ended(int(line.split()[1])):
            return
        time.sleep(0.1)
    pytest.fail("the app is still running")


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or waits only to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_test_mode_runs_the_suite_with_its_arguments(project: Path) -> None:
    (project / "tests" / "run.py").write_text("import sys; print('suite', sys.argv[1:]); sys.exit(4)", encoding="utf-8")
    done = start(project, "--test", "all", "-k", "camera")
    assert done.stdout.splitlines()[-1] == "suite ['all', '-k', 'camera']"
    assert done.returncode == 4


def test_a_broken_environment_is_rebuilt(project: Path) -> None:
    app(project, "print('app')")
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    done = start(project)
    assert done.returncode == 0, done.stderr
    assert "rebuilding the broken .venv" in done.stdout
    assert done.stdout.endswith("app\n")


def test_two_starts_at_once_prepare_once(tmp_path: Path) -> None:
    folder = make_project(tmp_path / AWKWARD)
    command = ["bash", str(folder / "start_app.sh"), "--prepare"]
    children = [subprocess.Popen(command, env=clean_environ(), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(child.communicate(timeout=120)[0] for child in children)
    assert [child.returncode for child in children] == [0, 0]
    assert said.count("making .venv") == 1
    assert said.count("waiting") == 1


@pytest.fixture
def only_old_python(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH holds no Python but one that is refused."""
    tools = tmp_path / "tools"
    script(tools, "python3", 'echo "Python 3.9.2"; exit 1')
    for tool in ("bash", "head", "dirname", "uname"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    return {"PATH": str(tools), "HOME": str(tmp_path)}


def test_where_only_an_old_python_is_found_the_line_to_install_one_is_printed(
    tmp_path: Path, only_old_python: dict[str, str]
) -> None:
    folder = make_project(tmp_path / AWKWARD)
    script(tmp_path / "tools", "apt-get", "exit 1")
    script(tmp_path / "tools", "apt-cache", '[ "$2" = python3.13-venv ]')
    done = start(folder, environ=only_old_python)
    assert done.returncode == 1
    assert done.stderr == (
        "start: no Python 3.11 to 3.13 was found; python3 is: Python 3.9.2\n"
        "  what to do: sudo apt-get install -y python3.13 python3.13-venv\n"
    )
    chinese = start(folder, environ={**only_old_python, "LANG": "zh_CN.UTF-8"})
    assert chinese.stderr == (
        "启动：没有找到 Python 3.11 到 3.13；python3 是：Python 3.9.2\n"
        "  解决办法：sudo apt-get install -y python3.13 python3.13-venv\n"
    )
    script(tmp_path / "tools", "apt-cache", "exit 1")
    assert "what to do: install Python 3.12 from python.org, or uv" in start(folder, environ=only_old_python).stderr
    (tmp_path / "tools" / "python3").unlink()
    assert start(folder, environ=only_old_python).stderr == (
        "start: no Python 3.11 to 3.13 was found\n  what to do: sudo apt-get install -y python3 python3-venv\n"
    )


def test_a_script_without_the_rest_of_the_archive_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / AWKWARD).mkdir()
    shutil.copy2(ROOT / "start_app.sh", tmp_path / AWKWARD)
    for language, words in (("en", "unpack the whole archive"), ("zh-CN", "请把整个压缩包解压")):
        done = start(tmp_path / AWKWARD, environ={**clean_environ(), "I2V_LANGUAGE": language})
        assert done.returncode == 1
        assert words in done.stderr


def test_where_only_conda_has_no_fitting_python_it_makes_the_projects_own(
    tmp_path: Path, only_old_python: dict[str, str]
) -> None:
    folder = make_project(tmp_path / AWKWARD)
    told = tmp_path / "told"
    make = f'"{sys.executable}" -m venv "$4"'
    script(tmp_path / "miniconda3" / "bin", "conda", f'echo "$@" >"{told}"; echo collecting; {make}')
    done = start(folder, "--prepare", environ=only_old_python)
    assert done.returncode == 0, done.stderr
    options = f"create --yes --prefix {folder / '.conda'} --override-channels --channel conda-forge"
    assert told.read_text().strip() == f"{options} python=3.12 pip"
    recipe = (ROOT / "environment_i2v.yaml").read_text(encoding="utf-8")
    assert all(f"  - {part}\n" in recipe for part in ("conda-forge", "python=3.12", "pip"))
    assert "collecting" not in done.stdout
    again = start(folder, "--prepare", environ=only_old_python)
    assert again.returncode == 0, again.stderr
    assert "collecting" not in again.stderr


def test_where_there_is_uv_it_brings_the_python(tmp_path: Path, only_old_python: dict[str, str]) -> None:
    folder = make_project(tmp_path / AWKWARD)
    script(
        tmp_path / "tools",
        "uv",
        f'[ "$*" != "${{*#run --no-project --python 3.12 python}}" ] || exit 9; shift 5; exec "{sys.executable}" "$@"',
    )
    done = start(folder, "--prepare", environ=only_old_python)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shell", [shell for shell in ("dash", "bash", "sh") if shutil.which(shell)])
def test_any_shell_will_do(project: Path, shell: str) -> None:
    app(project, "import sys; print(sys.argv[1:])")
    command = [shell, str(project / "start_app.sh"), "a b", "图"]
    done = subprocess.run(command, env=clean_environ(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["['a b', '图']"]), done.stderr


@pytest.mark.parametrize(
    ("kernel", "slashes"), [("MINGW64_NT-10.0-19045", "//c"), ("MSYS_NT-10.0", "//c"), ("CYGWIN_NT-10.0", "/c")]
)
def test_in_git_bash_windows_own_script_takes_over(tmp_path: Path, kernel: str, slashes: str) -> None:
    """cmd.exe takes the path out of a variable, quotes and all, so that nothing in it can break the command line."""
    folder = make_project(tmp_path / AWKWARD)
    tools = tmp_path / "tools"
    script(tools, "uname", f"echo {kernel}")
    script(tools, "cygpath", 'echo "C:$2" | tr / \\\\')
    script(tools, "cmd.exe", 'printf "%s\\n" "$@" "$I2V_BAT" "$I2V_NO_PAUSE"; exit 42')
    done = start(folder, "--prompt", "a cat & a (dog)", environ=clean_environ(PATH=f"{tools}:/usr/bin:/bin"))
    path = f"C:{folder}\\start_app.bat".replace("/", "\\")
    assert done.stdout.splitlines() == [slashes, "%I2V_BAT%", "--prompt", "a cat & a (dog)", f'"{path}"', "1"]
    assert done.returncode == 42


def test_a_candidate_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    folder = make_project(tmp_path / AWKWARD)
    script(tmp_path / "tools", "python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    script(tmp_path / "tools", "python3.12", f'exec "{sys.executable}" "$@"')
    done = start(folder, "--prepare", environ=clean_environ(PATH=f"{tmp_path / 'tools'}:/usr/bin:/bin"))
    assert done.returncode == 0, done.stderr


def test_an_old_python_gets_a_sentence_and_no_syntax_error() -> None:
    for path in [ROOT / "launcher.py", *(ROOT / "launch").glob("*.py")]:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    # Before the version check nothing may need more than the oldest Python 3 that is still met.
    ast.parse((ROOT / "launcher.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_every_shell_script_passes_shellcheck() -> None:
    checker = Path(sys.executable).with_name("shellcheck")
    scripts = [*ROOT.glob("*.sh"), *ROOT.glob("[!.]*/**/*.sh"), ROOT / ".ci" / "run"]
    done = subprocess.run([str(checker), *map(str, scripts)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
