"""What of machine, environment, card, disk, models, history and port is in the way of a clip, and the way out."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from i2v import __version__
from i2v.engines.registry import engine_specs
from i2v.errors import I2VError
from i2v.machine.gpu import GpuMonitor, card_in_use
from i2v.machine.memory import GIB, main_memory
from i2v.machine.packages import installed_version, required_packages
from i2v.machine.ports import program_on
from i2v.machine.processor import computes_in_bf16, processor_name
from i2v.machine.trial import try_packages
from i2v.services.folders import prepare_folders
from i2v.settings import PROJECT, Settings
from i2v.storage.examination import examine_database
from i2v.storage.ownership import read_owner
from i2v.text import say
from i2v.weights.places import Places, search_weights

GB = 1e9
LEAST_MEMORY_GIB, LEAST_CARD_GIB = 8, 6
LEAST_DISK_GB = 2.0
"""Less than this and clips, logs and temporary files soon have no room."""

Level = Literal["good", "warning", "fault"]
Area = Literal["machine", "environment", "gpu", "disk", "weights", "database", "port"]
AREAS = get_args(Area)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `fault` where no clip can be made before it is mended, `warning` where it may hurt.

    `key` names its sentence in the area `doctor`; what is no `good` has a remedy there too.
    """

    area: Area
    level: Level
    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self, language: str) -> dict[str, Any]:
        """As page and `--json` carry it; `fix` is None where nothing is to be done."""
        fix = None if self.level == "good" else say("doctor", f"{self.key}.fix", language, **self.values)
        message = say("doctor", self.key, language, **self.values)
        return {"area": self.area, "level": self.level, "code": self.key, "message": message, "fix": fix}


def look_at_machine() -> Iterator[Finding]:
    """Processor, memory, interpreter."""
    memory = main_memory()
    values = {
        "system": platform.platform(),
        "processor": processor_name(),
        "cores": os.cpu_count() or 1,
        "gib": f"{memory.total / GIB:.0f}",
        "free_gib": f"{memory.available / GIB:.0f}",
    }
    yield Finding("machine", "good", "machine", values)
    # What calls itself 8 GB has a little less.
    if memory.total < (LEAST_MEMORY_GIB - 1) * GIB:
        yield Finding("machine", "warning", "memory_small", values | {"least": LEAST_MEMORY_GIB})
    python = {"version": platform.python_version(), "path": sys.executable, "app": __version__}
    yield Finding("machine", "good", "python", python)


def look_at_environment(requirements: Path = PROJECT / "requirements.txt") -> Iterator[Finding]:
    """The packages by their versions, then PyTorch and the engines in a process of their own."""
    packages = required_packages(requirements)
    for package in packages:
        if package.state != "good":
            values = {"name": package.name, "wanted": package.wanted, "installed": package.installed or "–"}
            yield Finding("environment", "fault", f"package_{package.state}", values)
    if all(package.state == "good" for package in packages):
        yield Finding("environment", "good", "packages", {"count": len(packages)})
    is_cpu_build = (installed_version("torch") or "").endswith("+cpu")
    # What cannot be loaded beside a wrong torchvision is told by naming that.
    is_spoilt = is_cpu_build and installed_version("torchvision") is not None
    if is_spoilt:
        yield Finding("environment", "fault", "torchvision_unfit")
    modules = [] if is_spoilt else [spec.implementation.partition(":")[0] for spec in engine_specs().values()]
    yield from _tell_trial(try_packages(modules, PROJECT))


def _tell_trial(trial: Mapping[str, Any]) -> Iterator[Finding]:
    if trial.get("fault"):
        yield Finding("environment", "fault", "torch_broken", {"reason": trial["fault"]})
    elif trial.get("sum") != 64.0:
        yield Finding(
            "environment", "fault", "torch_wrong", {"device": trial.get("device", "?"), "sum": trial.get("sum")}
        )
    else:
        yield Finding("environment", "good", "torch", {"version": trial["torch"], "device": trial["device"]})
    for module, reason in trial["engines"].items():
        # Without PyTorch none of them loads, which is said already.
        if reason and not trial.get("fault"):
            values = {"engine": module.split(".")[-2], "reason": " ".join(reason.split())}
            yield Finding("environment", "fault", "engine_broken", values)


