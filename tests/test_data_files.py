"""The YAML files that the app is made of: a key that stands twice would silently lose its first value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PACKAGE = Path(__file__).parents[1] / "i2v"


def repeated_keys(node: yaml.Node | None) -> Iterator[str]:
    """Each key that stands twice in one mapping, with its line."""
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from repeated_keys(value)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"{key.value} in line {key.start_mark.line + 1}"
            seen.add(key.value)
            yield from repeated_keys(value)


@pytest.mark.parametrize(
    "folder", sorted({file.parent for file in PACKAGE.rglob("*.yaml")}), ids=lambda path: path.name
)
def test_no_key_stands_twice(folder: Path) -> None:
    repeated = {
        file.name: found
        for file in sorted(folder.glob("*.yaml"))
        if (found := list(repeated_keys(yaml.compose(file.read_text("utf-8"), yaml.CSafeLoader))))
    }
    assert repeated == {}


def test_a_repeated_key_is_seen() -> None:
    assert list(repeated_keys(yaml.compose("a: 1\nb: [{c: 1, c: 2}]\na: 3\n"))) == ["c in line 2", "a in line 3"]
