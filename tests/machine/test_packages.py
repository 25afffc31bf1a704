"""What is installed against what is asked for."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from i2v.machine.packages import Package, required_packages
from i2v.settings import PROJECT


def test_what_every_machine_needs_is_compared_with_what_is_there(tmp_path: Path) -> None:
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(
        f"# a word\npytest=={version('pytest')}  # and another\nno-such-package==1.0\nPyYAML==1.2.3\n"
        'torchvision==0.28.0 ; extra == "cuda"\n'
    )
    assert required_packages(wanted) == [
        Package("pytest", version("pytest"), version("pytest")),
        Package("no-such-package", "1.0", None),
        Package("PyYAML", "1.2.3", version("PyYAML")),
    ]
    assert [package.state for package in required_packages(wanted)] == ["good", "missing", "other"]


def test_a_build_for_a_card_is_the_version_it_is_a_build_of() -> None:
    assert Package("torch", "2.13.0", "2.13.0+cu130").state == "good"
    assert Package("torch", "2.13.0", "2.15.0").state == "other"


def test_the_projects_own_list_is_read_to_its_end() -> None:
    names = {package.name for package in required_packages(PROJECT / "requirements.txt")}
    assert {"torch", "diffusers", "gradio", "psutil"} <= names
    assert not {"torchvision", "xformers"} & names