def look_at_card() -> Iterator[Finding]:
    """The graphics card as its driver tells, beside the build of PyTorch that is installed."""
    card, build = card_in_use(GpuMonitor().gpus()), installed_version("torch") or "–"
    if card is None:
        in_bf16 = {None: "?", True: "bf16", False: "float32"}[computes_in_bf16()]
        yield Finding("gpu", "good", "card_none", {"dtype": in_bf16})
        return
    total, used = card.memory_total, card.memory_used
    values = {"name": card.name, "build": build, "gib": "?", "free_gib": "?"}
    if total is not None and used is not None:
        values |= {"gib": f"{total / GIB:.0f}", "free_gib": f"{(total - used) / GIB:.1f}"}
    yield Finding("gpu", "good", "card", values)
    if build.endswith("+cpu"):
        yield Finding("gpu", "warning", "card_unused", values)
    # A card of 6 GB tells a little less.
    if total is not None and total < (LEAST_CARD_GIB - 0.5) * GIB:
        yield Finding("gpu", "warning", "card_small", values | {"least": LEAST_CARD_GIB})


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    """Whether the data folders take files, and the room beside them."""
    try:
        prepare_folders(settings)
    except I2VError as error:
        yield Finding("disk", "fault", "folder_unusable", error.values)
    for folder in dict.fromkeys((settings.output_dir, settings.models_dir)):
        try:
            free = shutil.disk_usage(_standing(folder)).free / GB
        except OSError as cause:
            yield Finding("disk", "fault", "folder_unusable", {"path": folder, "reason": cause.strerror or cause})
            continue
        level: Level = "good" if free >= LEAST_DISK_GB else "warning"
        key = "disk" if level == "good" else "disk_full"
        yield Finding("disk", level, key, {"path": folder, "free_gb": f"{free:.1f}", "least": LEAST_DISK_GB})


def look_at_weights(settings: Settings) -> Iterator[Finding]:
    """Each model: where it lies, what is wrong with folders that look like it, whether there is room to fetch it."""
    for engine, spec in engine_specs().items():
        source = spec.weights
        if source is None:
            continue
        search = search_weights(source, Places(settings.models_dir, settings.model_dir))
        for unfit in search.unfit:
            missing = ", ".join(unfit.missing)
            level: Level = "warning" if settings.model_dir is None else "fault"
            yield Finding("weights", level, "weights_unfit", {"engine": engine, "path": unfit.path, "missing": missing})
        if search.found:
            yield Finding("weights", "good", "weights", {"engine": engine, "path": search.found.path})
            continue
        free = shutil.disk_usage(_standing(settings.models_dir)).free
        values = {
            "engine": engine,
            "size_gb": f"{source.size_bytes / GB:.1f}",
            "path": settings.models_dir / source.folder,
        }
        yield Finding("weights", "warning", "weights_absent", values)
        if free < source.size_bytes:
            yield Finding("weights", "warning", "weights_no_room", values | {"free_gb": f"{free / GB:.1f}"})


def look_at_database(settings: Settings) -> Iterator[Finding]:
    """The history: whole, and of a version that this app reads."""
    path = settings.state_dir / "jobs.sqlite"
    try:
        seen = examine_database(path)
    except OSError as cause:
        yield Finding("database", "fault", "database_unreadable", {"path": path, "reason": cause.strerror or cause})
        return
    values = {"path": path, "jobs": seen.jobs, "version": seen.version}
    if seen.state in ("good", "absent"):
        yield Finding("database", "good", f"database_{seen.state}", values)
    elif seen.state == "damaged" and read_owner(settings.state_dir):
        # The copy may have been made in the middle of a write; the owner looked at the file itself when it opened it.
        yield Finding("database", "good", "database_at_work", values)
    else:
        yield Finding("database", "fault" if seen.state == "newer" else "warning", f"database_{seen.state}", values)


def look_at_port(settings: Settings) -> Iterator[Finding]:
    """Whether the port is free, ours already, or another program's."""
    owner = read_owner(settings.state_dir)
    url = owner.get("url")
    if url and psutil.pid_exists(int(str(owner.get("pid")))):
        yield Finding("port", "good", "port_ours", {"url": url, "pid": owner["pid"]})
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as link:
        link.settimeout(1.0)
        is_taken = link.connect_ex(("127.0.0.1", settings.port)) == 0
    if is_taken:
        values = {"port": settings.port, "program": program_on(settings.port) or "?"}
        yield Finding("port", "warning", "port_taken", values)
    else:
        yield Finding("port", "good", "port_free", {"port": settings.port})


def check_up(settings: Settings) -> list[Finding]:
    """Looks at everything; what is wrong in one place keeps nobody from looking at the next."""
    return [
        *look_at_machine(),
        *look_at_environment(),
        *look_at_card(),
        *look_at_disk(settings),
        *look_at_weights(settings),
        *look_at_database(settings),
        *look_at_port(settings),
    ]


def _standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())
