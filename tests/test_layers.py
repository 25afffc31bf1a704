"""The picture of the import arrows in docs/architecture.md, as a test."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "i2v"

GROUND = {"errors", "text", "domain", "machine", "settings"}
STORES = {"storage", "media", "weights", "diagnosis"}

# What each room may import, besides itself. Neighbours in a row never import each other.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "text": {"errors"},
    "domain": {"errors", "text"},
    "machine": {"errors", "text", "domain"},
    "settings": {"errors", "text", "domain"},
    "logs": {"errors"},
    "engines": GROUND,
    **{store: GROUND for store in STORES},
    "worker": GROUND | {"engines", "media", "diagnosis"},
    "dispatch": GROUND | STORES | {"engines"},
    "services": GROUND | STORES | {"engines", "dispatch", "logs"},
    "guard": GROUND,
    "api": GROUND | {"engines", "services"},
    "ui": GROUND | {"engines", "services"},
    "app": GROUND | STORES | {"services", "api", "ui", "guard", "logs"},
    "cli": GROUND | STORES | {"engines", "dispatch", "services", "app", "logs"},
    "programs": GROUND | STORES | {"engines", "cli"},
    "examples": GROUND,
    # What `i2v` itself gives away, when it is asked for.
    "__init__": {"programs"},
}

# Third-party packages with one home each.
FENCES = {
    "gradio": {"ui"},
    "sqlite3": {"storage"},
    "av": {"media"},
    "torch": {"engines"},
    "diffusers": {"engines"},
    "transformers": {"engines"},
    "fastapi": {"api", "app", "ui"},
}


def _rooms() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_stands_in_the_plan() -> None:
    assert {room for room, _ in _rooms()} <= MAY_IMPORT.keys()


def test_imports_point_down_only() -> None:
    wrong = []
    for room, path in _rooms():
        for name in _imports(path):
            target = name.split(".")[1] if name.startswith("i2v.") and "." in name else ""
            is_room = target in MAY_IMPORT
            if is_room and target != room and target not in MAY_IMPORT.get(room, set()):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_only_workers_and_engines_reach_behind_an_engines_spec() -> None:
    wrong = []
    for room, path in _rooms():
        for name in _imports(path):
            parts = name.split(".")
            behind = parts[:2] == ["i2v", "engines"] and len(parts) > 3 and parts[3] != "spec"
            if behind and (PACKAGE / "engines" / parts[2]).is_dir() and room not in ("engines", "worker"):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("package", FENCES)
def test_each_heavy_package_has_one_home(package: str) -> None:
    strangers = {
        str(path.relative_to(ROOT))
        for room, path in _rooms()
        for name in _imports(path)
        if name.split(".")[0] == package and room not in FENCES[package]
    }
    assert strangers == set()


def test_specs_and_what_all_engines_share_load_without_torch() -> None:
    for path in sorted((PACKAGE / "engines").rglob("*.py")):
        if path.name == "spec.py" or path.parent.name == "engines":
            assert not {name.split(".")[0] for name in _imports(path)} & {"torch", "diffusers", "transformers"}, path


def test_everything_the_server_imports_leaves_torch_alone() -> None:
    code = (
        "import sys, i2v.app.serve, i2v.app.web, i2v.services.house;"
        "from i2v.engines.registry import engine_specs; engine_specs();"
        "heavy = {'torch', 'diffusers', 'transformers', 'cv2'} & sys.modules.keys();"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)
