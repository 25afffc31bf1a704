"""A project small enough to be prepared in seconds: the real start scripts and launcher, a stub for the app."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AWKWARD = "a b & 图 (1)"
STUB_APP = """
import json, os, sys
print("app", json.dumps(sys.argv[1:]), os.environ["I2V_LAUNCHED"], os.environ["PYTHONUTF8"], flush=True)
"""


def make_project(folder: Path, app: str = STUB_APP, requirements: str = "") -> Path:
    """Puts the start scripts and the launcher into `folder`, beside the app and the requirements given."""
    folder.mkdir(parents=True)
    for name in ("launcher.py", "start_app.sh", "start_app.bat"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "launch", folder / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    (folder / "tests" / "requirements.txt").write_text("# none\n", encoding="utf-8")
    (folder / "main.py").write_text(app, encoding="utf-8")
    for name in ("requirements.txt", "requirements.lock"):
        (folder / name).write_text(requirements, encoding="utf-8")
    return folder


def clean_environ(**changes: str) -> dict[str, str]:
    """This process's environment without what would lead a start elsewhere: no conda, no index, no card."""
    dropped = {"CONDA_PREFIX", "CONDA_DEFAULT_ENV", "VIRTUAL_ENV", "I2V_TORCH_INDEX"}
    environ = {name: value for name, value in os.environ.items() if name not in dropped}
    # The Python of this test first, whatever else the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")])
    return {**environ, "PATH": path, "PIP_NO_INDEX": "1", **changes}


def start(project: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs start_app.sh from a folder that is not the project's."""
    command = ["bash", str(project / "start_app.sh"), *arguments]
    environ = clean_environ() if environ is None else environ
    return subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, timeout=120, check=False)


def make_wheel(folder: Path, name: str, version: str, source: str) -> None:
    """Writes a wheel with one module of the given source."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", source)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
