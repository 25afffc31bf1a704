"""requirements.txt, requirements.lock, environment_i2v.yaml and what the tests need say the same."""

from __future__ import annotations

import re

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from launch.environment import read_pins
from launcher import NEWEST, OLDEST
from tests.launcher.start_project import ROOT

REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
}


def locked(system: str, python: str) -> dict[str, str]:
    """What the lock installs on this system and Python."""
    environment = {**SYSTEMS[system], "python_version": python, "python_full_version": f"{python}.5"}
    pins: dict[str, str] = {}
    for line in LOCK.splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip("\\ "))
            if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": ""}):
                name = canonicalize_name(requirement.name)
                assert name not in pins, f"{name} is locked twice for {system}, Python {python}"
                pins[name] = str(requirement.specifier).removeprefix("==")
    return pins


def test_every_requirement_is_pinned_exactly() -> None:
    lines = [line for line in REQUIREMENTS.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(read_pins(REQUIREMENTS)) + len(read_pins(REQUIREMENTS, cuda=True))


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_holds_every_requirement_but_torch_in_the_same_version(system: str, python: str) -> None:
    pins = locked(system, python)
    wanted = {name: version for name, version in read_pins(REQUIREMENTS).items() if name != "torch"}
    assert {name: pins.get(name) for name in wanted} == wanted
    assert not [name for name in pins if name == "torch" or name.startswith(("nvidia-", "triton"))]


def test_every_locked_package_carries_hashes() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n" + LOCK)[1:]
    assert len(blocks) > 50
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_no_file_names_an_index_but_pytorchs() -> None:
    for name in ("requirements.txt", "requirements.lock", "environment_i2v.yaml", "tests/requirements.txt"):
        urls = re.findall(r"[a-z+]+://[^\s)]+", (ROOT / name).read_text(encoding="utf-8"))
        assert [url for url in urls if not url.startswith("https://download.pytorch.org/whl/")] == [], name


def test_a_plain_pip_install_passes_over_the_packages_for_cuda() -> None:
    assert read_pins(REQUIREMENTS, cuda=True) == {"torchvision": "0.28.0", "xformers": "0.0.35"}
    assert not Marker('extra == "cuda"').evaluate({"extra": ""})


def test_the_conda_environment_takes_the_same_requirements() -> None:
    environment = yaml.safe_load((ROOT / "environment_i2v.yaml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    *packages, pip = environment["dependencies"]
    assert [package.split("=")[0] for package in packages] == ["python", "pip"]
    major, minor = packages[0].split("=")[1].split(".")
    assert OLDEST <= (int(major), int(minor)) <= NEWEST
    assert pip["pip"] == ["--extra-index-url https://download.pytorch.org/whl/cu130", "-r requirements.txt"]


def test_what_the_tests_need_is_pinned_and_contradicts_nothing() -> None:
    text = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pins = read_pins(text)
    assert len(lines) == len(pins)
    assert not pins.keys() & locked("Linux", "3.11").keys()
