"""What `generate --dry-run` says to a person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from i2v.cli.console import console_language
from i2v.text import say


def estimate_lines(estimate: Mapping[str, Any], count: int) -> Iterator[str]:
    """An estimate as REST gives it, its seconds for all of `count` clips, in sentences."""
    tell = partial(say, "cli")
    language = console_language()
    options, light = estimate["options"], estimate["light"]
    duration = round(options["num_frames"] / options["fps"], 2)
    yield tell("dry_run.clip", language, **{**options, "engine": estimate["engine"], "duration": duration})
    yield tell(f"dry_run.{light}", language, plan=estimate["plan"])
    if memory := estimate["memory"]:
        yield tell(
            "dry_run.memory",
            language,
            needed=_range(memory["needed_gb"], _digits(memory) if light == "red" else 1),
            memory={"gpu": "VRAM", "ram": "RAM"}[memory["where"]],
            basis=tell(f"dry_run.basis.{memory['basis']}", language),
            free=_or_unknown(memory["free_gb"], language),
            total=_or_unknown(memory["total_gb"], language),
        )
    if instead := estimate["instead"]:
        yield tell("dry_run.instead", language, **instead)
    if seconds := estimate["seconds"]:
        basis = tell(f"dry_run.basis.{estimate['basis']}", language)
        yield tell("dry_run.takes", language, time=_time(seconds, language), basis=basis)
        if count > 1:
            yield tell("dry_run.count", language, count=count)
    else:
        yield tell("dry_run.seconds_unknown", language)


def _digits(memory: Mapping[str, Any]) -> int:
    """As many as tell what is needed from what there is."""
    needed, free = memory["needed_gb"]["high"], memory["free_gb"]
    return next((digits for digits in (1, 2) if round(needed, digits) > free), 3)


def _time(seconds: Mapping[str, float], language: str) -> str:
    """A range of time in one unit, as the page says it."""
    high = seconds["high"]
    name, unit = ("seconds", 1) if high < 90 else ("minutes", 60) if high < 90 * 60 else ("hours", 3600)
    if high >= 10:
        seconds = {end: max(1, math.floor(length / unit + 0.5)) for end, length in seconds.items()}
    return say("cli", f"dry_run.{name}", language, range=_range(seconds, 1 if high < 10 else 0))


def _range(figures: Mapping[str, float], digits: int) -> str:
    """As many digits as an estimate deserves; one figure where both ends read the same."""
    low, high = (f"{figures[end]:.{digits}f}" for end in ("low", "high"))
    return low if low == high else f"{low}–{high}"


def _or_unknown(gib: float | None, language: str) -> str:
    return say("cli", "dry_run.unknown_figure", language) if gib is None else f"{gib:g}"
