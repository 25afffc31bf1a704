"""Follows a job on the console, from the queue to its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from i2v.cli.console import console_language, tell, tell_problem
from i2v.cli.desks import Desk
from i2v.domain.job import OVER
from i2v.settings import Settings
from i2v.text import say

POLL_SECONDS = 0.1


def see_through(desk: Desk, settings: Settings, job_id: str) -> dict[str, Any]:
    """Follows one job to its end and says how it ended."""
    try:
        view = follow(desk, job_id, lambda line: print(line, file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        tell("generate.cancelled")
        raise
    if view["status"] == "done":
        seconds = view["seconds"]
        tell(
            "generate.done",
            video=settings.output_dir / view["video"],
            seconds="?" if seconds is None else round(seconds, 1),
        )
    elif view["status"] == "failed":
        tell_problem(view["error"]["detail"], view["error"]["fix"], view["error"]["code"])
    else:
        tell("generate.cancelled")
    return view


def follow(desk: Desk, job_id: str, hear: Callable[[str], None]) -> dict[str, Any]:
    """Waits for the end of a job; `hear` gets a line at each change. Ctrl-C cancels it."""
    said = ""
    try:
        while True:
            view = desk.view(job_id)
            line = _line(view)
            if line and line != said:
                said = line
                hear(line)
            if view["status"] in OVER:
                return view
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        desk.cancel(job_id)
        raise


def _line(view: dict[str, Any]) -> str:
    """What is going on, in one line."""
    language = console_language()
    progress = view["progress"]
    if view["status"] == "queued":
        waiting = view["waiting_before"]
        return say("cli", "generate.waiting", language, count=waiting) if waiting else ""
    if progress is None:
        return ""
    if progress["blocked_by"]:
        return f"{progress['blocked_by']['detail']} {progress['blocked_by']['fix']}"
    if progress["stage"] == "generating" and progress["total_steps"]:
        left = progress["seconds_left"]
        told = say("cli", "generate.left", language, seconds=round(left)) if left and left >= 1 else ""
        step, total = progress["step"], progress["total_steps"]
        return say("cli", "generate.step", language, step=step, total=total, left=told)
    return say("cli", "generate.stage", language, stage=say("cli", f"stages.{progress['stage']}", language))
