"""The exact working set goes into a file, and pip makes the same set from it again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from launch.environment import find_environment
from launch.freeze import locked_hashes, read_hashes, remember_hashes, write_set
from tests.launcher.start_project import (
    ROOT,
    card,
    clean_environ,
    copy_folder,
    make_index,
    make_project,
    make_wheel,
    start,
    torch_source,
    with_indexes,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")


def listed(python: Path) -> list[str]:
    """What pip says is installed, setuptools too, which `pip freeze` passes over."""
    command = [str(python), "-m", "pip", "list", "--format=freeze", "--exclude", "pip"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def freeze(project: Path, file: Path, environ: dict[str, str]) -> str:
    """Runs the command and returns what it wrote."""
    command = ["python3", str(project / "launcher.py"), "--freeze", str(file)]
    done = subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(file) in done.stdout
    return file.read_text(encoding="utf-8")


def test_a_set_for_a_card_is_made_again_with_its_hashes(tmp_path: Path, plain: Path) -> None:
    project, stock = make_project(tmp_path / "app", environment=plain), tmp_path / "stock"
    # Environments of some Pythons are born with a setuptools of their own.
    held = {"small-one==1.0": make_wheel(stock, "small_one", "1.0", "")}
    held["setuptools==99.0"] = make_wheel(stock, "setuptools", "99.0", "")
    lines = [f"{pin} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n" for pin, wheel in held.items()]
    (project / "requirements.txt").write_text("torch==0.0.1\nsmall_one==1.0\n", encoding="utf-8")
    (project / "requirements.lock").write_text("".join(lines), encoding="utf-8")
    index = make_index(
        tmp_path / "whl" / "cu130",
        make_wheel(stock, "torch", "0.0.1+cu130", torch_source("+cu130"), "nvidia-stub==1.0"),
        make_wheel(stock, "nvidia_stub", "1.0", ""),
    )
    mirror = (tmp_path / "whl").as_uri()
    environ = with_indexes(
        card(tmp_path), PIP_INDEX_URL=make_index(tmp_path / "pypi", *held.values()), I2V_TORCH_MIRROR=mirror
    )
    assert start(project, "--prepare", environ=environ).returncode == 0
    text = freeze(project, tmp_path / "set.txt", environ)
    assert f"# PyTorch's build: cu130 ({index})" in text
    assert f"--extra-index-url {index}\n" in text
    assert "torch==0.0.1+cu130 \\\n    --hash=sha256:" in text
    assert "Without hashes" not in text

    again = tmp_path / "again"
    copy_folder(plain, again)
    python = again / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--no-deps", "--require-hashes", "-r", str(tmp_path / "set.txt")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert listed(python) == listed(project / ".venv" / "bin" / "python")
    assert len(listed(python)) == 4
    assert "setuptools==99.0" in listed(python)


def test_a_package_put_in_by_hand_is_named_as_the_reason_for_leaving_hashes_out(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="small==1.0\n", environment=plain)
    make_wheel(project / "wheels", "small", "1.0", "")
    assert start(project, "--prepare").returncode == 0
    text = freeze(project, tmp_path / "set.txt", clean_environ())
    assert "# Without hashes, since none is known for: small==1.0\n" in text
    assert text.splitlines()[-1] == "small==1.0"
    assert "--extra-index-url" not in text


def test_a_password_in_the_indexs_address_is_not_written_down() -> None:
    facts = {"build": "cu130", "index": "https://me:geheim@mirror.example/whl/cu130"}
    text = write_set(["torch==2.13.0+cu130"], {"torch==2.13.0+cu130": ["sha256:0"]}, facts, "Linux")
    assert "geheim" not in text
    assert "https://***@mirror.example/whl/cu130" in text


def test_the_hashes_of_the_lock_are_known_by_package_and_version() -> None:
    hashes = locked_hashes((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert len(hashes) > 50
    assert all(hashes.values())
    assert "pillow-heif==1.8.1" in hashes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--freeze"], "--freeze takes the name of the file"), (["--freeze", "set.txt"], "there is no environment yet")],
)
def test_what_is_missing_is_named(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = start(make_project(tmp_path / "app"), *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "what to do" in done.stderr


@pytest.mark.parametrize("archive", [{"hash": "sha256=ab"}, {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}])
def test_the_reports_of_all_pips_are_read(tmp_path: Path, archive: dict[str, object]) -> None:
    environment = find_environment(tmp_path, {}, windows=False)
    environment.folder.mkdir()
    item = {"metadata": {"name": "Small_One", "version": "1.0"}, "download_info": {"archive_info": archive}}
    (tmp_path / "report").write_text(json.dumps({"install": [item]}), encoding="utf-8")
    remember_hashes(environment, tmp_path / "report")
    assert read_hashes(environment) == {"small-one==1.0": ["sha256:ab"]}


def test_a_damaged_list_of_hashes_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "i2v_hashes.json").write_text("{", encoding="utf-8")
    assert read_hashes(find_environment(tmp_path, {}, windows=False)) == {}
