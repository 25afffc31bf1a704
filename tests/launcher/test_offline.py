"""The real packages: from wheels/ without a network, updated, written down and made again, with a clip each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.start_project import ROOT, clean_environ, with_indexes

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(sys.platform != "linux", reason="networks are taken away by Linux alone"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole project with all its wheels, in a folder with an awkward name."""
    folder = tmp_path_factory.mktemp("offline") / "a b & 图 (1)"
    kept = ["launch", "i2v", "launcher.py", "main.py", "start_app.sh", "config.yaml", "tests/golden/input.png"]
    kept += ["requirements.txt", "requirements.lock", "environment_i2v.yaml"]
    for name in kept:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder / "wheels")]
    subprocess.run([*fetch, "-r", str(folder / "requirements.lock")], check=True, timeout=900)
    cpu = ["--extra-index-url", "https://download.pytorch.org/whl/cpu", "torch==2.13.0+cpu"]
    subprocess.run([*fetch, *cpu], check=True, timeout=900)
    return folder


def start(project: Path, *arguments: str) -> str:
    """Runs the start where there is no network at all."""
    command = ["unshare", "--map-root-user", "--net", "bash", str(project / "start_app.sh"), *arguments]
    environ = with_indexes(clean_environ(I2V_TORCH_INDEX="cpu", I2V_NO_BROWSER="1"))
    done = subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheels_are_enough_to_make_update_and_repeat_the_environment(project: Path, tmp_path: Path) -> None:
    assert "PyTorch 2.13.0+cpu" in start(project, "--prepare").splitlines()[-1]
    wish = ["generate", "--engine", "camera", "--image", str(project / "tests/golden/input.png"), "--prompt", "zoom in"]
    size = ["--width", "64", "--height", "64", "--frames", "4", "--output", str(tmp_path / "clip.mp4")]
    start(project, *wish, *size)
    assert (tmp_path / "clip.mp4").stat().st_size > 1000

    with (project / "requirements.txt").open("a", encoding="utf-8") as out:
        out.write("# a newer version\n")
    assert "making a small clip with it" in start(project, "--update")
    start(project, "--freeze", str(tmp_path / "set.txt"))

    text = (tmp_path / "set.txt").read_text(encoding="utf-8")
    assert "Without hashes" not in text
    lines = [line for line in text.splitlines() if not line.startswith("--extra-index-url")]
    (tmp_path / "offline.txt").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "again")], check=True)
    again, kept = tmp_path / "again" / "bin" / "python", project / ".venv" / "bin" / "python"
    local = ["--no-index", "--find-links", str(project / "wheels"), "--require-hashes", "--no-deps"]
    command = [str(again), "-m", "pip", "install", "-q", *local, "-r", str(tmp_path / "offline.txt")]
    subprocess.run(command, check=True, timeout=900, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    listed = [subprocess.check_output([str(python), "-m", "pip", "freeze"]) for python in (again, kept)]
    assert listed[0] == listed[1]
