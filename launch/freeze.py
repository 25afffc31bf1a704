"""The exact working set of an environment, in a file that pip makes it from again."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launch.commands import child_environ
from launch.console import Fault, say, without_secrets
from launch.environment import HASHES, Environment, read_stamp, read_text, write_json
from launch.words import tell


def plain_name(name: str) -> str:
    """A package's name as all spellings of it are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def remember_hashes(environment: Environment, report: Path) -> None:
    """Keeps the hashes that pip's report gives, for what no lock holds: PyTorch and what belongs to its build."""
    try:
        items = json.loads(read_text(report))["install"]
        known = read_hashes(environment)
        for item in items:
            about, source = item["metadata"], item["download_info"]["archive_info"]
            # Before pip 23 it stood in one field: "sha256=…".
            digest = source["hashes"]["sha256"] if "hashes" in source else source["hash"].removeprefix("sha256=")
            known[f"{plain_name(about['name'])}=={about['version']}"] = [f"sha256:{digest}"]
    except (ValueError, KeyError, TypeError):
        return
    write_json(environment.folder / HASHES, known)


def read_hashes(environment: Environment) -> dict[str, list[str]]:
    """The hashes that were kept."""
    try:
        known: dict[str, list[str]] = json.loads(read_text(environment.folder / HASHES))
    except ValueError:
        return {}
    return known


def locked_hashes(lock: str) -> dict[str, list[str]]:
    """The hashes of requirements.lock by package and version."""
    hashes: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lock.splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line):
            current = hashes.setdefault(f"{plain_name(found[1])}=={found[2]}", [])
        current += re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)
    return hashes


def write_set(lines: list[str], hashes: Mapping[str, list[str]], facts: Mapping[str, Any], about: str) -> str:
    """The file's text: pip installs with hashes for all packages or for none, so one unknown leaves out all."""
    wanted = {line: re.sub(r"^[^=]+", lambda found: plain_name(found[0]), line) for line in lines}
    unknown = sorted(line for line, key in wanted.items() if not hashes.get(key))
    index, build = without_secrets(str(facts.get("index", ""))), facts.get("build", "")
    head = [
        f"# The working set of i2v, {time.strftime('%Y-%m-%d')}: {about}",
        *([f"# PyTorch's build: {build} ({index or 'package index'})"] if build else []),
        "# Make it again, in a new environment of the same Python: python -m pip install --no-deps -r THIS_FILE",
        *([f"# Without hashes, since none is known for: {', '.join(unknown)}"] if unknown else []),
        *([f"--extra-index-url {index}"] if index else []),
    ]
    ending = "" if unknown else " \\\n    --hash="
    body = [line if unknown else line + "".join(ending + value for value in hashes[wanted[line]]) for line in lines]
    return "\n".join([*head, *body]) + "\n"


def freeze(root: Path, environment: Environment, path: Path) -> None:
    """Writes the packages of an environment with version and, where known for all, hashes."""
    stamp = read_stamp(environment)
    if stamp is None:
        raise Fault(tell("freeze.none"), tell("freeze.prepare"))
    hashes = {**locked_hashes(read_text(root / "requirements.lock")), **read_hashes(environment)}
    # What every environment is born with, and may be another there; unless the set itself holds it.
    born_with = {"pip", "setuptools", "wheel"} - {key.partition("==")[0] for key in hashes}
    left_out = [part for name in sorted(born_with) for part in ("--exclude", name)]
    # Not `pip freeze`, which names what conda installed by the folder that it was built in.
    command = [str(environment.python), "-m", "pip", "list", "--format=freeze", *left_out]
    environ = child_environ(root, environment)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environ, check=False)
    if done.returncode:
        raise Fault(tell("freeze.failed", error=done.stderr.strip()[-300:]), tell("freeze.prepare"))
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    about = f"{platform.system()} {platform.machine()}, Python {version_of(environment)}"
    try:
        path.write_text(write_set(lines, hashes, stamp, about), encoding="utf-8")
    except OSError as error:
        raise Fault(tell("unwritable", file=path, error=error.strerror), tell("unwritable.move")) from None
    say("freeze.written", count=len(lines), file=path)


def version_of(environment: Environment) -> str:
    """The version of the environment's Python."""
    command = [str(environment.python), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
