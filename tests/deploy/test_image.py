"""The Dockerfile and the compose file are well formed, and say what the project promises of its containers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.dockerfile import DOCKERFILE, ROOT, context_files, read_stages, steps_of

COMPOSE = ROOT / "deploy" / "compose.yaml"


def compose() -> dict[str, Any]:
    """The compose file's content."""
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint: no build for Windows")
def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_compose_file_follows_the_specification() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_runs_the_app_without_rights_and_keeps_all_data_in_its_volume(target: str) -> None:
    told = {step.name: step.words() for step in steps_of(target) if step.name != "RUN"}
    assert told["USER"] == ["1000:1000"]
    assert told["ENTRYPOINT"] == [".venv/bin/python", "main.py"]
    assert told["VOLUME"] == ["/data"]
    pairs = [word.split("=", 1) for step in steps_of(target) if step.name == "ENV" for word in step.words()]
    folders = {name: value for name, value in pairs if value.startswith("/")}
    assert folders.keys() == {"I2V_OUTPUT_DIR", "I2V_INPUT_DIR", "I2V_MODELS_DIR", "I2V_LOGS_DIR", "HF_HOME"}
    assert all(folder.startswith("/data/") for folder in folders.values())


def test_who_names_no_target_gets_the_image_for_the_card() -> None:
    stages = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
    assert list(stages) == ["base", "cpu", "cuda"]
    assert any(step.text == "I2V_TORCH_INDEX=cu130" for step in stages["cuda"])
    assert not any("cuda" in step.text for step in stages["base"])


def test_only_what_the_app_needs_goes_into_an_image() -> None:
    files = {path.as_posix() for path in context_files()}
    assert {path.partition("/")[0] for path in files} == {
        *("LICENSE", "NOTICE", "benchmarks", "config.yaml", "deploy", "docs", "i2v", "launch"),
        *("launcher.py", "main.py", "requirements.lock", "requirements.txt"),
    }
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert not [rule for rule in rules if rule.startswith(("!outputs", "!inputs", "!models", "!logs", "!.venv"))]
    assert {"i2v/cli/serve.py", "i2v/text/en/cli.yaml", "deploy/health.py"} <= files
    assert {"docs/guide.md", "docs/pictures/guide/clip.en.webp"} <= files
    assert {"benchmarks/against_stock.py", "benchmarks/gpu_check.py"} <= files  # `main.py bench`, and docs/gpu.md
    assert not [path for path in files if "__pycache__" in path or path.startswith(("docs/errors", "docs/shoot"))]


def test_compose_publishes_the_page_to_this_computer_only_and_reserves_the_card_for_one() -> None:
    services = compose()["services"]
    stages = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
    for name, service in services.items():
        assert service["build"]["target"] == name
        assert name in stages
        assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DOCKERFILE
        assert [port.split(":", 1)[0] for port in service["ports"]] == ["127.0.0.1"]
        assert service["volumes"] == ["data:/data"]
        assert service["restart"] == "unless-stopped"
    (card,) = services["cuda"]["deploy"]["resources"]["reservations"]["devices"]
    assert (card["driver"], card["capabilities"]) == ("nvidia", ["gpu"])
    assert services["cpu"]["profiles"] == ["cpu"]
    assert "deploy" not in services["cpu"]
