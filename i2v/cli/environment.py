"""Whether this Python has what the app needs, said before an import fails on it.

Costs about a millisecond where all is well: folders are listed, nothing is imported. Standard library alone.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from i2v.errors import StartFailed

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
TOLD_NAMES = 5
_CARD = Path("/proc/driver/nvidia/version")


def examine_environment() -> int | None:
    """Names what is missing, with the way out; warns of what was not tested. An exit code if nothing can run here."""
    found, wanted = installed_packages(), wanted_packages()
    missing = [f"{name} {version}" for name, version in wanted.items() if name not in found]
    if missing:
        more = f" … ({len(missing)})" if len(missing) > TOLD_NAMES else ""
        return name_environment(", ".join(missing[:TOLD_NAMES]) + more)
    for key, values in warnings(found, wanted):
        from i2v.cli.console import tell

        tell(f"environment.{key}", python=sys.executable, **values)
    return None


def in_use() -> AbstractContextManager[None]:
    """Keeps `--update` from swapping the project's own environment beneath a command, as the launcher does for its."""
    root = REQUIREMENTS.parent
    if os.environ.get("I2V_LAUNCHED") or Path(sys.prefix).parent != root:
        return nullcontext()
    from launch import app  # only here: any other Python has nothing to do with it

    return app.in_use(root)


def warnings(found: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """What this Python has and the app was not tested with."""
    others = [name for name, version in wanted.items() if plain(found[name]) != plain(version)]
    if others:
        installed = ", ".join(f"{name} {found[name]}" for name in others)
        yield "other", {"installed": installed, "wanted": " ".join(f"{name}=={wanted[name]}" for name in others)}
    torch, vision = found.get("torch", ""), found.get("torchvision")
    if vision and is_for_processor(torch) != is_for_processor(vision):
        yield "torchvision", {"torch": torch, "torchvision": vision}
    if torch and is_for_processor(torch) and sys.platform != "darwin" and has_card():
        yield "processor_build", {"torch": torch, "wanted": wanted.get("torch", "")}


def installed_packages() -> dict[str, str]:
    """Name → version of what can be imported here; the first on the path counts, as with imports."""
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib makes an object of each of a thousand
        except OSError:
            continue
        for entry in names:
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").rpartition("-")
                found.setdefault(_normal(name), version)
    return found


def wanted_packages() -> dict[str, str]:
    """Name → version of what every machine needs; lines with a marker are for some only."""
    pins = (line.split("==") for line in REQUIREMENTS.read_text("utf-8").splitlines() if ";" not in line)
    return {_normal(pin[0]): pin[1].strip() for pin in pins if len(pin) == 2 and not pin[0].startswith("#")}


def plain(version: str) -> str:
    """A local build (`2.13.0+cu130`) is the version it is a build of."""
    return version.partition("+")[0]


def is_for_processor(version: str) -> bool:
    """Whether this build computes on the processor alone; one without a tag does on Windows."""
    _, _, tag = version.partition("+")
    return tag == "cpu" or (not tag and sys.platform == "win32")


def has_card() -> bool:
    """Whether there is an NVIDIA card, without asking its driver, which takes long."""
    return _CARD.exists() or shutil.which("nvidia-smi") is not None


def name_environment(lacking: str) -> int:
    """Another Python than the app's own, or one short of a package; even the reader of our sentences may be missing."""
    windows = os.name == "nt"
    own, start = (r".venv\Scripts\python", "start_app.bat") if windows else (".venv/bin/python", "bash start_app.sh")
    language = next(filter(None, map(os.environ.get, ("I2V_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    sentences = _CHINESE if language.startswith("zh") else _ENGLISH
    told = sentences.format(lacking=lacking, python=sys.executable, own=own, start=start)
    sys.stderr.write(f"{told}\n[environment_incomplete]  {own} main.py help environment_incomplete\n")
    return StartFailed.exit_code


_ENGLISH = """{python} lacks what the app needs: {lacking}
Take the environment's own Python ({own} main.py …), or let the start script make or mend it: {start} --prepare
To use this Python all the same: {python} -m pip install -r requirements.txt"""
_CHINESE = """{python} 缺少本程序需要的软件包：{lacking}
请使用环境自带的 Python（{own} main.py …），或让启动脚本建立、修复环境：{start} --prepare
如果仍要使用这个 Python：{python} -m pip install -r requirements.txt"""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
