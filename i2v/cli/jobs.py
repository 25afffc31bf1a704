"""`python main.py jobs list|show|cancel`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from i2v.cli.console import tell
from i2v.cli.desks import open_desk
from i2v.cli.flags import add_folder_flags, settings_from


def run_jobs(arguments: Sequence[str]) -> int:
    """Looks at the queue and its history, whether a server is running or not."""
    parser = argparse.ArgumentParser("main.py jobs", description="The queue and its history.")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the newest jobs, newest first")
    listing.add_argument("--limit", type=int, default=20, metavar="N", choices=range(1, 101), help="1 to 100")
    for name, explained in (("show", "one job, whole"), ("cancel", "stop a job")):
        actions.add_parser(name, help=explained).add_argument("job_id")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="JSON instead of lines")
        add_folder_flags(action)
    parsed = parser.parse_args(arguments)
    desk = open_desk(settings_from(parsed))
    try:
        if parsed.action == "list":
            _print_list(desk.latest(parsed.limit), as_json=parsed.json)
        else:
            view = desk.cancel(parsed.job_id) if parsed.action == "cancel" else desk.view(parsed.job_id)
            _print_one(view, as_json=parsed.json)
    finally:
        desk.close()
    return 0


def _print_list(views: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(views, ensure_ascii=False))
        return
    for view in views:
        sentence = str(view["options"]["prompt"])[:60]
        print(f"{view['id']}  {view['status']:<9}  {view['engine']:<12}  {view['video'] or '-':<30}  {sentence}")
    if not views:
        tell("jobs.none")


def _print_one(view: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(view, ensure_ascii=False))
        return
    for name, value in view.items():
        if value not in (None, [], ""):
            print(f"{name:<18} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}")
