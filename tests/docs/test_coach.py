"""What the docs say of the coach's rules is what the rules are."""

from __future__ import annotations

from docs.rules_table import rules_table
from i2v.settings import PROJECT


def test_the_table_of_rules_is_that_of_the_data() -> None:
    told = (PROJECT / "docs" / "coach" / "settings.md").read_text("utf-8").splitlines()
    assert [line for line in rules_table("i2vgen-xl") if line not in told] == []
    rows = [line for line in told if line.startswith("| `")]
    assert len(rows) == len(list(rules_table("i2vgen-xl"))) - 2
