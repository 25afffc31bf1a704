"""The stamp vouches for an environment only as long as nothing it stands on has changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from launch.environment import (
    STAMP,
    Environment,
    installed_torch,
    read_pins,
    read_stamp,
    stamp_key,
    venv_package,
    write_stamp,
)
from launcher import python_fault


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A folder that looks like an environment with two packages."""
    site = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    for name in ("torch-2.13.0+cu130.dist-info", "numpy-2.4.6.dist-info", "numpy"):
        (site / name).mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    return Environment(tmp_path / ".venv", python, False)


def test_a_stamp_is_read_back_with_its_facts(environment: Environment) -> None:
    write_stamp(environment, "key", {"torch": "2.13.0", "note": ""})
    stamp = read_stamp(environment)
    assert stamp is not None
    assert (stamp["key"], stamp["torch"]) == ("key", "2.13.0")
    assert read_stamp(environment, "another.json") is None


def test_a_package_that_was_replaced_by_hand_voids_the_stamp(environment: Environment) -> None:
    write_stamp(environment, "key", {})
    site = environment.folder / "lib" / "python3.12" / "site-packages"
    (site / "numpy-2.4.6.dist-info").rename(site / "numpy-2.9.0.dist-info")
    assert read_stamp(environment) is None


def test_an_interpreter_that_is_gone_voids_the_stamp(environment: Environment, tmp_path: Path) -> None:
    write_stamp(environment, "key", {})
    # On Windows the interpreter is a copy, and only this file says where the rest of it is.
    (environment.folder / "pyvenv.cfg").write_text(f"home = {tmp_path}\nversion = 3.12.1\n", encoding="utf-8")
    assert read_stamp(environment) is not None
    (environment.folder / "pyvenv.cfg").write_text(f"home = {tmp_path / 'gone'}\n", encoding="utf-8")
    assert read_stamp(environment) is None
    (environment.folder / "pyvenv.cfg").unlink()
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / "gone" / "python3")
    assert read_stamp(environment) is None
    # The system refuses to look, as it does where the interpreter lies in another user's home.
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / ("a" * 300))
    assert read_stamp(environment) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": "key"}', '{"key": "", "packages": []}'])
def test_a_damaged_stamp_counts_as_none(environment: Environment, text: str) -> None:
    (environment.folder / STAMP).write_text(text, encoding="utf-8")
    assert read_stamp(environment) is None


def test_requirements_interpreter_and_card_are_all_in_the_key(environment: Environment, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("numpy==2.4.6\n", encoding="utf-8")
    keys = [stamp_key(environment, [file], "no card"), stamp_key(environment, [file], "driver 580")]
    file.write_text("numpy==2.5.5\n", encoding="utf-8")
    keys.append(stamp_key(environment, [file], "no card"))
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / "python3.13")
    keys.append(stamp_key(environment, [file], "no card"))
    environment.python.unlink()
    (environment.folder / "pyvenv.cfg").write_text("home = C:\\Python313\nversion = 3.13.1\n", encoding="utf-8")
    keys.append(stamp_key(environment, [file], "no card"))
    assert len(set(keys)) == 5


def test_a_key_says_nothing_of_where_the_environment_lies(environment: Environment, tmp_path: Path) -> None:
    key = stamp_key(environment, [], "")
    environment.folder.rename(tmp_path / ".vnew")
    moved = Environment(tmp_path / ".vnew", tmp_path / ".vnew" / "bin" / "python", False)
    assert stamp_key(moved, [], "") == key


def test_the_installed_torch_is_named_with_its_build(environment: Environment) -> None:
    assert installed_torch(environment, "2.13.0") == "2.13.0+cu130"
    assert installed_torch(environment, "2.12.0") == ""


def test_pins_are_read_with_and_without_the_cuda_marker() -> None:
    text = (
        'Pillow_Heif==1.8.1\n# numpy==1.0\ntorchvision==0.28.0 ; extra == "cuda"\nh11==0.16.0 \\\n    --hash=sha256:0\n'
    )
    assert read_pins(text) == {"pillow-heif": "1.8.1", "h11": "0.16.0"}
    assert read_pins(text, cuda=True) == {"torchvision": "0.28.0"}


@pytest.mark.parametrize(
    ("system_python", "package"),
    [
        ("/usr/bin/python3.11", "python3-venv"),  # Debian 12
        ("/usr/bin/python3.10", "python3.11-venv"),  # Ubuntu 22.04 with a second Python
        ("/usr/bin/python3", "python3.11-venv"),
    ],
)
def test_debians_package_with_venv_is_named(system_python: str, package: str) -> None:
    assert venv_package((3, 11), system_python) == package


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are sentences, in the language of the machine."""
    monkeypatch.setenv("I2V_LANGUAGE", "en")


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_are_taken(version: tuple[int, int]) -> None:
    assert python_fault(version, True, "python") == ""


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14)])
def test_other_pythons_are_named_with_what_is_needed(version: tuple[int, int]) -> None:
    fault = python_fault(version, True, "/usr/bin/python3")
    assert fault == f"Python {version[0]}.{version[1]} at /usr/bin/python3 does not fit: 3.11 to 3.13 is needed"


def test_a_32_bit_python_is_refused() -> None:
    assert "32-bit" in python_fault((3, 12), False, "python.exe")
