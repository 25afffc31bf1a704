"""Requests of ill will: none is answered with a fault of ours, none brings the server down."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz import run_fuzz


@pytest.mark.parametrize("requests", [600, pytest.param(3000, marks=pytest.mark.long)])
def test_no_fuzzed_request_gets_a_5xx_or_a_dropped_connection(tmp_path: Path, requests: int) -> None:
    findings = run_fuzz(tmp_path, requests, seed=1)
    assert findings.wrong == []
    assert sum(findings.answers.values()) > requests * 0.8
    assert len(findings.kinds) >= 10
    # Requests that never get behind the front door would prove little.
    assert {200, 202, 206, 400, 404, 421, 422} <= {status for status, count in findings.answers.items() if count}
