"""axe-core over a page: what somebody with a screen reader, a keyboard or weak eyes would trip over."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# Fades are waited for: half-drawn text has no contrast.
_SETTLED = """() => Promise.all(document.getAnimations()
  .filter((each) => isFinite(each.effect.getComputedTiming().endTime))
  .map((each) => each.finished.catch(() => 0)))"""
# Everything axe knows, its advice on good practice included; what it cannot decide by itself is left out.
_RUN = """(rules) => axe.run(document, {
  resultTypes: ["violations"], iframes: false, ...(rules ? {runOnly: {type: "rule", values: rules}} : {}),
})"""
THEME_RULES = ("color-contrast", "link-in-text-block")
"""What depends on the colours."""


def violations(page: Page, rules: Sequence[str] | None = None) -> list[str]:
    """One line for each rule, of these or all, and element that breaks it."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_AXE)
    page.evaluate(_SETTLED)
    found: dict[str, Any] = page.evaluate(_RUN, rules and list(rules))
    return [
        f"{rule['id']} ({rule['impact']}): {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
