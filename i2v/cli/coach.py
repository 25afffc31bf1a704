"""`python main.py coach --prompt T [--engine NAME] [--json]`: advice without making a clip."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from i2v.cli.console import console_language
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, settings_from
from i2v.services.coach import Coach
from i2v.services.models import Models
from i2v.text import say


def run_coach(arguments: Sequence[str]) -> int:
    """Says what is worth changing, each with a sentence that does better; with `--json` one object."""
    parsed = _parser().parse_args(arguments)
    language = console_language()
    wish = {"prompt": parsed.prompt, **({"engine": parsed.engine} if parsed.engine else {})}
    answer = Coach(Models(settings_from(parsed))).advise(wish, language)
    if parsed.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print("\n".join(_lines(answer, language)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser("main.py coach", description="What is worth changing before a clip is made.")
    parser.add_argument("--prompt", metavar="T", required=True, help="the sentence")
    parser.add_argument("--engine", metavar="NAME", help="who it is for; a model unless named")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    add_device_flags(parser)
    add_folder_flags(parser)
    return parser


def _lines(answer: dict[str, Any], language: str) -> list[str]:
    lines = []
    for advice in answer["sentence"]:
        lines.append(f"{advice['message']}  [{advice['code']}]")
        remedy = advice["remedy"]
        if remedy:
            lines += [f"  → {prompt}" for prompt in (remedy["prompt"], *remedy.get("others", ()))]
    return lines or [say("cli", "coach.fine", language)]
