"""Old habits: a Python of one's own with the packages of requirements.txt, or nearly so. Real environments."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from i2v.cli import environment
from i2v.cli.environment import examine_environment, in_use, installed_packages, wanted_packages, warnings
from i2v.settings import PROJECT
from launch.commands import IN_USE, try_lock

TORCH = wanted_packages()["torch"]


class Venv:
    """A virtual environment without pip; packages are put in by name."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        (self.site,) = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]

    def borrow(self) -> None:
        """Everything that this test's own Python has, behind what is put in here."""
        (self.site / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    def put(self, name: str, version: str) -> None:
        (self.site / f"{name}-{version}.dist-info").mkdir()

    def run(self, *arguments: str, door: str = "main.py", **environ: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name != "I2V_LAUNCHED"}
        command = [str(self.python), str(PROJECT / door), *arguments]
        environ = {**kept, "I2V_LANGUAGE": "en", "PATH": "/nowhere", **environ}
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    return Venv(tmp_path / "my env")


def test_a_python_without_the_packages_is_told_them_and_the_way_out(venv: Venv) -> None:
    done = venv.run("--port", "7860", "--output_dir", "outputs")
    assert done.returncode == 2
    lacking, start, here, more = done.stderr.splitlines()
    count = len(wanted_packages())
    assert lacking.startswith(f"{venv.python} lacks what the app needs: torch {TORCH}, diffusers ")
    assert lacking.endswith(f" … ({count})")
    assert "bash start_app.sh --prepare" in start or os.name == "nt"
    assert here.endswith(f"{venv.python} -m pip install -r requirements.txt")
    assert more.startswith("[environment_incomplete]")
    assert "缺少本程序需要的软件包：torch" in venv.run(I2V_LANGUAGE="zh-CN").stderr


def test_one_missing_package_is_named_alone(venv: Venv) -> None:
    for name, version in wanted_packages().items():
        if name != "pillow-heif":
            venv.put(name.replace("-", "_"), version)
    for door, *arguments in (("main.py",), ("webui.py",), ("main.py", "generate"), ("main.py", "no such command")):
        done = venv.run(*arguments, door=door)
        assert done.returncode == 2
        assert done.stderr.splitlines()[0].endswith(f"needs: pillow-heif {wanted_packages()['pillow-heif']}")


def test_a_wrong_torch_is_named_and_the_app_runs_on(venv: Venv) -> None:
    venv.borrow()
    assert venv.run("--show-config").stderr == ""
    venv.put("torch", "2.15.0")
    venv.put("torchvision", "0.28.0+cpu")
    done = venv.run("--show-config")
    assert done.returncode == 0
    other, way_out, vision, uninstall = done.stderr.splitlines()
    assert other == "Not the versions that were tested: torch 2.15.0"
    assert way_out == f"What to do: {venv.python} -m pip install torch=={TORCH}"
    assert vision.startswith("torchvision 0.28.0+cpu is not the build that belongs to torch 2.15.0")
    assert f"{venv.python} -m pip uninstall torchvision" in uninstall
    assert "不是经过测试的版本：torch 2.15.0" in venv.run("--show-config", I2V_LANGUAGE="zh-CN").stderr


def test_what_the_launcher_has_proven_is_not_looked_at_again(venv: Venv) -> None:
    venv.borrow()
    venv.put("torch", "2.15.0")
    assert venv.run("--show-config", I2V_LAUNCHED="1").stderr == ""


@pytest.mark.parametrize(
    ("found", "card", "keys"),
    [
        ({"torch": f"{TORCH}+cu130"}, True, []),
        ({"torch": f"{TORCH}+cu126", "torchvision": "0.28.0+cu126"}, True, []),
        ({"torch": TORCH, "torchvision": "0.28.0"}, True, []),  # the package index's builds are CUDA's on Linux
        ({"torch": f"{TORCH}+cpu"}, False, []),
        ({"torch": f"{TORCH}+cpu"}, True, ["processor_build"]),
        ({"torch": f"{TORCH}+cpu", "torchvision": "0.28.0"}, False, ["torchvision"]),
        ({"torch": f"{TORCH}+cpu", "torchvision": "0.28.0+cpu"}, False, []),
        ({"torch": "2.10.0+cpu"}, True, ["other", "processor_build"]),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="which builds the package index has is Linux's here")
def test_builds_that_do_not_go_together_or_waste_a_card_are_warned_of(
    found: Mapping[str, str], card: bool, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_card", lambda: card)
    assert [key for key, _ in warnings(found, {"torch": TORCH})] == keys


def test_names_are_compared_as_pip_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, name in (("first", "Pillow_Heif-1.8.1"), ("second", "pillow.heif-0.1"), ("second", "a-b-2.0")):
        (tmp_path / folder / f"{name}.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "gone"), str(tmp_path / "second")])
    assert installed_packages() == {"pillow-heif": "1.8.1", "a-b": "2.0"}


def test_looking_takes_less_than_20_ms_of_the_processor() -> None:
    taken = []
    for _ in range(5):
        began = time.process_time()
        assert examine_environment() is None
        taken.append(time.process_time() - began)
    assert min(taken) < 0.02


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps folders of running programs by itself")
def test_no_update_swaps_the_projects_environment_beneath_a_command_typed_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.delenv("I2V_LAUNCHED", raising=False)
    with in_use(), (tmp_path / IN_USE).open("a+") as update:
        assert not try_lock(update.fileno())
        with in_use():  # two commands may share it
            assert not try_lock(update.fileno())
    with (tmp_path / IN_USE).open("a+") as update:
        assert try_lock(update.fileno())


@pytest.mark.parametrize(("prefix", "launched"), [(".venv", "1"), ("../elsewhere/venv", "")])
def test_a_python_of_ones_own_and_the_launchers_child_leave_that_lock_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, launched: str
) -> None:
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / prefix))
    monkeypatch.setenv("I2V_LAUNCHED", launched)
    with in_use():
        assert not (tmp_path / IN_USE).exists()
