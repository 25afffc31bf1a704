"""The workflow that the project carries is well formed, and covers the systems and Pythons it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import yaml

from launcher import NEWEST, OLDEST
from tests.deploy.dockerfile import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def start_job() -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["start"])


def test_the_workflow_follows_githubs_schema() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_python_that_the_launcher_takes_is_tried_on_every_system() -> None:
    matrix = start_job()["strategy"]["matrix"]
    assert matrix["python"] == [f"{OLDEST[0]}.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    assert [system.partition("-")[0] for system in matrix["system"]] == ["ubuntu", "windows", "macos"]


def test_every_file_that_a_step_names_is_there() -> None:
    steps = " ".join(step.get("run", "") for step in start_job()["steps"]).replace("\\", "/")
    named = set(re.findall(r"[\w./]+\.(?:bat|sh|py|webp)", steps))
    assert {"./start_app.bat", "start_app.sh", "i2v/examples/lake.webp"} <= named
    assert [name for name in named if not (ROOT / name).is_file()] == []
