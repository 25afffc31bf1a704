"""`python main.py jobs list|show|cancel|delete|restore|move|next|retry|edit`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import tell
from i2v.cli.desks import Desk, open_desk
from i2v.cli.flags import add_folder_flags, settings_from
from i2v.cli.wish import add_option_flags, wish_from


def run_jobs(arguments: Sequence[str]) -> int:
    """Looks at the queue and its history and rearranges it, whether a server is running or not."""
    parsed = _parser().parse_args(arguments)
    desk = open_desk(settings_from(parsed))
    try:
        if parsed.action == "list":
            nothing = (
                "nothing_waits" if parsed.waiting else "nothing_found" if parsed.search or parsed.starred else "none"
            )
            _print_list(_listed(desk, parsed), f"jobs.{nothing}", as_json=parsed.json)
        elif parsed.action == "delete":
            desk.delete(parsed.job_id)
            tell("jobs.deleted", job_id=parsed.job_id)
        else:
            view = _DEEDS[parsed.action](desk, parsed)
            _print_one(view, as_json=parsed.json)
            if parsed.action in ("next", "retry") and desk.url is None:
                tell("jobs.waits")
    finally:
        desk.close()
    return 0


_DEEDS: Mapping[str, Callable[[Desk, argparse.Namespace], dict[str, Any]]] = {
    "show": lambda desk, parsed: desk.view(parsed.job_id),
    "cancel": lambda desk, parsed: desk.cancel(parsed.job_id),
    "restore": lambda desk, parsed: desk.restore(parsed.job_id),
    "move": lambda desk, parsed: desk.move(parsed.job_id, parsed.before),
    "next": lambda desk, parsed: desk.run_next(parsed.job_id),
    "retry": lambda desk, parsed: desk.retry(parsed.job_id),
    "edit": lambda desk, parsed: desk.edit(parsed.job_id, parsed.image, _change(parsed)),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("main.py jobs", description="The queue and its history.")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the newest jobs, newest first")
    listing.add_argument("--limit", type=int, default=20, metavar="N", choices=range(1, 101), help="1 to 100")
    listing.add_argument("--waiting", action="store_true", help="what runs, then what waits, in the queue's order")
    listing.add_argument("--search", default="", metavar="WORDS", help="only jobs with these words in sentence or file")
    listing.add_argument("--starred", action="store_true", help="only jobs with a star")
    for name, explained in (
        ("show", "one job, whole"),
        ("cancel", "stop a job"),
        ("delete", "remove a job and its clip; for ten minutes they can come back"),
        ("restore", "bring a deleted job and its clip back"),
        ("move", "give a waiting job another place in the queue"),
        ("next", "put a waiting job before all others that wait"),
        ("retry", "make a job that failed or was cancelled once more, as a new job"),
        ("edit", "change a job that has not begun; what is not named stays"),
    ):
        actions.add_parser(name, help=explained).add_argument("job_id", metavar="ID")
    place = actions.choices["move"].add_mutually_exclusive_group(required=True)
    place.add_argument("--before", metavar="ID", help="the waiting job it is to stand before")
    place.add_argument("--last", dest="before", action="store_const", const=None, help="at the end of the queue")
    edit = actions.choices["edit"]
    edit.add_argument("--image", type=Path, metavar="FILE", help="another picture")
    edit.add_argument("--engine", metavar="NAME", help="auto, or an engine by name")
    edit.add_argument("--preset", metavar="NAME", help="fast, standard or high")
    add_option_flags(edit)
    edit.add_argument("--yes", action="store_true", help="also where the clip then takes very long here")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="JSON instead of lines")
        add_folder_flags(action)
    return parser


def _listed(desk: Desk, parsed: argparse.Namespace) -> list[dict[str, Any]]:
    return desk.waiting() if parsed.waiting else desk.find(parsed.limit, parsed.search, only_starred=parsed.starred)


def _change(parsed: argparse.Namespace) -> dict[str, Any]:
    return {**wish_from(parsed), "confirmed": parsed.yes}


def _print_list(views: list[dict[str, Any]], nothing: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(views, ensure_ascii=False))
        return
    for view in views:
        sentence = str(view["options"].get("prompt", ""))[:60]
        print(f"{view['id']}  {view['status']:<9}  {view['engine'] or '-':<12}  {view['video'] or '-':<30}  {sentence}")
    if not views:
        tell(nothing)


def _print_one(view: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(view, ensure_ascii=False))
        return
    for name, value in view.items():
        if value not in (None, [], ""):
            print(f"{name:<18} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}")
