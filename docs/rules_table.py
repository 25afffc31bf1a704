"""The rules about settings as a table: `python -m docs.rules_table`; a test compares it with docs/coach/settings.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from i2v.diagnosis.settings.rules import rule_data

_SIGNS = {"above": ">", "below": "<", "at_most": "≤", "at_least": "≥", "among": "in", "to": "="}


def rules_table(engine: str) -> Iterator[str]:
    """One line of Markdown for each rule of an engine, headings first."""
    yield "| code | severity | where all of this holds | remedy | where the bound comes from |"
    yield "|---|---|---|---|---|"
    for rule in rule_data()[engine]:
        when, remedy = (_told(rule[part]) for part in ("when", "remedy"))
        yield f"| `{rule['code']}` | {rule['severity']} | {when} | {remedy} | {rule['reason'].strip()} |"


def _told(bounds: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(
        f"`{name}` {_SIGNS[way]} {_bound(bound)}" for name, ways in bounds.items() for way, bound in ways.items()
    )


def _bound(bound: Any) -> str:
    if isinstance(bound, dict):
        return ", ".join(f"{value} ({sampler})" for sampler, value in bound.items())
    if isinstance(bound, list):
        return ", ".join(_bound(each) for each in bound)
    return str(bound).lower() if isinstance(bound, bool) else str(bound)


if __name__ == "__main__":
    print("\n".join(rules_table("i2vgen-xl")))
