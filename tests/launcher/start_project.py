"""A project small enough to be prepared in seconds: the real start scripts and launcher, a stub for the app."""

from __future__ import annotations

import hashlib
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
if "--output" in sys.argv:
    open(sys.argv[sys.argv.index("--output") + 1], "w").write("clip")
print("app", json.dumps(sys.argv[1:]), os.environ.get("I2V_LAUNCHED"), os.environ["PYTHONUTF8"], flush=True)
"""


def make_project(folder: Path, app: str = STUB_APP, requirements: str = "", environment: Path | None = None) -> Path:
    """Puts the start scripts and the launcher into `folder`, beside the app and the requirements given.

    `environment` is an empty one to start with, which saves making it.
    """
    folder.mkdir(parents=True)
    for name in ("launcher.py", "start_app.sh", "start_app.bat", "environment_i2v.yaml"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "launch", folder / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    (folder / "tests" / "requirements.txt").write_text("# none\n", encoding="utf-8")
    (folder / "main.py").write_text(app, encoding="utf-8")
    for name in ("requirements.txt", "requirements.lock"):
        (folder / name).write_text(requirements, encoding="utf-8")
    if environment:
        copy_folder(environment, folder / ".venv")
    return folder


def copy_folder(source: Path, target: Path) -> None:
    """Copies by hard links, which takes a tenth of the time: pip replaces files, it never changes them."""
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)


def clean_environ(**changes: str) -> dict[str, str]:
    """This process's environment without what would lead a start elsewhere: no conda, no index, no language."""
    dropped = ("CONDA", "MAMBA", "VIRTUAL_ENV", "I2V_", "LC_", "LANG")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    # The Python of this test first, whatever else the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")])
    return {**environ, "PATH": path, "LC_ALL": "C.UTF-8", "PIP_NO_INDEX": "1", **changes}


def start(project: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs start_app.sh from a folder that is not the project's."""
    command = ["bash", str(project / "start_app.sh"), *arguments]
    environ = clean_environ() if environ is None else environ
    return subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, timeout=120, check=False)


def make_wheel(folder: Path, name: str, version: str, source: str | Mapping[str, str], *needs: str) -> Path:
    """Writes a wheel with one module of the given source, or files by name, and a command NAME-command."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    files = {f"{name}.py": source} if isinstance(source, str) else dict(source)
    about = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    files |= {
        f"{info}/METADATA": "\n".join(about) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-command = {name}:main\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"]))
    return path


def make_index(folder: Path, *wheels: Path) -> str:
    """Makes a package index of these wheels, with their hashes as real ones have them; returns its URL."""
    for wheel in wheels:
        page = folder / wheel.name.partition("-")[0].replace("_", "-") / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        with page.open("a", encoding="utf-8") as out:
            out.write(f'<a href="{wheel.as_uri()}#sha256={digest}">{wheel.name}</a>\n')
    return folder.as_uri()


TORCH = """
class version:
    cuda = {cuda}
__version__ = "0.0.1{tag}"
class Sum:
    def sum(self): return self
    def item(self): return 8
def ones(*size, device):
    {on_device}
    return Sum()
"""


def torch_source(tag: str, on_device: str = "pass") -> str:
    """A stand-in for PyTorch in the build of this tag, and what its first operation on a card does."""
    return TORCH.format(cuda="'13.0'" if "cu" in tag else None, tag=tag, on_device=on_device)


def card(folder: Path, answer: str = "NVIDIA H200, 580.82.07, 9.0", **changes: str) -> dict[str, str]:
    """An environment in which nvidia-smi gives this answer."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "nvidia-smi").write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    (tools / "nvidia-smi").chmod(0o755)
    environ = clean_environ(**changes)
    return {**environ, "PATH": f"{tools}:{environ['PATH']}"}


def with_indexes(environ: Mapping[str, str], **indexes: str) -> dict[str, str]:
    """The same with these indexes for pip and no others, whatever this machine's own settings are."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("PIP_", "UV_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **indexes}
