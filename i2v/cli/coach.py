"""`python main.py coach [--prompt T] [--image P] [--clip C] [generate's flags] [--json]`: advice, nothing is made."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, settings_from
from i2v.cli.wish import add_option_flags, all_options, wish_from
from i2v.services.clip_judge import judge_clip
from i2v.services.coach import Coach
from i2v.services.machine import Machine, WorkerAtHand
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.text import say


def run_coach(arguments: Sequence[str]) -> int:
    """Says what is worth changing, each with what does better; with `--json` one object."""
    parsed = _parsed(arguments)
    language = console_language()
    answer = _advise(parsed, language)
    if parsed.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        not_wanted = parsed.negative_prompt or all_options()["negative_prompt"].default
        print("\n".join(_lines(answer, language, not_wanted)))
    return 0


def _advise(parsed: argparse.Namespace, language: str) -> dict[str, Any]:
    """Advice on what is given. The picture is kept only as long as it is looked at."""
    settings, wish = settings_from(parsed), wish_from(parsed)
    with tempfile.TemporaryDirectory() as folder:
        pictures = PictureStore(Path(folder))
        if parsed.image is not None:
            taken = pictures.take_in(parsed.image, parsed.image.name, wish.get("background"))
            wish["picture_sha256"] = taken.sha256
        models = Models(settings)
        # Another process may own the finished jobs: what things cost is computed, not learned.
        outlook = Outlook(None, models, Machine(settings.device, lambda: WorkerAtHand(None, may_hold_model=False)))
        coach = Coach(models, outlook, PictureJudge(pictures, settings.max_resolution))
        clip = parsed.clip and judge_clip(parsed.clip, parsed.clip.name, wish, language)
        return coach.advise(wish, language, clip)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser("main.py coach", description="What is worth changing before a clip is made.")
    parser.add_argument("--image", type=Path, metavar="FILE", help="the picture")
    parser.add_argument("--clip", type=Path, metavar="FILE", help="a finished clip; its recipe says what it was to be")
    parser.add_argument("--engine", metavar="NAME", help="who it is for; a model unless named")
    parser.add_argument("--preset", metavar="NAME", help="fast, standard or high")
    add_option_flags(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    add_device_flags(parser)
    add_folder_flags(parser)
    parsed = parser.parse_args(arguments)
    if parsed.image is None and parsed.clip is None and not wish_from(parsed).keys() - {"engine"}:
        parser.error("nothing to look at: --prompt, --image, --clip, or settings as generate takes them")
    return parsed


def _lines(answer: dict[str, Any], language: str, not_wanted: str) -> list[str]:
    """What is told, each with what does better; `not_wanted` is the negative prompt in force."""
    lines = []
    for advice in (*answer["sentence"], *answer["settings"], *answer["picture"], *answer["clip"]):
        lines.append(f"{advice['message']}  [{advice['code']}]")
        remedy = advice["remedy"] or {}
        if "prompt" in remedy:
            lines += [f"  → {prompt}" for prompt in (remedy["prompt"], *remedy.get("others", ()))]
        if remedy.get("negative_prompt"):
            lines.append(f'  → --negative-prompt "{not_wanted}, {remedy["negative_prompt"]}"')
        if "options" in remedy:
            lines.append(f"  → {_in_flags(remedy)}")
    check = answer["measures"].get("clip", {}).get("camera_check")
    return [*([check["message"]] if check else []), *(lines or [say("cli", "coach.fine", language)])]


def _in_flags(remedy: dict[str, Any]) -> str:
    """A remedy's options as the command line takes them, and what they change of time and memory."""
    flags = [
        _flag(name, value) for name, value in remedy["options"].items() if value is not False and value is not None
    ]
    cost = remedy.get("cost", {}).get("text")
    return (" ".join(flags) or str(remedy["label"])) + (f"  ({cost})" if cost else "")


def _flag(name: str, value: object) -> str:
    flag = "--" + name.replace("_", "-")
    return flag if value is True else f"{flag} {value:g}" if isinstance(value, float) else f"{flag} {value}"
