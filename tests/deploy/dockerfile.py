"""Reads a Dockerfile as far as ours goes, and what of the project its COPY gets to see."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


class Step(NamedTuple):
    """One instruction, such as RUN, and what stands behind it."""

    name: str
    text: str

    def words(self) -> list[str]:
        """Its words without the flags; those of the JSON form as they are."""
        text = re.sub(r"^(--\S+\s+)*", "", self.text).removeprefix("CMD ")
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)


def read_stages(text: str) -> dict[str, list[Step]]:
    """Name of each stage → its steps, FROM first."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages: dict[str, list[Step]] = {}
    steps: list[Step] = []
    for line in re.sub(r"\\\n", "", "\n".join(lines)).splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            steps = stages.setdefault(rest.split(" AS ")[1], [])
        steps.append(Step(name, rest.strip()))
    return stages


def steps_of(target: str) -> list[Step]:
    """All steps that make a target, FROM first and then those of the stages below it."""
    stages = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
    first, *steps = stages[target]
    below = first.text.split()[0]
    return [*(steps_of(below) if below in stages else [first]), *steps]


def context_files() -> Iterator[Path]:
    """The project's files that .dockerignore lets through, relative to the project: of its lines the last decides."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    for top in {rule.lstrip("!").split("/")[0] for rule in rules if rule.startswith("!")}:
        for path in [ROOT / top, *(ROOT / top).rglob("*")]:
            inner = path.relative_to(ROOT)
            if path.is_file() and not _is_left_out(inner, rules):
                yield inner


def _is_left_out(path: Path, rules: list[str]) -> bool:
    names = [str(each) for each in (path, *path.parents[:-1])]
    left_out = False
    for rule in rules:
        pattern = rule.lstrip("!")
        if any(_fits(name, pattern) for name in names):
            left_out = not rule.startswith("!")
    return left_out


def _fits(name: str, pattern: str) -> bool:
    """As Docker reads a pattern: a star ends at a slash, two do not."""
    if "**" in pattern:
        return fnmatch.fnmatch(f"/{name}", pattern)
    return PurePosixPath(f"/{name}").match(f"/{pattern}")
