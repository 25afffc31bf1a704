"""Finds the engines: every folder beside this file that holds a `spec.py`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from i2v.engines.base import Engine, EngineSpec
from i2v.errors import EngineUnknown


@cache
def engine_specs() -> Mapping[str, EngineSpec]:
    """All engines by name. Two with one name are a mistake in the code and raise `TypeError`."""
    specs: dict[str, EngineSpec] = {}
    for path in sorted(Path(__file__).parent.glob("*/spec.py")):
        spec: EngineSpec = importlib.import_module(f"i2v.engines.{path.parent.name}.spec").SPEC
        if spec.name in specs:
            raise TypeError(f"two engines are called {spec.name!r}")
        specs[spec.name] = spec
    return MappingProxyType(specs)


def engine_spec(name: str) -> EngineSpec:
    """The spec of one engine.

    Raises:
        EngineUnknown: there is no such engine.
    """
    specs = engine_specs()
    if name not in specs:
        raise EngineUnknown(engine=name, known=", ".join(["auto", *specs]))
    return specs[name]


def create_engine(name: str) -> Engine:
    """A fresh instance; imports the engine's heavy parts, so only a worker calls this."""
    module, _, attribute = engine_spec(name).implementation.partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)()
    return engine
