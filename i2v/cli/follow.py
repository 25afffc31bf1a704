"""Follows a job on the console: asked about, handed in, on its way, told."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from i2v.cli.console import console_language, tell, tell_problem
from i2v.cli.desks import Desk
from i2v.domain.job import OVER
from i2v.errors import JobLong, MemoryShort
from i2v.settings import Settings
from i2v.text import describe, say

POLL_SECONDS = 0.1

Sent = TypeVar("Sent", covariant=True)


class Send(Protocol[Sent]):
    """Hands wishes in."""

    def __call__(self, *, confirmed: bool) -> Sent: ...


def send_confirmed(parsed: argparse.Namespace, send: Send[Sent]) -> Sent:
    """Hands wishes in. What takes very long or may not fit is asked about where somebody can answer, else refused.

    Args:
        parsed: flags with `yes`, which a good answer sets.
        send: hands in.

    Raises:
        JobLong, MemoryShort: nobody has confirmed it.
    """
    try:
        return send(confirmed=parsed.yes)
    except (JobLong, MemoryShort) as doubt:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        sys.stderr.write(describe(doubt, console_language()).what + "\n")
        tell("generate.ask")
        if sys.stdin.readline().strip().lower() not in ("y", "yes", "是"):
            raise
        parsed.yes = True
        return send(confirmed=True)


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


def clip_told(view: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """What `--json` tells of a clip."""
    options = view["options"]
    told = {
        "status": view["status"],
        "job_id": view["id"],
        "video": str(settings.output_dir / view["video"]) if view["video"] else None,
        "engine": view["engine"],
        **{name: options[name] for name in ("seed", "width", "height", "num_frames", "fps")},
        "seconds": view["seconds"],
        "peak_memory_gb": view["peak_memory_gb"],
        "warnings": [notice["text"] for notice in view["notices"]],
    }
    return {**told, "error": view["error"]} if view["error"] else told
